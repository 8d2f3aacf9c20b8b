"""CelebA as published, and as Kaggle has it: pictures, the list of attributes and, if there, that of the splits."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from aegean.data.encoded import Files
from aegean.data.folders import look_through
from aegean.data.labels import binary_attributes
from aegean.data.source import Part, Pixels, Source
from aegean.data.sources import Format, path_of
from aegean.data.splits import SPLITS
from aegean.errors import InputError

PICTURES, ATTRIBUTES = "img_align_celeba", "list_attr_celeba.txt"
PLACES = (
    PICTURES,
    f"{PICTURES}/{PICTURES}",
    f"Img/{PICTURES}",
    f"Img/{PICTURES}/{PICTURES}",
)  # the deepest that is there
TABLES = (".", "Anno", "Eval")


def is_celeba(folder: Path) -> bool:
    """Whether the pictures and the list of attributes are there."""
    return _pictures(folder) is not None and _table(folder, "list_attr_celeba") is not None


def open_celeba(folder: Path) -> Source:
    """img_align_celeba/, list_attr_celeba and, if there, list_eval_partition: .txt, or .csv; in Img/, Anno/, Eval/."""
    table, pictures = _table(folder, "list_attr_celeba"), _pictures(folder)
    assert table is not None
    assert pictures is not None
    names, files, flags = read_attributes(table)
    found = look_through(pictures)
    there = {path.name: path for path in found.paths}
    rows = [k for k, name in enumerate(files) if name in there]
    if not rows:
        raise InputError(f"{pictures}: holds none of the {len(files):,} pictures that {table.name} names")
    missing = [name for name in files if name not in there]
    found.left_out.add_all(f"named by {table.name} and not there", missing)
    found.left_out.add_all(f"not named by {table.name}", sorted(set(there) - set(files)))
    number = _partition(_table(folder, "list_eval_partition"), files)
    parts = {}
    for part, chosen in _by_partition(number, rows):
        paths = [there[files[k]] for k in chosen]
        parts[part] = Part(Files(paths, folder), attributes=np.ascontiguousarray(flags[chosen]))
    origin = "" if number is None else "list_eval_partition"
    name = folder.resolve().name
    return Source(name, "CelebA", parts, attributes=names, left_out=found.left_out, links=found.links, splits=origin)


def _pictures(folder: Path) -> Path | None:
    return next((folder / place for place in reversed(PLACES) if (folder / place).is_dir()), None)


def _table(folder: Path, stem: str) -> Path | None:
    places = (folder / place / f"{stem}{ending}" for place in TABLES for ending in (".txt", ".csv"))
    return next((path for path in places if path.is_file()), None)


def read_attributes(path: Path) -> tuple[tuple[str, ...], list[str], Pixels]:
    """Names of the A attributes, names of the N files, flags (N, A): the file says 1 or -1."""
    try:
        if path.suffix == ".csv":
            (_, *head), *rows = [row for row in csv.reader(path.read_text().splitlines()) if row]
        else:
            lines = path.read_text().splitlines()
            head, rows = lines[1].split(), [line.split() for line in lines[2:] if line.strip()]
        flags = np.array([row[1:] for row in rows]).astype(np.int64)
        if flags.shape != (len(rows), len(head)):
            raise ValueError(f"{flags.shape}")
    except (IndexError, ValueError) as error:
        raise InputError(
            f"{path}: not CelebA's list: a count, a line of names, then a file and its 1 or -1 a line; or that as .csv"
        ) from error
    return tuple(head), [row[0] for row in rows], binary_attributes(flags, path)


def _partition(path: Path | None, files: Sequence[str]) -> list[int] | None:
    """0 (train), 1 (validation) or 2 (test) of each file, if the list is there."""
    if path is None:
        return None
    try:
        rows = [
            line.replace(",", " ").split() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()
        ]
        part = {name: int(number) for name, number in rows[path.suffix == ".csv" :]}
        return [part[name] for name in files]
    except (ValueError, KeyError) as error:
        raise InputError(
            f"{path}: expected a file of {path.parent.name} and 0, 1 or 2 in each line ({error})"
        ) from error


def _by_partition(number: list[int] | None, rows: Sequence[int]) -> Iterator[tuple[str, list[int]]]:
    if number is None:
        yield "all", list(rows)
        return
    for k, part in enumerate(SPLITS):
        if chosen := [row for row in rows if number[row] == k]:
            yield part, chosen


FORMAT = Format(
    "CelebA's folder",
    lambda word: is_celeba(path_of(word)),
    lambda word: open_celeba(path_of(word)),
    photos=True,
    help="as it is published: img_align_celeba/, list_attr_celeba.txt [list_eval_partition.txt]",
)
