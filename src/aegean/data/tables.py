"""Labels and attributes from a table beside the pictures: metadata.csv or labels.csv, a line a picture.

As the imagefolder of Hugging Face has it: a column `file_name`, the name of a picture within the table's folder; a
column with its label; columns of 0 and 1, of -1 and 1, or of true and false: its attributes.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath, PurePosixPath

import numpy as np

from aegean.data.labels import binary_attributes, name_labels, why_no_labels
from aegean.data.layout import Known
from aegean.data.left_out import LeftOut
from aegean.data.source import Numbers, Pixels
from aegean.errors import InputError

TABLES = ("metadata.csv", "labels.csv")
FILE_NAMES = ("file_name", "filename", "file", "image")
LABELS = ("label", "labels", "class", "target", "category")
FLAGS = {"0": 0, "1": 1, "-1": -1, "false": 0, "true": 1}  # words of attributes, as numbers
HEAD = 4096  # bytes among which the line of names must end


@dataclass(frozen=True)
class Columns:
    """What the columns of a table say of N pictures."""

    label: str | None  # the name of its column
    labels: list[str]  # "": none is given; empty where there is no such column
    attributes: tuple[str, ...]
    flags: Pixels  # (N, A)
    unused: tuple[str, ...]

    def notes(self, where: object) -> tuple[str, ...]:
        """A line that names what is not used."""
        expected = "expected a label, and 0 or 1 for attributes"
        return (f"{where}: not used: {', '.join(self.unused)}; {expected}",) if self.unused else ()


@dataclass(frozen=True)
class Table:
    """Names of N pictures, and what is said of each."""

    where: str
    files: list[str]
    columns: Columns


def is_table(head: bytes) -> bool:
    """Whether a file begins with names of columns of which one is that of the pictures."""
    line = head[:HEAD].decode("utf-8-sig", "replace").partition("\n")[0]
    return bool(set(FILE_NAMES) & {_word(cell) for cell in line.split(_delimiter(line))})


def read_table(content: bytes, where: str) -> Table:
    """InputError, which names the line, for what is no such table."""
    try:
        lines = content.decode("utf-8-sig").splitlines()
        rows = [(k + 1, row) for k, row in enumerate(csv.reader(lines, delimiter=_delimiter(lines[0]))) if row]
    except (UnicodeDecodeError, csv.Error, IndexError) as error:
        raise InputError(f"{where}: not a table (.csv) that can be read ({error})") from error
    head = [cell.strip() for cell in rows.pop(0)[1]]
    for number, row in rows:
        if len(row) != len(head):
            raise InputError(f"{where}: {len(row)} cells in row {number}; expected {len(head)}: {', '.join(head)}")
    columns = {name: [row[k].strip() for _, row in rows] for k, name in enumerate(head)}
    files = next((columns.pop(name) for name in list(columns) if _word(name) in FILE_NAMES), None)
    if not files:
        raise InputError(f"{where}: expected a column file_name, and a line for each picture")
    return Table(where, files, understood(columns, where))


def understood(columns: Mapping[str, list[str]], where: str, label: str | None = None) -> Columns:
    """Which columns, the names of pictures aside, are what; `label`: the one of the labels, where that is known."""
    named = [label] if label else [name for name in columns if _word(name) in LABELS]
    flags = [name for name in columns if name not in named and _are_flags(columns[name])]
    others = [name for name in columns if name not in {*named, *flags}]
    if not named and len(others) == 1 and _repeats(columns[others[0]]):
        named, others = others, []
    numbers = [[FLAGS[cell.lower()] for cell in columns[name]] for name in flags]
    count = len(next(iter(columns.values()), ()))
    return Columns(
        named[0] if named else None,
        columns[named[0]] if named else [],
        tuple(flags),
        binary_attributes(np.array(numbers).T, where) if flags else np.zeros((count, 0), np.uint8),
        (*named[1:], *others),
    )


def named_classes(
    labels: Mapping[str, Sequence[str]], names: Sequence[str] | None, where: object
) -> tuple[tuple[str, ...], dict[str, Numbers], tuple[str, ...]]:
    """Labels in words, by part -> names of classes, their numbers by part, and a line that says why there are none."""
    words = {part: np.array(some) for part, some in labels.items()}
    if all(_is_number(cell) for some in labels.values() for cell in some):
        words = {part: some.astype(np.int64) for part, some in words.items()}
    classes, numbers = name_labels(words, names, str(where)) if words else ((), {})
    return classes, numbers, why_no_labels(words, classes)


def _repeats(cells: Sequence[str]) -> bool:
    """Whether some are alike: captions and names are not."""
    return len(set(cells)) < len(cells)


def _are_flags(cells: Sequence[str]) -> bool:
    """Whether all are 0 or 1, -1 or 1, or true or false."""
    found = {cell.lower() for cell in cells}
    return any(found <= convention for convention in ({"0", "1"}, {"-1", "1"}, {"false", "true"}))


def known_by(
    tables: Mapping[PurePath, Table], names: Mapping[str, Sequence[PurePath]], where: object, left_out: LeftOut
) -> Known:
    """What tables, by the folders they lie in, say of the pictures of each part, by their names within the set.

    What is named and not there, and what is there and not named, is added to `left_out`; InputError where the tables
    do not fit together, or name no picture that is there to train on.
    """
    first = next(iter(tables.values()))
    if other := next((one for one in tables.values() if _columns(one) != _columns(first)), None):
        raise InputError(f"{other.where}: other columns than {first.where}")
    said: dict[tuple[str, int], tuple[Table, int]] = {}
    for folder, table in tables.items():
        at = _places(names, folder)
        for k, file in enumerate(table.files):
            name = PurePosixPath(file.replace("\\", "/"))
            place = at.get(str(name)) or at.get(name.name)
            if place is None:
                left_out.add(f"named by {PurePath(table.where).name} and not there", file)
            elif table.columns.label and not table.columns.labels[k]:
                left_out.add(f"without a label in {PurePath(table.where).name}", file)
            elif place in said:
                left_out.add(f"named again by {PurePath(table.where).name}", file)
            else:
                said[place] = table, k
    rows = {part: [row for row in range(len(some)) if (part, row) in said] for part, some in names.items()}
    for part, some in names.items():
        unnamed = [name for row, name in enumerate(some) if (part, row) not in said]
        left_out.add_all(f"not named by {PurePath(first.where).name}", unnamed)
    rows = {part: some for part, some in rows.items() if some}
    if not {"all", "train"} & set(rows):
        raise InputError(f"{where}: holds none of the {len(first.files):,} pictures that {first.where} names")
    return _known(first, rows, said, where)


def _known(
    first: Table, rows: Mapping[str, Sequence[int]], said: Mapping[tuple[str, int], tuple[Table, int]], where: object
) -> Known:
    lines = {part: [said[part, row] for row in some] for part, some in rows.items()}
    with_labels = lines if first.columns.label else {}
    labels = {part: [table.columns.labels[k] for table, k in some] for part, some in with_labels.items()}
    classes, numbers, notes = named_classes(labels, None, where)
    flags = {part: np.stack([table.columns.flags[k] for table, k in some]) for part, some in lines.items()}
    names = first.columns.attributes
    return Known(rows, classes, numbers, names, flags if names else {}, notes + first.columns.notes(first.where))


def _places(names: Mapping[str, Sequence[PurePath]], folder: PurePath) -> dict[str, tuple[str, int]]:
    """Part and row of the pictures in a folder, by their names within it, and by their last where no other has that."""
    whole, alone = {}, dict[str, tuple[str, int] | None]()
    for part, some in names.items():
        for row, name in enumerate(some):
            if name.is_relative_to(folder):
                whole[name.relative_to(folder).as_posix()] = part, row
                alone[name.name] = None if name.name in alone else (part, row)
    return {name: place for name, place in alone.items() if place} | whole


def _columns(table: Table) -> tuple[str | None, tuple[str, ...]]:
    return table.columns.label, table.columns.attributes


def _is_number(cell: str) -> bool:
    return cell.isascii() and cell.removeprefix("-").isdecimal() and len(cell) < 18


def _delimiter(line: str) -> str:
    """Comma, semicolon or tab: what the line of names has most of."""
    return max(",;\t", key=line.count)


def _word(cell: str) -> str:
    return cell.strip().strip('"').lower()
