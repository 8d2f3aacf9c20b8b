"""`aegean.export`: a run -> what others can use without aegean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from aegean.errors import InputError, did_you_mean
from aegean.exporting.html import write_html
from aegean.exporting.hub import check_push, write_hub
from aegean.exporting.hub import push as upload
from aegean.exporting.onnx_folder import write_onnx
from aegean.runs import Run, load

FORMATS: dict[str, tuple[Callable[..., Path], str]] = {  # by name: what writes it, its name in the run folder
    "html": (write_html, "explorer.html"),
    "onnx": (write_onnx, "onnx"),
    "hub": (write_hub, "hub"),
}


def export(
    run: Run | str | Path,
    to: str = "html",
    out: str | Path | None = None,
    *,
    licence: str | None = None,
    push: str | None = None,
    examples: Sequence[str | Path] = (),
) -> Path:
    """Write a run in a form that travels, and return its path.

    Args:
        run: A run, or its folder.
        to: `html`: one file that opens from disk in any browser, offline, the model and its runtime inside.
            `onnx`: a folder of graphs, each checked against torch, with snippets that use them. `hub`: a folder in the
            layout of the Hugging Face hub, which `load` reads back, with a model card, and a Space beside it.
        out: Where to. None: in the run folder.
        licence: Of the model, for its card on the hub: apache-2.0, cc-by-4.0 ...
        push: Upload what `hub` wrote as the model OWNER/NAME, and its Space.
        examples: Pictures that the page of `html` can be tried on. Default: of the run's data, or drawn faces.

    Raises:
        InputError: for a form that there is not, a model that cannot take it, a library that is missing.
    """
    if to not in FORMATS:
        raise InputError(f"nothing is exported to {to!r}.{did_you_mean(to, list(FORMATS))}")
    if to != "hub" and (licence or push):
        raise InputError(f"{'--push' if push else '--licence'} belongs to --to hub, not to --to {to}")
    if to != "html" and examples:
        raise InputError(f"--examples belongs to --to html, not to --to {to}")
    if push:
        check_push(push)
    opened = run if isinstance(run, Run) else load(run)
    write, name = FORMATS[to]
    where = Path(out) if out is not None else opened.home / name
    more: dict[str, tuple[Any, ...]] = {"hub": (licence,), "html": (examples,)}
    written = write(opened, where, *more.get(to, ()))
    if push:
        upload(written, push)
    return written
