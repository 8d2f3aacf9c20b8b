"""Several runs beside one another: what differs in their settings, and which figures are the best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aegean.errors import InputError
from aegean.runs.creation import is_run
from aegean.runs.history import latest
from aegean.runs.run import Run

UNTOLD = {"family", "data", "seed", "init"}  # that have a column of their own, or are no trial


@dataclass(frozen=True)
class Row:
    """One setting or figure, a value for each run; None: that run has none."""

    name: str
    values: tuple[Any, ...]
    best: int | None = None  # of figures: which run's is the best, where several have one
    shared: Mapping[str, Any] = field(default_factory=dict)  # of figures: split, settings, unit and better, of all


def runs_in(folder: str | Path) -> list[Run]:
    """The runs of a folder, the oldest first; a run by itself; InputError where there is none."""
    path = Path(folder)
    if is_run(path):
        return [Run(path)]
    if not path.is_dir():
        raise InputError(f"{path}: no such folder of runs; `aegean train` makes runs/")
    found = sorted(child for child in path.iterdir() if not child.name.startswith(".") and is_run(child))
    return sorted(map(Run, found), key=lambda run: (run.path / "config.json").stat().st_mtime)


def settings_of(run: Run) -> dict[str, Any]:
    """Every setting by its name, the family's among them."""
    return run.config.flat()


def differing(runs: Sequence[Run]) -> list[Row]:
    """The settings in which runs differ."""
    flat = [settings_of(run) for run in runs]
    names = dict.fromkeys(name for config in flat for name in config)
    rows = [Row(name, tuple(config.get(name) for config in flat)) for name in names]
    return [row for row in rows if len({repr(value) for value in row.values}) > 1]


def tried(runs: Sequence[Run]) -> list[str]:
    """The names of settings in which runs of one family differ: what somebody tried out."""
    families: dict[str, list[Run]] = {}
    for run in runs:
        with suppress(InputError):  # a damaged run has none
            families.setdefault(run.config.family, []).append(run)
    names = dict.fromkeys(row.name for group in families.values() for row in differing(group))
    return [name for name in names if name not in UNTOLD]


def figures(runs: Sequence[Run]) -> list[Row]:
    """The figures that were measured alike, what most runs have first; those of earlier weights are left out."""
    table: dict[tuple[str, str], tuple[Mapping[str, Any], list[Any]]] = {}
    for place, run in enumerate(runs):
        for record in current(run):
            told = {name: value for name, value in record.get("settings", {}).items() if value is not None}
            shared = {"split": record["split"], "settings": told, "unit": record.get("unit", "")}
            shared["better"] = record.get("better")
            key = (str(record["metric"]), str((record["split"], told)))
            table.setdefault(key, (shared, [None] * len(runs)))[1][place] = record["value"]
    rows = [
        Row(metric, tuple(values), best_of(values, shared["better"]), shared)
        for (metric, _), (shared, values) in table.items()
    ]
    return sorted(rows, key=lambda row: -sum(value is not None for value in row.values))


def current(run: Run) -> list[Mapping[str, Any]]:
    """The figures of the weights that a run has now."""
    return [
        record for record in run.evaluation if isinstance(record.get("value"), int | float) and not run.is_stale(record)
    ]


def best_of(values: Sequence[float | None], better: object) -> int | None:
    """Which of some figures is the best: None where fewer than two are known, or where neither way is better."""
    choose = {"smaller": min, "larger": max}.get(str(better))
    known = [value for value in values if value is not None]
    return values.index(choose(known)) if choose and len(known) > 1 else None


def progress_of(run: Run) -> tuple[int, int, float | None]:
    """Steps done, steps asked for, seconds of training."""
    last = latest(run.history)
    seconds = last.get("seconds")
    return int(last.get("step", 0)) or run.step, run.config.training.steps, seconds


def size_of(run: Run) -> int:
    """Bytes on the disk."""
    return sum(file.stat().st_size for file in run.path.rglob("*") if file.is_file() and not file.is_symlink())
