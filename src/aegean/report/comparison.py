"""Runs beside one another -> one HTML file: samples, curves laid over, figures, the settings that differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import torch

from aegean.errors import InputError
from aegean.markup import image_tag, plain
from aegean.report.document import document
from aegean.report.history import overlaid
from aegean.runs import Run, write_whole
from aegean.runs.comparison import Row, differing, figures
from aegean.runs.notebook import picture

MOST = 8  # runs of which a table can be read


def compare(runs: Sequence[Run | str | Path], out: str | Path = "comparison.html") -> Path:
    """Write one HTML file that shows runs beside one another, and return its path.

    Args:
        runs: Two to eight runs, or their folders.
        out: The file.

    Raises:
        InputError: for fewer or more runs, and for what is no run.
    """
    opened = [run if isinstance(run, Run) else Run(run) for run in runs]
    if not 2 <= len({run.path.resolve() for run in opened}) == len(opened) <= MOST:
        raise InputError(f"{len(opened)} runs: 2 to {MOST} different ones are compared")
    path = Path(out)
    if path.suffix.lower() not in {".html", ".htm"}:
        raise InputError(f"--out {path}: the comparison is an .html file")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, _page(opened).encode(errors="backslashreplace"))
    return path


def names_of(runs: Sequence[Run]) -> list[str]:
    """The shortest ends of their paths by which runs can be told apart."""
    parts = [run.path.resolve().parts for run in runs]
    for count in range(1, max(map(len, parts)) + 1):
        names = ["/".join(part[-count:]) for part in parts]
        if len(set(names)) == len(names):
            return names
    return [str(run.path) for run in runs]


def _page(runs: Sequence[Run]) -> str:
    names = names_of(runs)
    shown = [f"<figure>{_shown(run)}<figcaption>{escape(name)}</figcaption></figure>" for run, name in zip(runs, names)]
    sections = [
        ("What they make", f'<div class="beside">{"".join(shown)}</div>'),
        ("Measured", _table(names, figures(runs)) or "<p>No figure was measured of them yet: aegean evaluate RUN.</p>"),
        ("Settings that differ", _table(names, differing(runs)) or "<p>None.</p>"),
        ("Curves", overlaid({name: run.history for name, run in zip(names, runs)})),
    ]
    body = "".join(f"<section><h2>{title}</h2>{html}</section>" for title, html in sections if html)
    title = " and ".join(names)
    return document(title, f'<header><p class="over">{len(runs)} runs</p><h1>{escape(title)}</h1></header>\n{body}')


def _shown(run: Run) -> str:
    """What a run makes: samples, or its last preview; a run without either is said to have none."""
    try:
        with torch.inference_mode():
            found = picture(run.model, len(run.spec.classes), run.previews())
    except InputError:
        found = None
    return "<p>no picture yet</p>" if found is None else image_tag(found, run.path.name)


def _table(names: Sequence[str], rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{escape(name)}</th>" for name in ("", *names))
    lines = []
    for row in rows:
        cells = [
            f"<td>{'<b>' * (row.best == place)}{escape(plain(value))}{'</b>' * (row.best == place)}</td>"
            for place, value in enumerate(row.values)
        ]
        about = f"<br><small>{escape(_about(row.shared))}</small>" if row.shared else ""
        lines.append(f"<tr><td>{escape(row.name.replace('_', ' '))}{about}</td>{''.join(cells)}</tr>")
    return f'<div class="wide"><table class="figures"><tr>{head}</tr>{"".join(lines)}</table></div>'


def _about(shared: Mapping[str, Any]) -> str:
    """On which images, how and in what unit a figure was measured."""
    words = [str(shared["split"]), *(f"{name} {value}" for name, value in shared["settings"].items())]
    return f"{', '.join(words)}; {shared['unit']}"
