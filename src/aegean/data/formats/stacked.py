"""Stacked MNIST (Metz et al. 2017, arXiv:1611.02163): three random digits as red, green and blue; K^3 modes to count.

`stacked:WHAT` stacks any grey set: a path or the name of a set. Each image of WHAT is used once in each colour, so that
all modes are about equally frequent; which three stand together is drawn from a fixed seed. The parts do not mix: what
is made of training images is for training.
"""

from __future__ import annotations

from typing import cast

import numpy as np

from aegean.data.source import Numbers, Part, Pixels, Rows, Source
from aegean.data.sources import Format, find_source
from aegean.data.splits import split
from aegean.errors import InputError

SEED = 0


def stack(source: Source) -> Source:
    """A labelled set of grey arrays -> one of colour, whose classes are triples: 7, 0 and 3 make `703`."""
    for part in source.parts.values():
        if part.pictures.array is None or part.pictures.array.shape[3] != 1:
            raise InputError(
                f"stacked: {source.name} is {source.kind}; three grey images are stacked: give arrays or IDX"
            )
    if not source.classes:
        raise InputError(f"stacked: {source.name} has no labels, so there are no modes to count")
    joint = "" if all(len(name) == 1 for name in source.classes) else "+"
    classes = tuple(joint.join((r, g, b)) for r in source.classes for g in source.classes for b in source.classes)
    rows = split({name: len(part.pictures) for name, part in source.parts.items()}, SEED, source.name)
    parts = {
        name: _stack(source.parts[part], chosen, len(source.classes), number)
        for number, (name, (part, chosen)) in enumerate(rows.items())
    }
    return Source(f"stacked-{source.name}", f"three of: {source.kind}", parts, classes)


def _stack(part: Part, rows: Numbers, classes: int, number: int) -> Part:
    grey, key = cast(Pixels, part.pictures.array), f"stacked:{SEED}:{number}:{part.pictures.key}"
    random = np.random.default_rng((SEED, number))
    three = np.stack([random.permutation(rows) for _ in range(3)], axis=1)  #                   (N, 3)
    pixels: Pixels = np.concatenate([grey[column] for column in three.T], axis=3)  # (N, H, W, 3)
    if part.labels is None:
        return Part(Rows(pixels, key))
    labels = (part.labels[three] * np.array([classes**2, classes, 1])).sum(axis=1)
    return Part(Rows(pixels, key), labels.astype(np.int64))


FORMAT = Format(
    "stacked:ANY_OF_THESE",
    lambda word: word.startswith("stacked:"),
    lambda word: stack(find_source(word.removeprefix("stacked:"))),
    priority=2,
    help="three random images of a grey set as red, green and blue (Stacked MNIST)",
)
