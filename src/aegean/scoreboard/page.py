"""The scoreboard as one HTML page that needs nothing beside it, with a picture of each model where there is one."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path

from aegean.scoreboard.rows import Cell, Row

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; color: #1b1f24 }
table { border-collapse: collapse; width: 100%; margin: .6rem 0 } th, td { text-align: left; padding: .35rem .7rem }
th { font-weight: 600; border-bottom: 2px solid #d0d7de } td { border-bottom: 1px solid #e6eaef; vertical-align: top }
td.number { font-weight: 600; white-space: nowrap } small, .quiet { color: #57606a } h3 { margin: 2.4rem 0 .2rem }
img { max-width: 100%; image-rendering: auto; border-radius: 4px; margin: .5rem 0 } li { margin: .2rem 0 }
code { background: #f3f5f7; padding: .1rem .3rem; border-radius: 3px; overflow-wrap: anywhere }
.doubt { border-left: 3px solid #bf8700; padding-left: .6rem } nav a { margin-right: .8rem; white-space: nowrap }
@media (prefers-color-scheme: dark) { body { background: #0d1117; color: #e6edf3 } code { background: #21262d }
th, td { border-color: #30363d } a { color: #79b8ff } small, .quiet { color: #9da7b1 } }
"""


def html_page(rows: Sequence[Row], pictures: Path | None = None) -> str:
    """All rows; `pictures` is a folder in which NAME.png shows what the model of a row makes."""
    index = "".join(f'<a href="#{escape(row.name)}">{escape(row.name)}</a> ' for row in rows)
    sections = "".join(_section(row, pictures) for row in rows)
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>aegean: the scoreboard</title>'
    )
    words = "Every figure is read from a committed record; what a record lacks to be believed, its row says."
    return (
        f'<!doctype html><html lang="en"><head>{head}<style>{STYLE}</style></head><body><h1>What aegean reached</h1>'
        f"<p>{words}</p><nav>{index}</nav>{sections}</body></html>\n"
    )


def _section(row: Row, pictures: Path | None) -> str:
    head = "".join(f"<th>{name}</th>" for name in ("figure", "reached", "images", "real images reach", "reference"))
    lines = "".join(_line(cell) for cell in row.cells)
    doubts = f'<p class="doubt">What it lacks: {escape("; ".join(row.doubts))}.</p>' if row.doubts else ""
    facts = {"": row.note, "Data: ": row.needs, "Trained: ": row.time, "Measured: ": "; ".join(row.measured)}
    told = "".join(f'<p class="quiet">{name}{_code(words)}</p>' for name, words in facts.items() if words)
    commands = "".join(f"<li><code>{escape(command)}</code></li>" for command in row.commands)
    return (
        f'<section id="{escape(row.name)}"><h3>{escape(row.name)}</h3><p>{escape(row.title)}.</p>'
        f"{_picture(row, pictures)}<table><tr>{head}</tr>{lines}</table>{doubts}{told}<ol>{commands}</ol></section>"
    )


def _line(cell: Cell) -> str:
    more = "".join(f"<br><small>{escape(words)}</small>" for words in (cell.spread, *cell.beside) if words)
    references = "<br>".join(escape(one) for one in cell.references)
    return (
        f"<tr><td>{escape(cell.what)}</td><td class=number>{escape(cell.value)}{more}</td>"
        f"<td>{escape(cell.images)}</td>"
        f"<td>{escape(cell.bound)}</td><td><small>{references}</small></td></tr>"
    )


def _picture(row: Row, pictures: Path | None) -> str:
    path = None if pictures is None else pictures / f"{row.name}.png"
    if path is None or not path.is_file():
        return ""
    content = base64.b64encode(path.read_bytes()).decode("ascii")
    return f'<img alt="What {escape(row.name)} makes" src="data:image/png;base64,{content}">'


def _code(words: str) -> str:
    """Escaped, with what stands between backquotes as code."""
    parts = escape(words).split("`")
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))
