"""What there is: the named sets, and what was understood of one, told from names and headers without decoding all."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Sized
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from aegean import images
from aegean.data.asked import asking
from aegean.data.datasets import DATASETS
from aegean.data.folders import pictures_in
from aegean.data.left_out import EXAMPLES, LeftOut
from aegean.data.pairs import found_by
from aegean.data.shape import LOOKED_AT, look_at
from aegean.data.source import Pictures, Source
from aegean.data.splits import SPLITS, split
from aegean.errors import InputError
from aegean.families import DataConfig
from aegean.images import COLOURS
from aegean.sizes import Size

COMPARED = 20_000  # pictures of a set that are compared with one another


@dataclass(frozen=True)
class Copies:
    """Pictures that are the same as one before them."""

    count: int
    compared: int  # pictures among which they were looked for
    examples: list[str]  # "a.png = b.png"
    across: int  # of them, in the validation or the test while the same is trained on


@dataclass(frozen=True)
class Description:
    """What was understood of a name or a path: the one report of `aegean datasets`, trainings and about.json."""

    name: str
    kind: str
    parts: dict[str, int]  # pictures in train, validation, test or all, and in other-... of a second domain
    splits: dict[str, int]  # pictures of train, validation and test
    splits_from: str  # how these were come by
    values: str  # of arrays: what their numbers mean
    sizes: dict[Size, int]  # how many of the pictures that were looked at have each
    channels: dict[int, int]  # 1, 3 or 4: how many of them
    alpha: dict[str, int]  # "used" or "hides nothing": how many of them
    profiles: dict[str, int]  # of colours, by name: how many of them
    several_pages: int  # pictures of which the first page or frame alone is read
    classes: dict[str, int]  # pictures of each class
    untrained: tuple[str, ...]  # classes of which no picture is trained on
    attributes: dict[str, float]  # part of the pictures that have each
    domains: tuple[str, ...]
    wanted: str  # of pairs: colours and size of the pictures that are wanted
    left_out: LeftOut
    links: int  # pictures and folders that lie elsewhere
    copies: Copies
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
        if len(self.sizes) == 1 and next(iter(self.sizes)).is_square:
            return None
        shorter = [size.shorter for size, count in self.sizes.items() for _ in range(count)]
        return max(8, min(64, 1 << int(math.log2(statistics.median(shorter or [64])))))

    @property
    def problems(self) -> list[str]:
        """A line for each thing that `--strict` does not let pass."""
        lines = [*self.left_out.lines(), *self.notes]
        if bad := len(self.unreadable):
            lines.append(f"{bad:,} of {self.looked_at:,} looked at cannot be read; the first: {self.unreadable[0]}")
        return lines + self.flaws

    @property
    def flaws(self) -> list[str]:
        """The problems of the set as a whole: copies, and classes that are not trained on."""
        lines = [self._copies()] if self.copies.count else []
        if self.several_pages:
            lines.append(f"{self.several_pages:,} pictures have several pages or frames: the first of each is taken")
        return lines + [f"no picture to train on shows {', '.join(self.untrained)}"] * bool(self.untrained)

    def _copies(self) -> str:
        copies = self.copies
        among = f" among {copies.compared:,} compared" if copies.compared < self.count else ""
        leaked = f"; {copies.across:,} of validation and test are trained on as well" if copies.across else ""
        return f"{copies.count:,} copies of others{among} ({', '.join(copies.examples)}){leaked}"

    def rows(self) -> list[tuple[str, str]]:
        """What people read of it: a word, and what there is to say of it."""
        rows = [
            ("kind", self.kind),
            ("pictures", f"{self.count:,}" + f", {self.links:,} through links" * bool(self.links)),
        ]
        if self.splits:
            splits = self.splits if list(self.parts) == ["all"] else {**self.splits, **self.others}
            told = ", ".join(f"{name} {count:,}" for name, count in splits.items())
            rows.append(("splits", f"{told} ({self.splits_from})"))
        rows += [("domains", " and ".join(self.domains))] * bool(self.domains)
        rows.append(("sizes", _some([f"{size}" + _times(n, self.sizes) for size, n in self.sizes.items()], 4)))
        channels = _some([COLOURS[c] + _times(n, self.channels) for c, n in self.channels.items()])
        alpha = ", ".join(f"alpha {word} in {count:,}" for word, count in self.alpha.items())
        rows.append(("channels", channels + f"; {alpha}" * bool(alpha)))
        rows += [("wanted", self.wanted)] * bool(self.wanted)
        if self.profiles:
            rows.append(
                ("profiles", _some([f"{name} ({n:,})" for name, n in self.profiles.items()], 4) + ", read as sRGB")
            )
        if self.classes:
            rows.append(("classes", f"{len(self.classes)}: " + _some([f"{k} {n:,}" for k, n in self.classes.items()])))
        if self.attributes:
            rates = [f"{name} {rate:.0%}" for name, rate in self.attributes.items()]
            rows.append(("attributes", f"{len(rates)}: " + _some(rates, 40)))
        return rows

    @property
    def others(self) -> dict[str, int]:
        """Pictures of the second domain, as found."""
        return {name: count for name, count in self.parts.items() if name.startswith("other-")}

    def to_json(self) -> dict[str, Any]:
        """All of it, as JSON holds it."""
        record = asdict(self)
        del record["sizes"]
        record["sides"] = {f"{width} x {height}": count for (height, width), count in self.sizes.items()}
        record["channels"] = {COLOURS[have]: count for have, count in self.channels.items()}
        return {**record, "left_out": self.left_out.to_json(), "problems": self.problems}


def describe(data: str | Path | DataConfig) -> Description:
    """Say what a name or a path holds; InputError, in one line, if that is nothing."""
    config = data if isinstance(data, DataConfig) else DataConfig(data=str(data))
    with asking(config):
        source = found_by(config)
    return describe_source(source, config)


def describe_source(source: Source, config: DataConfig) -> Description:
    """Say what was found."""
    pictures = {name: part.pictures for name, part in source.parts.items()}
    pictures = {name: pictures[name] for name in ("all", *SPLITS) if name in pictures}
    pictures |= {f"other-{name}": some for name, some in source.others.items()}
    look = look_at(pictures.values())
    try:
        rows = split({name: len(part.pictures) for name, part in source.parts.items()}, config.split_seed, config.data)
    except InputError:  # too few to train on, which is said where that is tried
        rows = {}
    labels = [part.labels for part in source.parts.values() if part.labels is not None]
    counts = np.bincount(np.concatenate(labels), minlength=len(source.classes)) if labels else ()
    flags = [part.attributes for part in source.parts.values() if part.attributes is not None]
    rates = np.concatenate(flags).mean(axis=0) if flags else ()
    return Description(
        name=source.name,
        kind=source.kind,
        parts={name: len(some) for name, some in pictures.items()},
        splits={name: len(chosen) for name, (_, chosen) in rows.items()},
        splits_from=_splits_from(source, rows, config),
        values=source.values,
        sizes=dict(look.sizes.most_common()),
        channels=dict(look.channels.most_common()),
        alpha=dict(look.alpha),
        profiles=dict(look.profiles.most_common()),
        several_pages=len(look.pages),
        classes={name: int(count) for name, count in zip(source.classes, counts)},
        untrained=_untrained(source, rows),
        attributes={name: float(rate) for name, rate in zip(source.attributes, rates)},
        domains=source.domains,
        wanted=_wanted(source),
        left_out=source.left_out,
        links=source.links,
        copies=_copies(pictures, rows),
        unreadable=look.unreadable,
        looked_at=sum(min(len(some), LOOKED_AT) for some in pictures.values()),
        notes=source.notes,
    )


def _wanted(source: Source) -> str:
    """What goes with each picture of pairs: the most of them, and of how many other kinds the others are."""
    if not source.targets:
        return ""
    look = look_at(source.targets.values())
    colours = _some([COLOURS[have] for have, _ in look.channels.most_common()])
    return f"{colours}, {_some([str(size) for size, _ in look.sizes.most_common()], 4)}"


Rows = Mapping[str, tuple[str, Any]]  # split -> part, and which of its pictures


def _splits_from(source: Source, rows: Rows, config: DataConfig) -> str:
    drawn = [name for name, (part, _) in rows.items() if name != part]
    words = [] if "all" in source.parts else [source.splits or "as they come"]
    if "all" in source.parts:
        words.append(f"drawn with --split-seed {config.split_seed}")
    elif drawn:
        words.append(f"{' and '.join(drawn)} drawn from train with --split-seed {config.split_seed}")
    return ", ".join(words)


def _untrained(source: Source, rows: Rows) -> tuple[str, ...]:
    """Classes that the training does not show."""
    if not source.classes or "train" not in rows:
        return ()
    part, chosen = rows["train"]
    labels = source.parts[part].labels
    if labels is None:
        return ()
    there = np.bincount(labels[chosen], minlength=len(source.classes))
    return tuple(name for name, count in zip(source.classes, there) if not count)


def _copies(pictures: Mapping[str, Pictures], rows: Rows) -> Copies:
    """Pictures with the content of one before them, among the first of each part; of a length of its own, none is."""
    tested = {(part, int(row)) for name, (part, some) in rows.items() if name != "train" for row in some}
    first: dict[object, tuple[str, int]] = {}
    count = across = 0
    examples: list[str] = []
    compared = list(islice(((part, row) for part, some in pictures.items() for row in range(len(some))), COMPARED))
    lengths = [pictures[part].length(row) for part, row in compared]
    often = Counter(lengths)
    for (part, row), length in zip(compared, lengths):
        alone = length is not None and often[length] == 1
        if alone or (content := pictures[part].content(row)) is None:
            continue
        place = first.setdefault((part.startswith("other-"), content), (part, row))
        if place == (part, row):
            continue
        count += 1
        across += ((part, row) in tested) != (place in tested)
        if len(examples) < EXAMPLES:
            examples.append(f"{pictures[part].name(row)} = {pictures[place[0]].name(place[1])}")
    return Copies(count, len(compared), examples, across)


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


def _times(count: int, among: Sized) -> str:
    return f" ({count:,})" if len(among) > 1 else ""


def _some(words: list[str], most: int = 12) -> str:
    return ", ".join(words[:most]) + (f" ... and {len(words) - most} more" if len(words) > most else "")
