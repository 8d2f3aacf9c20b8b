"""What there is: the named sets, and what a path holds, told from names and headers without decoding all."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import Tensor

from aegean import images
from aegean.data.datasets import DATASETS
from aegean.data.folders import pictures_in
from aegean.data.shape import LOOKED_AT, look_at
from aegean.data.sources import find_source
from aegean.data.splits import SPLITS
from aegean.errors import InputError


@dataclass(frozen=True)
class Description:
    """What a name or a path holds."""

    name: str
    kind: str
    parts: dict[str, int]  # pictures in train, validation, test or all, and in other-... of a second domain
    sides: dict[tuple[int, int], int]  # (width, height): how many of the pictures that were looked at
    channels: dict[int, int]  # 1, 3 or 4: how many of them
    classes: dict[str, int]  # pictures of each class
    attributes: dict[str, float]  # part of the pictures that have each
    domains: tuple[str, ...]
    unreadable: list[str]  # a line for each that was looked at and is no picture
    looked_at: int
    notes: tuple[str, ...]

    @property
    def count(self) -> int:
        """All pictures."""
        return sum(self.parts.values())

    @property
    def size(self) -> int | None:
        """The side to ask for, where the pictures are not of one square size."""
        if len(self.sides) == 1 and len(set(next(iter(self.sides)))) == 1:
            return None
        shorter = [min(side) for side, count in self.sides.items() for _ in range(count)]
        return max(8, min(64, 1 << int(math.log2(statistics.median(shorter or [64])))))


def describe(data: str | Path) -> Description:
    """Say what a name or a path holds; InputError, in one line, if that is nothing."""
    source = find_source(str(data))
    pictures = {name: part.pictures for name, part in source.parts.items()}
    pictures = {name: pictures[name] for name in ("all", *SPLITS) if name in pictures}
    pictures |= {f"other-{name}": some for name, some in source.others.items()}
    look = look_at(pictures.values())
    labels = [part.labels for part in source.parts.values() if part.labels is not None]
    counts = np.bincount(np.concatenate(labels), minlength=len(source.classes)) if labels else ()
    flags = [part.attributes for part in source.parts.values() if part.attributes is not None]
    rates = np.concatenate(flags).mean(axis=0) if flags else ()
    return Description(
        name=source.name,
        kind=source.kind,
        parts={name: len(some) for name, some in pictures.items()},
        sides=dict(look.sides.most_common()),
        channels=dict(look.channels.most_common()),
        classes={name: int(count) for name, count in zip(source.classes, counts)},
        attributes={name: float(rate) for name, rate in zip(source.attributes, rates)},
        domains=source.domains,
        unreadable=look.unreadable,
        looked_at=sum(min(len(some), LOOKED_AT) for some in pictures.values()),
        notes=source.notes,
    )


def list_datasets() -> dict[str, str | None]:
    """The sets that have a name, each with what to do where it is not at hand, or None."""
    return {name: named.missing() for name, named in DATASETS.items()}


def read_pictures(where: str | Path | Sequence[str | Path], channels: int) -> Iterator[tuple[Path, Tensor]]:
    """Pictures at their own size: those of a folder in natural order, or the files given, one after the other.

    Yields:
        The path, and the picture (1, C, H, W) in [-1, 1].

    Raises:
        InputError: naming the first file that cannot be read, or a folder without pictures.
    """
    given = [Path(where)] if isinstance(where, str | Path) else [Path(path) for path in where]
    for path in given:
        found = pictures_in(path) if path.is_dir() else [path]
        if not found:
            raise InputError(f"{path}: holds no pictures")
        for each in found:
            yield each, images.read(each, None, channels)
