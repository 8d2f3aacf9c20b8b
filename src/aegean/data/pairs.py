"""Pairs: for each picture that goes in, the one that is wanted.

Two folders of pictures with equal names, two arrays of equal length, or one set of pictures that hold both halves side
by side. What is wanted may be of other channels than what goes in, and twice, four times ... as large.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from PIL import Image

from aegean.data.encoded import Named
from aegean.data.source import Part, Pictures, Pixels, Rows, Seen, Source
from aegean.data.sources import find_source, two_domains
from aegean.errors import InputError
from aegean.families import DataConfig
from aegean.families.settings import flag
from aegean.sizes import Size

Side = Literal["left", "right"]


def found_by(config: DataConfig) -> Source:
    """What the settings name, by itself, with a second domain, or in pairs."""
    second = [name for name in ("other", "target", "input_half") if getattr(config, name) is not None]
    if len(second) > 1:
        raise InputError(
            f"{' and '.join(flag(name) for name in second)}: one of them; a data set has two sides, not three"
        )
    source = find_source(config.data)
    if config.target is not None:
        return join(source, find_source(config.target), f"{config.data} and {config.target}")
    if config.input_half is not None:
        return halves(source, config.input_half)
    return source if config.other is None else two_domains(source, find_source(config.other))


def join(first: Source, second: Source, where: str) -> Source:
    """The pictures of `first`, each with its partner in `second`: of the same name, or in the same row of an array.

    What has no partner is left out, counted and named in the notes; InputError where nothing has one.
    """
    if set(first.parts) != set(second.parts):
        have = " and ".join(f"{source.name} has {', '.join(source.parts)}" for source in (first, second))
        raise InputError(f"{where}: {have}; pairs need the same parts in both")
    parts: dict[str, Part] = dict(first.parts)
    targets: dict[str, Pictures] = {}
    alone: tuple[list[str], list[str]] = [], []
    for name, part in first.parts.items():
        mine, theirs = part.pictures, second.parts[name].pictures
        if isinstance(mine, Named) and isinstance(theirs, Named):
            rows, partners = _by_name(mine, theirs, alone)
            if not rows:
                raise InputError(f"{where}: no two pictures have the same name: {alone[0][0]} ..., {alone[1][0]} ...")
            parts[name], targets[name] = _rows(part, mine.only(rows), rows), theirs.only(partners)
        elif len(mine) != len(theirs):
            raise InputError(
                f"{where}: {len(mine):,} pictures and {len(theirs):,} wanted ones ({name}); pairs need as many"
            )
        else:
            targets[name] = theirs
    parts, targets = _together(parts, targets)
    notes = (*first.notes, *second.notes, *map(_left_out, alone, (first, second), (second, first)))
    return replace(
        first,
        kind=f"pairs: {first.kind}",
        parts=parts,
        targets=targets,
        notes=tuple(filter(None, notes)),
        left_out=first.left_out.joined(second.left_out),
        links=first.links + second.links,
    )


def halves(source: Source, side: Side) -> Source:
    """Pictures that hold two, side by side: the half on `side` goes in, the other one is wanted."""
    other: Side = "right" if side == "left" else "left"
    parts = {name: replace(part, pictures=Half(part.pictures, side)) for name, part in source.parts.items()}
    targets: dict[str, Pictures] = {name: Half(part.pictures, other) for name, part in source.parts.items()}
    parts, targets = _together(parts, targets)
    return replace(source, kind=f"pairs side by side: {source.kind}", parts=parts, targets=targets)


class Together(Pictures):
    """Pictures that can be read where their partners can be read, too: a pair is whole or left out."""

    def __init__(self, mine: Pictures, partners: Pictures) -> None:
        self.mine, self.partners = mine, partners

    def __len__(self) -> int:
        return len(self.mine)

    @property
    def key(self) -> str:
        """The keys of both: with another partner, other pictures may be left out."""
        return f"{self.mine.key}+{self.partners.key}"

    def name(self, index: int) -> str:
        """The name of the first."""
        return self.mine.name(index)

    def look(self, index: int) -> Seen:
        """How large the first is."""
        return self.mine.look(index)

    def open(self, index: int, at_least: int | None = None) -> Image.Image:
        """The first, at its own size."""
        return self.mine.open(index, at_least)

    def read(self, index: int, size: Size, channels: int) -> Pixels:
        """The pixels of the first; InputError if either cannot be read."""
        self.partners.read(index, size, channels)
        return self.mine.read(index, size, channels)


class Half(Pictures):
    """The left or the right half of each of some pictures."""

    def __init__(self, whole: Pictures, side: Side) -> None:
        self.whole, self.side = whole, side

    def __len__(self) -> int:
        return len(self.whole)

    @property
    def key(self) -> str:
        """That of the whole pictures, and which half."""
        return f"{self.whole.key}:{self.side}"

    def name(self, index: int) -> str:
        """That of the whole picture."""
        return self.whole.name(index)

    def look(self, index: int) -> Seen:
        """Half as wide."""
        seen = self.whole.look(index)
        if seen.width % 2:
            raise InputError(f"{self.name(index)}: {seen.width} pixels wide, which cannot be two pictures side by side")
        return seen._replace(width=seen.width // 2)

    def open(self, index: int, at_least: int | None = None) -> Image.Image:
        """The half, at its own size."""
        picture = self.whole.open(index)
        middle = picture.width // 2
        return picture.crop(
            (0, 0, middle, picture.height) if self.side == "left" else (middle, 0, 2 * middle, picture.height)
        )


def _together(
    parts: Mapping[str, Part], targets: Mapping[str, Pictures]
) -> tuple[dict[str, Part], dict[str, Pictures]]:
    """The same, each picture readable only with its partner; arrays, which can always be read, as they are."""
    one, two = dict(parts), dict(targets)
    for name, part in parts.items():
        if not (isinstance(part.pictures, Rows) and isinstance(targets[name], Rows)):
            one[name] = replace(part, pictures=Together(part.pictures, targets[name]))
            two[name] = Together(targets[name], part.pictures)
    return one, two


def scale_of(pairs: Iterable[tuple[Pictures, Pictures]], where: str) -> int:
    """How many times as large, a whole number, the wanted pictures are; InputError for the first that is otherwise."""
    scale = 0
    for (width, height), (wide, high), name in _sizes(pairs):
        found = wide // width
        if (wide, high) != (found * width, found * height) or scale not in {0, found}:
            beside = f"; others are {scale} times as large" if scale else ""
            raise InputError(
                f"{where}: {name} has {width} x {height} pixels and what is wanted of it {wide} x {high}{beside};"
                " a pair is of one size, or the wanted one twice, three times ... as large, alike in all"
            )
        scale = found
    return scale or 1


def _sizes(pairs: Iterable[tuple[Pictures, Pictures]]) -> Iterator[tuple[tuple[int, int], tuple[int, int], str]]:
    """Width and height of both of each pair, with its name; what cannot be read is left out later, and said."""
    seen = set()
    for mine, theirs in pairs:
        if (id(mine), id(theirs)) in seen:  # the splits of one part
            continue
        seen.add((id(mine), id(theirs)))
        for index in range(len(mine)):
            try:
                yield mine.look(index)[:2], theirs.look(index)[:2], mine.name(index)
            except InputError:
                continue


def _by_name(mine: Named, theirs: Named, alone: tuple[list[str], list[str]]) -> tuple[list[int], list[int]]:
    """Rows of both that have the same name, the ending aside; the names that have no partner are added to `alone`."""
    names, partners = _names(mine), _names(theirs)
    alone[0].extend(str(name) for name in names if name not in partners)
    alone[1].extend(str(name) for name in partners if name not in names)
    both = [name for name in names if name in partners]
    return [names[name] for name in both], [partners[name] for name in both]


def _names(pictures: Named) -> Mapping[str, int]:
    return {pictures.inside(row).with_suffix("").as_posix(): row for row in range(len(pictures))}


def _rows(part: Part, pictures: Pictures, rows: Sequence[int]) -> Part:
    chosen = np.array(rows, dtype=np.int64)
    labels = None if part.labels is None else part.labels[chosen]
    return Part(pictures, labels, None if part.attributes is None else part.attributes[chosen])


def _left_out(names: Sequence[str], source: Source, other: Source) -> str:
    if not names:
        return ""
    few = ", ".join(names[:3]) + " ..." * (len(names) > 3)
    return f"{len(names):,} of {source.name} have no partner of that name in {other.name} and are left out: {few}"
