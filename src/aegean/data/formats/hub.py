"""Data sets of the Hugging Face Hub, by name, through the library `datasets`."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from aegean.data.encoded import Encoded
from aegean.data.labels import name_labels, why_no_labels
from aegean.data.source import Part, Source
from aegean.data.sources import Format
from aegean.data.splits import SPLIT_OF
from aegean.errors import InputError, first_line
from aegean.resources import pass_on


class HubRows(Encoded):
    """One column of pictures; their files are taken as they are and opened here, in none but the formats we allow."""

    def __init__(self, table: Any, column: str, name: str) -> None:
        import datasets

        self.table = table.select_columns([column]).cast_column(column, datasets.Image(decode=False))
        self.column = column
        self.repository = name

    def __len__(self) -> int:
        return len(self.table)

    @property
    def key(self) -> str:
        """The library's own hash of the table and of all that was done to it."""
        return f"{self.table._fingerprint}:{self.column}"

    def name(self, index: int) -> str:
        """Its row in the table."""
        return f"hf:{self.repository}: picture {index}"

    def encoded(self, index: int) -> Path | BinaryIO:
        """Its bytes, or the file that the table names."""
        try:
            file = self.table[index][self.column]
        except Exception as error:  # whatever arrow raises
            pass_on(error, self.name(index))
            raise InputError(f"{self.name(index)} cannot be read ({error})") from error
        if file is None:
            raise InputError(f"{self.name(index)} is missing")
        return Path(file["path"]) if file["bytes"] is None else io.BytesIO(file["bytes"])


def open_hub(name: str) -> Source:
    """OWNER/NAME or OWNER/NAME/CONFIG; the pictures and labels are found by the types of the columns."""
    try:
        import datasets
    except ImportError as error:
        raise InputError(f"hf:{name}: needs the library datasets; `pip install 'aegean[hub]'`") from error
    owner, _, rest = name.partition("/")
    short, _, config = rest.partition("/")
    try:
        tables = datasets.load_dataset(f"{owner}/{short}" if short else owner, config or None)
    except Exception as error:  # offline, no such set, no right to it, several configs: each has a class of its own
        raise InputError(f"hf:{name}: cannot be loaded from the Hub or its local cache: {first_line(error)}") from error
    return from_tables(dict(tables), short or owner, name)


def from_tables(tables: dict[str, Any], short: str, name: str) -> Source:
    """The source that a dictionary of `datasets.Dataset` makes."""
    import datasets

    features = next(iter(tables.values())).features
    pictures = [column for column, kind in features.items() if isinstance(kind, datasets.Image)]
    labels = [column for column, kind in features.items() if isinstance(kind, datasets.ClassLabel)]
    if not pictures:
        raise InputError(f"hf:{name}: has no column of images; it has {', '.join(features)}")
    parts: dict[str, Any] = {}
    for word, part in SPLIT_OF.items():
        if word in tables:
            parts.setdefault(part, tables[word])
    if "train" not in parts:
        parts = {"all": next(iter(tables.values()))}
    words = {part: np.array(table[labels[0]][:]) for part, table in parts.items()} if labels else {}
    words = {part: some for part, some in words.items() if (some >= 0).all()}  # -1: kept secret by a contest
    classes, numbers = name_labels(words, features[labels[0]].names if labels else None, f"hf:{name}")
    found = {part: Part(HubRows(table, pictures[0], name), numbers.get(part)) for part, table in parts.items()}
    notes = (f"has several columns of images: {pictures[0]} is used",) * (len(pictures) > 1)
    notes += why_no_labels(words, classes)
    origin = "" if "all" in found else "as the Hub names them"
    return Source(short, "Hugging Face data set", found, classes, notes=notes, splits=origin)


FORMAT = Format(
    "hf:OWNER/NAME",
    lambda word: word.startswith("hf:"),
    lambda word: open_hub(word.removeprefix("hf:")),
    priority=2,
    help="a data set of the Hugging Face Hub [hf:OWNER/NAME/CONFIG]",
)
