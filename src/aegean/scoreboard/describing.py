"""What describes a row: the `about` of a recipe, and the file of a benchmark. Each has its form here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from aegean import companions
from aegean.errors import InputError, did_you_mean
from aegean.places import recipes
from aegean.resources import pass_on

Take = Literal["mean", "least", "most"]


class Strict(msgspec.Struct, forbid_unknown_fields=True):
    """A misspelt field is an error."""


class Reference(Strict):
    """What a figure is held against: a published value, what its record holds, or a path into a benchmark's results.

    What was measured here is never typed: it is read where it stands.
    """

    what: str
    source: str
    value: float | None = None
    beside: str = ""  # in place of a value: of the same record, beside the figure or among its settings
    file: str = ""  # or of benchmarks/results
    path: str = ""  # in it: keys and "*" for each item of a list, such as runs/dense/*/fid
    differs: str = ""  # in its protocol, from ours


class Shown(Strict):
    """A figure of an evaluation."""

    metric: str
    what: str = ""  # in place of the metric's name
    split: str = "test"
    settings: dict[str, Any] = {}  # of the record, where several have the metric; null: it has none of that name
    beside: dict[str, str] = {}  # what stands beside it in the record -> in words
    digits: int = 2
    references: list[Reference] = []


class Baseline(Strict):
    """What even a short training must be better than."""

    metric: str
    what: str
    value: float | None = None
    beside: str = ""  # of the same record, in place of a value
    file: str = ""  # of benchmarks/results
    path: str = ""


class Quick(Strict):
    """How a recipe is tried in minutes: words added to its trainings and its evaluations."""

    train: list[str]
    baseline: Baseline
    evaluate: list[str] = []


class Recipe(Strict):
    """The `about` of a recipe."""

    title: str
    paper: str
    commands: list[str]  # each stands as it is; from data to evaluation.json
    figures: list[Shown]
    time: str
    headline: bool = False  # whether it is the one line of its family in the README
    needs: str = ""  # of data
    note: str = ""  # what a reader of the figures must know
    tried: str = ""  # what else was tried, as those who trained it noted it: no file holds these figures
    quick: Quick | None = None


class Measured(Strict):
    """A figure of a benchmark: the mean of what `path` finds, and the spread where it finds several."""

    what: str
    path: str
    over: str = ""  # the path of what it is divided by
    take: Take = "mean"
    unit: str = ""
    digits: int = 2
    references: list[Reference] = []


class Column(Strict):
    """A column of a table of results."""

    key: str  # of each row of the result
    what: str
    digits: int = 2
    spread: str = ""  # the key of its spread


class Table(Strict):
    """The rows of a result, as a table of a page of its own."""

    page: str  # such as docs/is-it-generative.md, which has the marks
    rows: str  # the key of the result that holds them
    columns: list[Column]


class Benchmark(Strict):
    """The file of a benchmark."""

    title: str
    command: str
    file: str  # of benchmarks/results
    figures: list[Measured]
    headline: bool = False
    note: str = ""
    table: Table | None = None


@dataclass(frozen=True)
class Described:
    """A recipe and where it lies."""

    name: str
    family: str
    path: Path
    about: Recipe


Kind = TypeVar("Kind")


def read(path: Path) -> Any:
    """What a JSON file holds; InputError where it is missing or no JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        if not isinstance(error, FileNotFoundError):
            pass_on(error, path)
        raise InputError(f"{path}: cannot be read ({error})") from error


def fitting(record: Any, kind: type[Kind], path: Path) -> Kind:
    """The record as `kind`; InputError where it is not of that form."""
    try:
        return msgspec.convert(record, kind)
    except msgspec.ValidationError as error:
        raise InputError(f"{path}: {error}") from error


def recipe_names() -> list[str]:
    """All recipes."""
    return list(recipes())


def read_recipe(name: str) -> Described:
    """A recipe by its name; InputError with the nearest names where there is none."""
    known = recipes()
    if name not in known:
        raise InputError(f"no recipe is called {name!r}.{did_you_mean(name, list(known))}")
    record = read(known[name])
    return Described(name, record["family"], known[name], fitting(record["about"], Recipe, known[name]))


def evaluations(recipe: Described) -> list[dict[str, Any]]:
    """The committed records of a recipe; none where there are none."""
    path = recipe.path.parent / "evaluations" / recipe.path.name
    return list(read(path)) if path.is_file() else []


def benchmarks() -> dict[str, Benchmark]:
    """The benchmarks that are described, by name."""
    folder = bench_folder() / "rows"
    return {path.stem: fitting(read(path), Benchmark, path) for path in sorted(folder.glob("*.json"))}


def bench_folder() -> Path:
    """Where the benchmarks' rows and results lie: inside the wheel, or in the checkout."""
    inside = Path(__file__).parents[1] / "benchmarks"
    return inside if inside.is_dir() else companions.ROOT / "benchmarks"


def result(file: str) -> Any:
    """What a file of benchmarks/results holds."""
    return read(bench_folder() / "results" / file)


def found(record: Any, path: str) -> list[float]:
    """The numbers at a path of keys, "*" for each item of a list; InputError where there is none."""
    places = [record]
    for word in path.split("/"):
        try:
            places = [item for place in places for item in (place if word == "*" else [_inside(place, word)])]
        except (KeyError, IndexError, TypeError, ValueError):
            raise InputError(f"benchmarks/results: nothing at {path!r}") from None
    return [float(place) for place in places]


def _inside(place: Any, word: str) -> Any:
    """What a list has at a number, and a record at a key."""
    return place[int(word)] if isinstance(place, list) else place[word]
