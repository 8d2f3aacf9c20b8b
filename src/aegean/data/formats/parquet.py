"""A .parquet of pictures, as the Hugging Face Hub keeps its sets, or a folder of them: train-00000-of-00002.parquet ...

A column of encoded pictures, alone or as a structure {bytes, path}; one of labels, whose names stand in the head of the
file as those of a ClassLabel; columns of 0 and 1, or of true and false: attributes.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from aegean.data.arrays import key_of_files
from aegean.data.encoded import Encoded
from aegean.data.left_out import LeftOut
from aegean.data.parquet import Leaf, Parquet
from aegean.data.source import Part, Source
from aegean.data.sources import Format, path_of
from aegean.data.splits import SPLIT_OF
from aegean.data.spool import Spool
from aegean.data.tables import named_classes, understood
from aegean.errors import InputError


class Head(NamedTuple):
    """What the head of a file says of its columns."""

    pictures: Leaf
    words: tuple[Leaf, ...]  # columns of numbers and words
    label: str | None  # the one of a ClassLabel
    classes: Sequence[str] | None
    notes: tuple[str, ...]


class Cells(Encoded):
    """The pictures of one column of some files, row after row; laid in a spool when the first of them is asked for."""

    def __init__(self, paths: Sequence[Path], head: Head) -> None:
        self.paths, self.column = paths, head.pictures
        files = [Parquet(path) for path in paths]
        for file in files:
            if lost := [leaf for leaf in (head.pictures, *head.words) if file.leaves.get(leaf.path) != leaf]:
                raise InputError(f"{file.path}: has no column {lost[0].path[0]} of the kind that {paths[0]} has")
        self.rows: Sequence[int] = range(sum(file.rows for file in files))  # those that are used
        self.words = {leaf.path[0]: [_word(v) for file in files for v in file.column(leaf)] for leaf in head.words}
        self.spool = Spool(lambda: (value or b"" for file in files for value in file.column(head.pictures)))

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def key(self) -> str:
        """Of the files, the column, and how many of the rows are used."""
        return f"{key_of_files(self.paths)}:{'.'.join(self.column.path)}:{len(self.rows)}"

    def name(self, index: int) -> str:
        """Its row."""
        return f"{self.paths[0]}{' ...' * (len(self.paths) > 1)}: picture {self.rows[index]}"

    def encoded(self, index: int) -> BinaryIO:
        """From the spool."""
        content = self.spool[self.rows[index]]
        if not content:
            raise InputError(f"{self.name(index)} is not in the file")
        return io.BytesIO(content)

    def content(self, index: int) -> object:
        """The bytes' hash."""
        return hash(self.spool[self.rows[index]]) or None


def is_parquet(path: Path) -> bool:
    """A file of that ending, or a folder with one that is called as a split."""
    if not path.is_dir():
        return path.suffix.lower() == ".parquet" and path.is_file()
    return any(map(_part_of, path.glob("*.parquet")))


def open_parquet(path: Path) -> Source:
    """One file, or a folder of those of a set; InputError in one line for what holds no pictures."""
    left_out = LeftOut()
    files = _by_part(path, left_out) if path.is_dir() else {"all": [path]}
    main = "all" if "all" in files else "train"
    head = _head(files[main][0])
    cells = {part: Cells(paths, head) for part, paths in files.items()}
    told = {part: understood(some.words, str(path), head.label) for part, some in cells.items()}
    labels = {}
    for part, columns in told.items():
        if not columns.label or "-1" in columns.labels:  # -1: kept secret by a contest
            continue
        without = [row for row, word in enumerate(columns.labels) if not word]
        left_out.add_all("without a label", [cells[part].name(row) for row in without])
        cells[part].rows = sorted({*cells[part].rows}.difference(without))
        labels[part] = [columns.labels[row] for row in cells[part].rows]
    classes, numbers, notes = named_classes(labels, head.classes, path)
    names = told[main].attributes
    alike = names and all(columns.attributes == names for columns in told.values())
    parts = {
        part: Part(some, numbers.get(part), told[part].flags[np.array(some.rows)] if alike else None)
        for part, some in cells.items()
    }
    return Source(
        path.resolve().name.removesuffix(".parquet"),
        "table of pictures (.parquet)",
        parts,
        classes,
        names if alike else (),
        notes=head.notes + notes + told[main].notes(path),
        left_out=left_out,
        splits="" if main == "all" else "as the files are named",
    )


def _by_part(folder: Path, left_out: LeftOut) -> dict[str, list[Path]]:
    files: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*.parquet")):
        if part := _part_of(path):
            files.setdefault(part, []).append(path)
        else:
            left_out.add("in no split", path)
    if "train" not in files:
        raise InputError(f"{folder}: has {' and '.join(files)} (.parquet) but no train")
    return files


def _part_of(path: Path) -> str | None:
    """Of what a file is by its name: train.parquet, train-00000-of-00002.parquet."""
    return SPLIT_OF.get(path.name.partition(".")[0].partition("-")[0].lower())


def _head(path: Path) -> Head:
    """InputError where there is no column of pictures."""
    file = Parquet(path)
    features = _features(file)
    kinds = {name: feature.get("_type") for name, feature in features.items() if isinstance(feature, dict)}
    leaves = list(file.leaves.values())
    encoded = [leaf for leaf in leaves if leaf.kind == "bytes"]
    pictures = [leaf for leaf in encoded if kinds.get(leaf.path[0]) == "Image"]
    pictures = pictures or [leaf for leaf in encoded if len(leaf.path) == 1 or leaf.path[1:] == ("bytes",)]
    if not pictures:
        names = dict.fromkeys(leaf.path[0] for leaf in leaves)
        raise InputError(f"{path}: has no column of pictures; it has {', '.join(names)}")
    words = [leaf for leaf in leaves if len(leaf.path) == 1 and leaf.kind in ("text", "whole", "truth")]
    label = next((leaf.path[0] for leaf in words if kinds.get(leaf.path[0]) == "ClassLabel"), None)
    several = f"has several columns of pictures ({', '.join(leaf.path[0] for leaf in pictures)}): the first is used"
    classes = features[label].get("names") if label else None
    return Head(pictures[0], tuple(words), label, classes, (several,) * (len(pictures) > 1))


def _features(file: Parquet) -> dict[str, Any]:
    """What the library `datasets` notes of the columns that it writes; nothing where another wrote them."""
    try:
        found = json.loads(file.notes["huggingface"])["info"]["features"]
    except (KeyError, TypeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _word(value: object) -> str:
    return "" if value is None else str(value)


FORMAT = Format(
    ".parquet",
    lambda word: is_parquet(path_of(word)),
    lambda word: open_parquet(path_of(word)),
    help="pictures and labels as the Hugging Face Hub keeps them; or a folder of train-00000-of-00002.parquet ...",
)
