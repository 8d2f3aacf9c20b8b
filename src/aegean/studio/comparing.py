"""What is known of one run, and of several beside one another."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from aegean.errors import InputError
from aegean.markup import plain
from aegean.report.facts import commands, evaluation_table, facts
from aegean.report.facts import settings as settings_table
from aegean.report.history import curves, overlaid
from aegean.runs import load
from aegean.runs.comparison import differing, figures
from aegean.studio.listing import card
from aegean.studio.state import Studio

Names = Annotated[list[str], Meta(min_length=2, max_length=8)]


def look(studio: Studio, run: str) -> dict[str, Any]:
    """All that is recorded of a run: curves, figures, facts and settings as pieces of HTML, and its previews."""
    one = load(studio.runs.find(run))
    return {
        **card(studio, run),
        "curves": curves(one.history),
        "measured": evaluation_table([record for record in one.evaluation if not one.is_stale(record)]),
        "facts": facts(one) if one.weights_path.is_file() else "",
        "commands": commands(one),
        "settings": settings_table(one.config),
        "steps_shown": [path.stem.removeprefix("step-").lstrip("0") or "0" for path in one.previews()],
    }


def compare(studio: Studio, runs: Names) -> dict[str, Any]:
    """Runs beside one another: the settings that differ, their curves laid over, their figures in one table."""
    opened = {name: load(studio.runs.find(name)) for name in dict.fromkeys(runs)}
    each = list(opened.values())
    if len(opened) < 2:
        raise InputError("two different runs at least are compared")
    return {
        "runs": [card(studio, name) for name in opened],
        "settings": [{"name": row.name, "values": [plain(value) for value in row.values]} for row in differing(each)],
        "figures": [
            {"metric": row.name, **row.shared, "values": row.values, "best": row.best} for row in figures(each)
        ],
        "curves": overlaid({name: one.history for name, one in opened.items()}),
    }
