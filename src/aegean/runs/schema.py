"""What the JSON of a run folder must look like to be believed: each file of it has its form here.

about.json says by which edition of these forms the folder was written; older ones are read, newer ones are not.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from aegean.errors import InputError
from aegean.families import RunConfig, from_json
from aegean.families.bounds import Shape
from aegean.resources import pass_on

FORMAT = 1
Count = Annotated[int, Meta(ge=0)]
Kind = TypeVar("Kind")


class Data(msgspec.Struct):
    """The DataSpec in about.json."""

    name: str
    channels: Literal[1, 3, 4]
    size: Annotated[int, Meta(ge=1, le=2**16)] | Shape
    classes: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()


class About(msgspec.Struct):
    """about.json: what is read of it; it may hold more."""

    data: Data
    fingerprint: str
    format: Count = 0
    command: str = ""
    machine: str = ""
    commit: str | None = None
    versions: dict[str, str] = {}
    images: dict[str, Count] = {}
    other_images: dict[str, Count] = {}
    from_here: dict[Literal["data", "other"], str] = {}


class Record(msgspec.Struct):
    """One of evaluation.json."""

    metric: str
    value: float | None
    split: str
    standard_error: float | None = None
    sampling_seeds: list[int] = []
    values: list[float | None] = []
    sd: float | None = None
    beside: dict[str, float | None] = {}
    unit: str = ""
    better: str = ""
    images: Count = 0
    settings: dict[str, Any] = {}
    seed: int | None = None
    seconds: float = 0.0
    step: Count = 0
    weights: str = ""
    command: str = ""
    machine: str = ""
    commit: str | None = None


class Line(msgspec.Struct):
    """One of metrics.jsonl; its terms, "vae/rate" and the like, are numbers."""

    step: Count
    seconds: float = 0.0
    images: Count = 0
    verdict: str = ""
    stopped: str = ""


def read_config(path: Path) -> RunConfig:
    """config.json; InputError, which names it, for what a setting may not be."""
    record = read_json(path)
    try:
        return from_json(record)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def read_about(path: Path) -> dict[str, Any]:
    """about.json, as it is."""
    about = fitting(read_json(path), About, path)
    if about.get("format", 0) > FORMAT:
        raise InputError(f"{path}: written by a newer aegean (format {about['format']}, not {FORMAT}); update this one")
    return about


def read_records(path: Path) -> list[dict[str, Any]]:
    """evaluation.json, as it is."""
    records = read_json(path)
    if not isinstance(records, list):
        raise InputError(f"{path}: not a list of figures; move it away, and measure again")
    return [fitting(record, Record, path) for record in records]


def read_lines(path: Path) -> list[dict[str, Any]]:
    """metrics.jsonl, as it is; a line cut short by a crash is left out."""
    lines = []
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            continue
        fitting(record, Line, f"{path}, line {number}")
        lines.append({name: _number(value, name, f"{path}, line {number}") for name, value in record.items()})
    return lines


def _number(value: Any, name: str, where: str) -> Any:
    if name in {"verdict", "stopped"} or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise InputError(f"{where}: {name} is {value!r}, and no number")


def fitting(record: Any, kind: type[Any], where: Path | str) -> dict[str, Any]:
    """The record itself; InputError where it is not of that kind."""
    try:
        msgspec.convert(record, kind, strict=True)
    except msgspec.ValidationError as error:
        words = str(error).replace("`", "").replace("$.", "")
        raise InputError(f"{where}: not as aegean writes it ({words[:1].lower()}{words[1:]})") from error
    return dict(record)


def read_json(path: Path) -> Any:
    """What a JSON file holds; InputError where it is missing or no JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (OSError, ValueError, RecursionError) as error:
        pass_on(error, path)
        raise InputError(f"{path}: not JSON ({error})") from error
