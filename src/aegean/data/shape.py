"""The one shape that all images of a set will have: side and channels, asked for or found by looking."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from aegean.data.source import Pictures, Seen
from aegean.errors import InputError
from aegean.images import COLOURS

LOOKED_AT = 1000  # pictures of each part whose header is read
MEND = "give --size, for example --size 64: each is scaled and cropped at the centre"


class NoOneSize(InputError):
    """The pictures are not of one square size, and none is given."""


class Shape(NamedTuple):
    """What all images of a set are cut to."""

    size: int  # pixels, height and width
    channels: int
    notes: list[str]  # what the user should know of the choice


class Look(NamedTuple):
    """What the headers of some pictures say."""

    sides: Counter[tuple[int, int]]  # (width, height): how many
    channels: Counter[int]
    unreadable: list[str]
    alpha: Counter[str]  # "used", "hides nothing"
    profiles: Counter[str]  # of colours, by name
    pages: list[int]  # of pictures that have several


def look_at(pictures: Iterable[Pictures], at_most: int = LOOKED_AT) -> Look:
    """Read the headers of up to `at_most` pictures of each, evenly spread."""
    look = Look(Counter(), Counter(), [], Counter(), Counter(), [])
    for some in pictures:
        for index in np.unique(np.linspace(0, len(some) - 1, min(at_most, len(some))).astype(int)):
            try:
                seen = Seen(*some.look(int(index)))
            except InputError as error:
                look.unreadable.append(str(error))
                continue
            look.sides[seen.width, seen.height] += 1
            look.channels[seen.channels] += 1
            look.alpha.update([seen.alpha] if seen.alpha else [])
            look.profiles.update([seen.profile] if seen.profile else [])
            look.pages.extend([seen.pages] if seen.pages > 1 else [])
    return look


def decide(pictures: Sequence[Pictures], size: int | None, channels: int | None, where: str) -> Shape:
    """The shape of all; NoOneSize if the pictures are not of one square size and none is given."""
    look = look_at({id(some): some for some in pictures}.values())  # the splits of one folder are looked at once
    if not look.sides:
        raise InputError(f"{where}: none of the pictures looked at can be read; the first: {look.unreadable[0]}")
    most = look.channels.most_common(1)[0][0]
    notes = []
    if len(look.channels) > 1 and channels is None:
        found = ", ".join(f"{count:,} {COLOURS[have]}" for have, count in look.channels.most_common())
        notes = [f"mixed pictures ({found}): all are made {COLOURS[most]}; --channels chooses otherwise"]
    return Shape(size or _side(look.sides, where), channels or most, notes)


def _side(sides: Counter[tuple[int, int]], where: str) -> int:
    names = ", ".join(f"{width} x {height}" for (width, height), _ in sides.most_common(3))
    if len(sides) > 1:
        raise NoOneSize(f"{where}: the pictures have different sizes ({names}{' ...' * (len(sides) > 3)}); {MEND}")
    width, height = next(iter(sides))
    if width != height:
        raise NoOneSize(f"{where}: the pictures are {names} pixels, not square; {MEND}")
    return width
