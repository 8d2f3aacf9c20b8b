"""The one shape that all images of a set will have: size and channels, asked for or found by looking."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from aegean.data.source import Pictures, Seen
from aegean.errors import InputError
from aegean.images import COLOURS
from aegean.sizes import Size

LOOKED_AT = 1000  # pictures of each part whose header is read
MEND = "give --size, for example --size 64: each is scaled and cropped at the centre"


class NoOneSize(InputError):
    """The pictures are not of one square size, and none is given."""


class Shape(NamedTuple):
    """What all images of a set are cut to."""

    size: Size
    channels: int
    notes: list[str]  # what the user should know of the choice


class Look(NamedTuple):
    """What the headers of some pictures say."""

    sizes: Counter[Size]  # how many of each
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
            look.sizes[Size(seen.height, seen.width)] += 1
            look.channels[seen.channels] += 1
            look.alpha.update([seen.alpha] if seen.alpha else [])
            look.profiles.update([seen.profile] if seen.profile else [])
            look.pages.extend([seen.pages] if seen.pages > 1 else [])
    return look


def decide(pictures: Sequence[Pictures], size: Size | None, channels: int | None, where: str) -> Shape:
    """The shape of all; NoOneSize if the pictures are not of one square size and none is given."""
    look = look_at({id(some): some for some in pictures}.values())  # the splits of one folder are looked at once
    if not look.sizes:
        raise InputError(f"{where}: none of the pictures looked at can be read; the first: {look.unreadable[0]}")
    most = look.channels.most_common(1)[0][0]
    notes = []
    if len(look.channels) > 1 and channels is None:
        found = ", ".join(f"{count:,} {COLOURS[have]}" for have, count in look.channels.most_common())
        notes = [f"mixed pictures ({found}): all are made {COLOURS[most]}; --channels chooses otherwise"]
    return Shape(size or _one_size(look.sizes, where), channels or most, notes)


def _one_size(sizes: Counter[Size], where: str) -> Size:
    names = ", ".join(str(size) for size, _ in sizes.most_common(3))
    if len(sizes) > 1:
        raise NoOneSize(f"{where}: the pictures have different sizes ({names}{' ...' * (len(sizes) > 3)}); {MEND}")
    size = next(iter(sizes))
    if not size.is_square:
        raise NoOneSize(f"{where}: the pictures are {names}, not square; {MEND}; --size {size.word} keeps all")
    return size
