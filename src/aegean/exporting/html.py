"""A run -> one HTML file that opens from disk in any browser, offline, with the model and its runtime inside."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import torch

from aegean.errors import InputError
from aegean.exporting.graphs import Graph
from aegean.exporting.half import smallest
from aegean.exporting.onnx import CannotExport, write
from aegean.exporting.panels import examples, panels
from aegean.exporting.runtime import element, in_script, packed, web_runtime
from aegean.families import FAMILIES
from aegean.files import whole
from aegean.markup import typeset
from aegean.models.capabilities import Conditional
from aegean.runs import Run

PAGE = Path(__file__).with_name("page")
SCRIPTS = ("engine.js", "pictures.js", "explore.js", "layers.js", "panels.js", "page.js")


def write_html(run: Run, out: Path, shown: Sequence[str | Path] = (), runtime: str | None = None) -> Path:
    """Write the page, whole or not at all.

    `shown`: pictures to try it on, by default of the run's data. `runtime`: the name of a file beside it that holds
    `runtime.script()`, for several pages to share; by default the page has it inside, and needs no other file.

    Raises:
        InputError: for a picture that cannot be read; where the model does nothing that a page shows, or cannot be
            exported, or the runtime is missing.
    """
    web_runtime()  # or say at once that it is missing
    with torch.inference_mode():
        told, needed = panels(run)
    tried = _examples(run, told, shown)
    with tempfile.TemporaryDirectory() as folder:
        models = _models(run, needed, Path(folder))
    told = [panel for panel in told if models.keys() >= set(panel["calls"])]
    out = out / f"{run.path.name}.html" if out.is_dir() else out
    out.parent.mkdir(parents=True, exist_ok=True)
    with whole(out) as beside:
        beside.write_text(page(run, told, models, tried, runtime), encoding="utf-8")
    return out


def _models(run: Run, needed: list[Graph], folder: Path) -> dict[str, bytes]:
    """The graphs by name, each as small as the eye allows; those that cannot be written are named and left out."""
    made: dict[str, bytes] = {}
    for graph in needed:
        path = folder / f"{graph.name}.onnx"
        try:
            write(run.model, graph, path, {})
        except CannotExport as error:
            logging.getLogger("aegean").warning("left out: %s: %s", graph.name, error)
            continue
        made[graph.name], same = smallest(graph, path)
        if not same:
            logging.getLogger("aegean").warning("%s: in float32, for in half precision it shows", graph.name)
    if not made:
        raise InputError(f"{run.path}: {run.config.family} cannot be exported to a page")
    return made


def page(
    run: Run, told: list[dict[str, Any]], models: dict[str, bytes], tried: list[str], runtime: str | None = None
) -> str:
    """The whole document; `tried`: the pictures that it can be tried on, as data URLs."""
    title = f"{FAMILIES[run.config.family].summary.partition(':')[0].rstrip('.')} on {run.spec.name}"
    facts = {
        "height": run.spec.size.height,
        "width": run.spec.size.width,
        "channels": run.spec.channels,
        "classes": list(run.spec.classes),
        "conditional": isinstance(run.model, Conditional),
        "panels": told,
        "models": list(models),
        "examples": tried,
    }
    blocks = "\n".join(
        f'<script type="text/plain" id="model-{name}">{packed(model)}</script>' for name, model in models.items()
    )
    words = {
        "title": escape(title),
        "over": escape(run.path.resolve().name),
        "lead": escape(lead(run)),
        "made": escape(f"Made by aegean {run.about.get('versions', {}).get('aegean', '')}."),
        "style": (PAGE / "style.css").read_text(),
        "facts": in_script(facts),
        "worker": (PAGE / "worker.js").read_text(),
        "script": "\n".join((PAGE / name).read_text() for name in SCRIPTS),
        "models": blocks,
        "runtime": element(runtime),
        "files": "" if runtime is None else "'self' file: ",
    }
    parts = (PAGE / "index.html").read_text().split("{")
    return parts[0] + "".join(_filled(part, words) for part in parts[1:])


def _filled(part: str, words: dict[str, str]) -> str:
    name, _, rest = part.partition("}")
    return words[name] + rest


def _examples(run: Run, told: list[dict[str, Any]], shown: Sequence[str | Path]) -> list[str]:
    """What the panels can be tried on, if any takes a picture in."""
    if all(panel["kind"] == "explore" for panel in told):
        if shown:
            raise InputError(f"--examples: a page of {run.config.family} takes no pictures in")
        return []
    any_size = any(panel.get("any") or panel["kind"] == "translate" for panel in told)
    return examples(run, any_size, shown)


def lead(run: Run) -> str:
    """One sentence about the model."""
    size = typeset(run.spec.size.in_pixels)
    name, _, idea = FAMILIES[run.config.family].summary.rstrip(".").partition(": ")
    idea = idea or name
    return f"{idea[:1].upper()}{idea[1:]}. It runs here, in the browser, on pictures of {size}."
