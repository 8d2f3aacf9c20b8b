"""What is known of one run, and of several beside one another."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

from msgspec import Meta

from aegean.errors import InputError
from aegean.report.facts import commands, evaluation_table, facts
from aegean.report.facts import settings as settings_table
from aegean.report.history import curves, overlaid
from aegean.runs import Run, load
from aegean.studio.listing import card
from aegean.studio.state import Studio

PARTS = ("data", "model", "training")
Names = Annotated[list[str], Meta(min_length=2, max_length=8)]


def look(studio: Studio, run: str) -> dict[str, Any]:
    """All that is recorded of a run: curves, figures, facts and settings as pieces of HTML, and its previews."""
    one = load(studio.runs.find(run))
    words = [str(record.get("step")) for record in one.history if "seconds" in record]
    return {
        **card(studio, run),
        "curves": curves(one.history),
        "measured": evaluation_table([record for record in one.evaluation if not one.is_stale(record)]),
        "facts": facts(one) if one.weights_path.is_file() else "",
        "commands": commands(one),
        "settings": settings_table(one.config),
        "steps_shown": [path.stem.removeprefix("step-").lstrip("0") or "0" for path in one.previews()],
        "reports": words[-1] if words else None,
    }


def compare(studio: Studio, runs: Names) -> dict[str, Any]:
    """Runs beside one another: the settings that differ, their curves laid over, their figures in one table."""
    opened = {name: load(studio.runs.find(name)) for name in dict.fromkeys(runs)}
    if len(opened) < 2:
        raise InputError("two different runs at least are compared")
    return {
        "runs": [card(studio, name) for name in opened],
        "settings": _differing(opened),
        "figures": _figures(opened),
        "curves": overlaid({name: one.history for name, one in opened.items()}),
    }


def _differing(runs: dict[str, Run]) -> list[dict[str, Any]]:
    """Rows of settings in which the runs differ: a value for each, empty where a family has no such setting."""
    flat = [
        {"family": one.config.family}
        | {name: value for part in PARTS for name, value in dataclasses.asdict(getattr(one.config, part)).items()}
        for one in runs.values()
    ]
    names = dict.fromkeys(name for config in flat for name in config)
    rows = [{"name": name, "values": [_word(config.get(name, "")) for config in flat]} for name in names]
    return [row for row in rows if len(set(row["values"])) > 1]


def _word(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _figures(runs: dict[str, Run]) -> list[dict[str, Any]]:
    """Rows of figures that were measured alike: a value for each run, and which is the best."""
    table: dict[tuple[str, str, str], dict[str, Any]] = {}
    for name, one in runs.items():
        for record in one.evaluation:
            if one.is_stale(record) or not isinstance(record.get("value"), int | float):
                continue
            key = (str(record["metric"]), str(record["split"]), str(record.get("settings", {})))
            row = table.setdefault(key, {"metric": key[0], "split": key[1], "settings": record.get("settings", {}),
                                         "unit": record.get("unit", ""), "better": record.get("better"),
                                         "values": dict.fromkeys(runs)})  # fmt: skip
            row["values"][name] = record["value"]
    rows = []
    for row in table.values():
        values = list(row["values"].values())
        known = [value for value in values if value is not None]
        best = {"smaller": min, "larger": max}.get(str(row["better"]))
        rows.append({**row, "values": values, "best": values.index(best(known)) if best and len(known) > 1 else None})
    return sorted(rows, key=lambda row: -sum(value is not None for value in row["values"]))
