"""A row of the scoreboard: its figures, read from the records, and what these lack to be believed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import starmap
from statistics import fmean, stdev
from typing import Any

from aegean.errors import InputError
from aegean.places import zoo
from aegean.scoreboard import describing
from aegean.scoreboard.describing import Benchmark, Described, Measured, Reference, Shown

TAKE: dict[str, Callable[[list[float]], float]] = {"mean": fmean, "least": min, "most": max}
BOUNDS = ("floor", "ceiling")  # names of what real images reach
OF_SAMPLES = {"fid", "kid", "precision", "recall", "density", "coverage", "judge_agreement", "modes", "mode_divergence"}


@dataclass(frozen=True)
class Cell:
    """A figure as it is shown."""

    what: str
    value: str
    spread: str = ""  # "± 0.48 over 5 seeds"
    bound: str = ""  # what real images reach
    beside: tuple[str, ...] = ()
    images: str = ""
    references: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """One recipe or benchmark."""

    name: str
    title: str
    family: str  # of a benchmark: none
    cells: list[Cell]
    paper: str = ""
    commands: list[str] = field(default_factory=list)
    measured: list[str] = field(default_factory=list)  # machine, commit, command
    time: str = ""
    needs: str = ""
    note: str = ""
    tried: str = ""
    doubts: list[str] = field(default_factory=list)
    headline: bool = False


def all_rows() -> list[Row]:
    """All rows: the recipes that were measured, then the benchmarks."""
    found = [_row(describing.read_recipe(name)) for name in describing.recipe_names()]
    return [*(row for row in found if row.cells), *starmap(_benchmark, describing.benchmarks().items())]


def record_of(shown: Shown, records: Sequence[dict[str, Any]], name: str) -> dict[str, Any]:
    """The record that a figure is read from; InputError unless there is exactly one."""
    fitting = [
        record
        for record in records
        if (record["metric"], record["split"]) == (shown.metric, shown.split)
        and all(record["settings"].get(name) == value for name, value in shown.settings.items())
    ]
    if len(fitting) != 1:
        raise InputError(
            f"recipes/evaluations/{name}.json: {len(fitting)} records of {shown.metric} on {shown.split} with "
            f"{shown.settings or 'any settings'}, not one"
        )
    return fitting[0]


def _row(recipe: Described) -> Row:
    about, records = recipe.about, describing.evaluations(recipe)
    used = [record_of(shown, records, recipe.name) for shown in about.figures] if records else []
    return Row(
        recipe.name,
        about.title,
        recipe.family,
        [_cell(shown, record) for shown, record in zip(about.figures, used)],
        about.paper,
        about.commands,
        list(dict.fromkeys(_where(record) for record in used)),
        about.time,
        about.needs,
        about.note,
        about.tried,
        doubts(recipe.name, used, records),
        about.headline,
    )


def _cell(shown: Shown, record: dict[str, Any]) -> Cell:
    digits, beside = shown.digits, record["beside"]
    bounds = [f"{name} {beside[name]:.{digits}f}" for name in BOUNDS if beside.get(name) is not None]
    told = tuple(f"{words} {_beside(record, name):.{digits}f}" for name, words in shown.beside.items())
    return Cell(
        shown.what or shown.metric.replace("_", " "),
        f"{record['value']:.{digits}f}",
        _spread(record, digits),
        ", ".join(bounds),
        told,
        f"{record['images']:,} {record['split']}",
        tuple(reference_words(one, digits, record) for one in shown.references),
    )


def _spread(record: dict[str, Any], digits: int) -> str:
    """Over seeds, of a figure of samples; else the standard error over images."""
    if record.get("sd") is not None:
        return f"± {record['sd']:.{digits}f} over {len(record['sampling_seeds'])} seeds"
    error = record.get("standard_error")
    return f"standard error {error:.2g}" if error else ""


def reference_words(one: Reference, digits: int, record: dict[str, Any] | None = None) -> str:
    """What a figure is held against: value, what it is, its source, what differs. `record`: that of the figure."""
    if one.value is not None:
        values = [one.value]
    elif one.beside and record is not None:
        values = [_beside(record, one.beside)]
    else:
        values = describing.found(describing.result(one.file), one.path)
    number = f"{fmean(values):.{digits}f}".rstrip("0").rstrip(".") if digits else f"{fmean(values):.0f}"
    differs = f". Differs: {one.differs}" if one.differs else ""
    return f"{number}: {one.what} ({one.source}){differs}"


def _beside(record: dict[str, Any], name: str) -> float:
    """A number that stands beside the figure, or among its settings; InputError where there is none of that name."""
    value = (record["settings"] | record["beside"]).get(name)
    if not isinstance(value, int | float):
        raise InputError(f"recipes/evaluations: the record of {record['metric']} has no number called {name!r}")
    return value


def _where(record: dict[str, Any]) -> str:
    commit = f", commit {record['commit'][:8]}" if record.get("commit") else ""
    threads = f", {record['threads']} thread{'s' * (record['threads'] != 1)}" if "threads" in record else ""
    return f"`{record['command']}` on {record['machine']}{threads}{commit}"


def doubts(name: str, used: Sequence[dict[str, Any]], records: Sequence[dict[str, Any]]) -> list[str]:
    """What the records that are shown lack to be believed and measured again."""
    lacking = []
    if unnamed := sorted({record["metric"] for record in used if "weights" not in record}):
        lacking.append(f"the records of {', '.join(unnamed)} do not name the weights by digest")
    if name not in zoo():
        lacking.append("the weights are not kept: to measure it again is to train it again")
    judges = {record["settings"]["judge_weights"] for record in used if "judge_weights" in record["settings"]}
    if judges and (strangers := sorted(judges - kept_weights())):
        lacking.append(f"the judge, weights {', '.join(strangers)}, does not come along")
    if any("judge_step" in record["settings"] for record in used):
        lacking.append("the judge is named by its steps, not by its weights")
    drawn = [record for record in used if record["beside"].keys() & {"diversity"} or record["metric"] in OF_SAMPLES]
    if once := sorted({record["metric"] for record in drawn if record.get("sd") is None}):
        lacking.append(f"{', '.join(once)}: of one draw of samples")
    if any(shared(record, other) for record in drawn for other in records):
        lacking.append("validation, on which choices were made, and test were measured on the same samples")
    return lacking


def kept_weights() -> set[str]:
    """The digests of the weights that come along, as their own records have them."""
    known = [name for name in zoo() if name in describing.recipe_names()]
    records = [record for name in known for record in describing.evaluations(describing.read_recipe(name))]
    return {record["weights"] for record in records if "weights" in record}


def shared(record: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether a figure of samples on one split was measured on the samples of another: older ones by the same seed."""
    if record["metric"] != other["metric"] or record["split"] == other["split"]:
        return False
    if "sampling_seeds" in record and "sampling_seeds" in other:
        return bool(set(record["sampling_seeds"]) & set(other["sampling_seeds"]))
    return "sampling_seeds" not in record and record["seed"] == other["seed"]


def _benchmark(name: str, about: Benchmark) -> Row:
    held = describing.result(about.file)
    return Row(
        name,
        about.title,
        "",
        [_measured(figure, held) for figure in about.figures],
        commands=[about.command],
        measured=[f"{held.get('machine', 'a machine that is not named')}: benchmarks/results/{about.file}"],
        note=about.note,
        headline=about.headline,
    )


def _measured(figure: Measured, held: Any) -> Cell:
    values, digits = describing.found(held, figure.path), figure.digits
    value = TAKE[figure.take](values)
    if figure.over:
        value /= fmean(describing.found(held, figure.over))
    several = len(values) > 1 and figure.take == "mean" and not figure.over
    spread = f"± {stdev(values):.{digits}f} over {len(values)} runs" if several else ""
    references = tuple(reference_words(one, digits) for one in figure.references)
    return Cell(figure.what, f"{value:.{digits}f}{figure.unit}", spread, references=references)
