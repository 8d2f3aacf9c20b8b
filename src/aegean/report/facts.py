"""What was trained on what: the words and tables of the report."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from aegean.errors import InputError
from aegean.families import PARTS, RunConfig, default_config, find
from aegean.images import COLOURS
from aegean.markup import plain, typeset
from aegean.runs import Run
from aegean.runs.history import latest


def family_name(family: str) -> str:
    """`vae` -> `Variational autoencoder`: the first words of its config's docstring."""
    words = find(family).summary.split(":")[0].strip(" .").removeprefix("A ")
    return words[:1].upper() + words[1:]


def duration(seconds: float) -> str:
    """4.2 s, 3 min 20 s, 2 h 5 min."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return (
        f"{int(seconds // 60)} min {int(seconds % 60)} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
    )


def parameters(run: Run) -> dict[str, int]:
    """Numbers learned, for each network of the model by its name."""
    found = {name: sum(p.numel() for p in child.parameters()) for name, child in run.model.named_children()}
    return {name: count for name, count in found.items() if count}


def facts(run: Run) -> str:
    """The table of what was trained on what."""
    spec, about, training = run.spec, run.about, run.config.training
    last = latest(run.history)
    images = [about.get("images", {}), about.get("other_images", {})]
    form = f"{typeset(str(spec.size))}, {COLOURS.get(spec.channels, f'{spec.channels} channels')}"
    steps = f"{last.get('step', run.step):,} of {training.steps:,}, {training.images} images each"
    lines = [
        ("Data", f"{spec.name}: {form}" + (f", {len(spec.classes)} classes" if spec.classes else "")),
        (
            "Images",
            "; ".join(", ".join(f"{count:,} {name}" for name, count in some.items()) for some in images if some),
        ),
        ("Parameters", _parameters(run)),
        ("Steps", steps),
        ("Time", duration(last["seconds"]) if "seconds" in last else ""),
        ("Seed", str(training.seed)),
        ("Precision", str(about.get("precision", training.precision))),
        ("Machine", str(about.get("machine", ""))),
        ("Versions", ", ".join(f"{name} {version}" for name, version in about.get("versions", {}).items())),
        ("Commit", str(about.get("commit") or "")[:12]),
    ]
    return "<dl>" + "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in lines if value) + "</dl>"


def commands(run: Run) -> str:
    """How it was started, and how to run it again."""
    started = str(run.about.get("command", ""))
    again = f"aegean train {run.config.family} --like {shlex.quote(str(run.path))}"
    lines = [("As it was started", started), ("Again, from its config", again)]
    return "".join(f"<p class=command>{name}<code>{escape(words)}</code></p>" for name, words in lines if words)


def settings(config: RunConfig) -> str:
    """Every setting; those that are not the family's default in bold."""
    default = default_config(config.family)
    parts = []
    for part in PARTS:
        usual = dataclasses.asdict(getattr(default, part))
        lines = []
        for name, value in dataclasses.asdict(getattr(config, part)).items():
            kind = " class=changed" if value != usual[name] else ""
            lines.append(f"<tr{kind}><td>{escape(name)}</td><td>{escape(str(value))}</td></tr>")
        parts.append(f"<table><caption>{part}</caption>{''.join(lines)}</table>")
    return f'<div class="every">{"".join(parts)}</div>'


def evaluation_table(records: Sequence[Mapping[str, Any]]) -> str:
    """The records of evaluation.json as a table."""
    if not records:
        return ""
    head = "".join(f"<th>{name}</th>" for name in _cells({}))
    lines = []
    for record in records:
        cells = "".join(f'<td class="{name}">{cell}</td>' for name, cell in _cells(record).items())
        lines.append(f"<tr>{cells}</tr>")
    return f'<div class="wide"><table class="figures"><tr>{head}</tr>{"".join(lines)}</table></div>'


def _cells(record: Mapping[str, Any]) -> dict[str, str]:
    """One record as HTML, column by column."""
    error = record.get("standard_error")
    value = escape(plain(record.get("value"))) + (f"<small> ± {error:.2g}</small>" if error else "")
    if (sd := record.get("sd")) is not None:
        value += f"<small>, sd {sd:.2g} over {len(record['sampling_seeds'])} seeds</small>"
    return {
        "metric": escape(str(record.get("metric", "")).replace("_", " ")),
        "value": f"{value}<br><small>{escape(str(record.get('unit', '')))}</small>",
        "beside it": "<br>".join(_pairs(record.get("beside", {}))),
        "split": escape(str(record.get("split", ""))),
        "images": f"{record.get('images', 0):,}",
        "settings": ", ".join(_pairs({**record.get("settings", {}), "seed": record.get("seed")})),
        "seconds": escape(plain(record.get("seconds"))),
    }


def _pairs(values: Mapping[str, Any]) -> list[str]:
    return [escape(f"{name} {plain(value)}".replace("_", " ")) for name, value in values.items()]


def _parameters(run: Run) -> str:
    try:
        counts = parameters(run)
    except InputError:
        return ""
    return f"{sum(counts.values()):,} ({', '.join(f'{name} {count:,}' for name, count in counts.items())})"
