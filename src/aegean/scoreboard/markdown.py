"""The scoreboard as text: a short table for the README, a page for docs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aegean.errors import InputError
from aegean.scoreboard import describing
from aegean.scoreboard.describing import Column, Table
from aegean.scoreboard.rows import Cell, Row

BEGIN, END = "<!-- made by `aegean scoreboard --write`: not by hand -->", "<!-- end of the scoreboard -->"
WHOLE = "docs/scoreboard.md"
LONGEST = 90  # letters of a reference in the short table


def put_into(text: str, made: str, where: Path | str) -> str:
    """`text` with what stands between the two marks replaced; InputError where the marks are not there."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise InputError(f"{where}: has no {BEGIN} ... {END} to write between")
    return f"{before}{BEGIN}\n\n{made}\n{END}{after}"


def short_table(rows: Sequence[Row]) -> str:
    """One line a family and a benchmark that stands for it, six columns."""
    lines = ["| model | recipe | measured | reached | real images | reference |", "|---|---|---|---|---|---|"]
    for row in rows:
        if not row.headline:
            continue
        cell = row.cells[0]
        link = f"[{row.name}]({WHOLE}#{row.name})"
        reference = _short(cell.references[0]) if cell.references else ""
        model = f"`{row.family}`" if row.family else "benchmark"
        value = _value(cell) + " †" * bool(row.doubts)
        lines.append(f"| {model} | {link} | {cell.what} | {value} | {cell.bound} | {reference} |")
    lines += ["", "† What this row lacks, the page says: its weights are not kept, for instance."]
    return "\n".join(lines) + "\n"


def whole_page(rows: Sequence[Row]) -> str:
    """Every row: its figures in a table, then what must be known of them."""
    recipes, benchmarks = [row for row in rows if row.family], [row for row in rows if not row.family]
    parts = ["## Recipes\n", *(_section(row) for row in recipes)]
    parts += ["## Benchmarks\n", *(_section(row) for row in benchmarks)]
    return "\n".join(parts)


def page_tables() -> dict[str, str]:
    """The tables of the pages that a benchmark fills: page -> table."""
    described = [about for about in describing.benchmarks().values() if about.table is not None]
    return {about.table.page: _table(about.table, describing.result(about.file)) for about in described if about.table}


def _table(table: Table, held: Any) -> str:
    lines = [f"| {' | '.join(column.what for column in table.columns)} |", "|" + "---|" * len(table.columns)]
    for row in held[table.rows]:
        lines.append(f"| {' | '.join(_entry(row, column) for column in table.columns)} |")
    return "\n".join(lines) + "\n"


def _entry(row: dict[str, Any], column: Column) -> str:
    """A number with its spread, a word as it is, nothing where the row has none."""
    value = row.get(column.key)
    if value is None or isinstance(value, str):
        return value or ""
    spread = row.get(column.spread)
    return f"{value:.{column.digits}f}" + (f" ± {spread:.{column.digits}f}" if spread is not None else "")


def _section(row: Row) -> str:
    lines = [f"### {row.name}\n", f"{row.title}.\n"]
    lines += ["| figure | reached | spread | images | real images reach | beside it |", "|---|---|---|---|---|---|"]
    for cell in row.cells:
        beside = "; ".join(cell.beside)
        lines.append(f"| {cell.what} | **{cell.value}** | {cell.spread} | {cell.images} | {cell.bound} | {beside} |")
    lines.append("")
    lines += [f"- {name}: {words}" for name, words in _facts(row)]
    lines.append("")
    if row.commands:
        lines += ["```", *row.commands, "```", ""]
    return "\n".join(lines)


def _facts(row: Row) -> list[tuple[str, str]]:
    """What must be known of the figures, line by line."""
    references = [(cell.what, one) for cell in row.cells for one in cell.references]
    several = len({what for what, _ in references}) > 1
    told = [("Reference" + (f" for {what}" if several else ""), one) for what, one in references]
    facts = [
        *told,
        ("**What it lacks**", "; ".join(row.doubts)),
        ("To know", row.note),
        ("Data", row.needs),
        ("Trained", row.time),
        ("Measured", "; ".join(row.measured)),
        ("Paper", row.paper),
        ("Tried, as noted by those who did (no file holds these figures)", row.tried),
    ]
    return [(name, words) for name, words in facts if words]


def _value(cell: Cell) -> str:
    spread = cell.spread if cell.spread.startswith("±") else ""
    return f"**{cell.value}** {spread}".strip()


def _short(reference: str) -> str:
    """The reference without its source and its protocol, which the page has."""
    words = reference.split(" (")[0]
    return words if len(words) <= LONGEST else words[:LONGEST].rsplit(" ", 1)[0] + " …"
