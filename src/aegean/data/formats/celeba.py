"""CelebA as it is published: img_align_celeba/, list_attr_celeba.txt and, if there, list_eval_partition.txt."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from aegean.data.labels import binary_attributes
from aegean.data.source import Files, Part, Pixels, Source
from aegean.data.sources import Format, path_of
from aegean.data.splits import SPLITS
from aegean.errors import InputError

PICTURES, ATTRIBUTES, PARTITION = "img_align_celeba", "list_attr_celeba.txt", "list_eval_partition.txt"


def is_celeba(folder: Path) -> bool:
    """Whether the pictures and the list of attributes are there."""
    return (folder / PICTURES).is_dir() and (folder / ATTRIBUTES).is_file()


def open_celeba(folder: Path) -> Source:
    """CelebA as it is published: img_align_celeba/, list_attr_celeba.txt and, if there, list_eval_partition.txt."""
    table = folder / ATTRIBUTES
    names, files, flags = read_attributes(table)
    pictures = folder / PICTURES
    there = {entry.name for entry in os.scandir(pictures)}
    rows = [k for k, name in enumerate(files) if name in there]
    if not rows:
        raise InputError(f"{pictures}: holds none of the {len(files):,} pictures that {table.name} names")
    notes = (f"{len(files) - len(rows):,} of the pictures that {table.name} names are not there",) * (
        len(rows) < len(files)
    )
    number = _partition(folder / PARTITION, files)
    parts = {}
    for part, chosen in _by_partition(number, rows):
        paths = [pictures / files[k] for k in chosen]
        parts[part] = Part(Files(paths, folder), attributes=np.ascontiguousarray(flags[chosen]))
    return Source(folder.resolve().name, "CelebA", parts, attributes=names, notes=notes)


def read_attributes(path: Path) -> tuple[tuple[str, ...], list[str], Pixels]:
    """Names of the A attributes, names of the N files, flags (N, A): the file says 1 or -1."""
    lines = path.read_text(encoding="utf-8").splitlines()
    try:
        names = tuple(lines[1].split())
        rows = [line.split() for line in lines[2:] if line.strip()]
        flags = np.array([row[1:] for row in rows]).astype(np.int64)
        if flags.shape != (len(rows), len(names)):
            raise ValueError(f"{flags.shape}")
    except (IndexError, ValueError) as error:
        raise InputError(
            f"{path}: not CelebA's list: a count, a line of names, then a file and its 1 or -1 a line"
        ) from error
    return names, [row[0] for row in rows], binary_attributes(flags, path)


def _partition(path: Path, files: Sequence[str]) -> list[int] | None:
    """0 (train), 1 (validation) or 2 (test) of each file, if the list is there."""
    if not path.is_file():
        return None
    try:
        part = {
            name: int(number)
            for name, number in (line.split() for line in path.read_text(encoding="utf-8").splitlines() if line)
        }
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
