"""`aegean datasets`: the named sets, or what a path holds."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from aegean.cli._options import Flag, Json
from aegean.consoles import tell, tell_json
from aegean.errors import InputError

if TYPE_CHECKING:
    from aegean.data import Description
    from aegean.families import DataConfig


def datasets(
    path: Annotated[str | None, tyro.conf.Positional, tyro.conf.arg(metavar="[PATH]")] = None,
    range: tuple[float, float] | None = None,
    splits: Literal["found", "none"] = "found",
    other: str | None = None,
    target: str | None = None,
    input_half: Literal["left", "right"] | None = None,
    json: Json = False,
    strict: Flag = False,
) -> None:
    """List the sets that have a name, or say how a path is understood and how to train on it.

    Args:
        path: What --data takes: a name or a path.
        range: Of arrays: which numbers are black and white, such as 0 1. None: as their values tell.
        splits: Of folders: none takes those called train, validation and test for classes like others.
        other: The other domain, as in training.
        target: Pairs: what is wanted of each of PATH, as in training.
        input_half: Pairs: each picture of PATH holds two side by side; this half goes in, the other is wanted.
        strict: Exit with 2 where anything is left out, is a guess, or is there twice.
    """
    from aegean.families import DataConfig

    if path is None:
        if range or splits != "found" or strict or other or target or input_half:
            raise InputError("--range, --splits, --other, --target, --input-half and --strict are of a PATH: give one")
        _print_sets(json)
        return
    from aegean.data import describe

    data = DataConfig(path).change(range=range, splits=splits, other=other, target=target, input_half=input_half)
    found = describe(data)
    if json:
        tell_json(found.to_json())
    else:
        tell(*_lines(found), _as_line("train", _training(data, found)))
    if strict and found.problems:
        more_of_it = f"; and {len(found.problems) - 1} more" * (len(found.problems) > 1)
        raise InputError(f"{path}: {found.problems[0]}{more_of_it}")


def _print_sets(as_json: bool) -> None:
    from aegean.data import DATASETS, FORMATS

    if as_json:
        tell_json(
            [
                {"name": name, "what": one.what, "images": one.count, "form": one.form, "missing": one.missing()}
                for name, one in DATASETS.items()
            ]
        )
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("name", "what", "images", "form", "at hand"):
        table.add_column(column, justify="right" if column == "images" else "left", no_wrap=column in {"name", "form"})
    for name, named in DATASETS.items():
        table.add_row(name, named.what, f"{named.count:,}", named.form, named.missing() or "yes")
    kinds = Table("or", "what", box=None, pad_edge=False)
    for one in FORMATS.values():
        if one.help:
            kinds.add_row(one.what, one.help)
    console = Console(markup=False, highlight=False)
    console.print(table, "", kinds, "", "`aegean datasets PATH` says how it is understood.", sep="\n")


def _lines(found: Description) -> list[str]:
    return [_as_line(name, value) for name, value in [*found.rows(), *(("but", line) for line in found.problems)]]


def _as_line(name: str, value: str) -> str:
    return f"{name:10} {value}"


def _training(data: DataConfig, found: Description) -> str:
    """How to train on it."""
    paired = data.target is not None or data.input_half is not None
    family = "cyclegan" if found.domains else "conditional_vae" if found.classes else "vae"
    words = ["aegean", "train", "paired_translator" if paired else family, "--data", data.data]
    for name, value in (("other", data.other), ("target", data.target), ("input-half", data.input_half)):
        words += [f"--{name}", value] if value is not None else []
    words += ["--size", str(found.size)] if found.size else []
    words += ["--range", *(f"{end:g}" for end in data.range)] if data.range else []
    return shlex.join(words + ["--splits", "none"] * (data.splits == "none"))
