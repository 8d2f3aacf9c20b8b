"""Faces drawn from a seed, with known attributes: the true counterfactual of each face is known to the pixel.

A face is a `Face`: what it is (skin, shape, hair, eyes ...), how it is seen (pose, light, noise), and six attributes,
each on in every other face, drawn independently of all that. `counterfactual` changes one of them and nothing else.
What an attribute looks like when it is on goes with what is seen of the face when it is off (a hat with the clothes, a
light hair with its dark), so that there is one right edit and a model can find it.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from PIL import Image

from aegean.data.avatars.face import VERSION, face_of
from aegean.data.avatars.portrait import picture
from aegean.data.source import Part, Pictures, Pixels, Seen, Source, from_array, to_array
from aegean.errors import InputError, did_you_mean
from aegean.images import fit
from aegean.sizes import Size

ATTRIBUTES = ("Eyeglasses", "Mouth_Open", "Beard", "Hat", "Smiling", "Dark_Hair")
PARTS = {"train": (0, 10_000), "validation": (10_000, 11_000), "test": (11_000, 12_000)}  # numbers of the faces


def draw(seed: int, size: Size | int = 64, **overrides: Any) -> Pixels:
    """The face of a seed, (H, W, 3); `overrides` sets factors or attributes of `Face` by name.

    draw(7, Eyeglasses=True) is draw(7) with glasses: nothing else differs. Faces are drawn square; of one that is to be
    otherwise the middle is kept.
    """
    face = face_of(seed)
    if unknown := set(overrides) - {field.name for field in dataclasses.fields(face)}:
        known = [field.name for field in dataclasses.fields(face)]
        raise InputError(f"a face has no factor {min(unknown)!r}.{did_you_mean(min(unknown), known)}")
    height, width = size = Size.of(size)
    top, left = (size.longer - height) // 2, (size.longer - width) // 2
    return picture(dataclasses.replace(face, **overrides), size.longer)[top : top + height, left : left + width]


def counterfactual(index: int, attribute: str, on: bool, size: Size | int = 64) -> Pixels:
    """Face `index` of the set as it is with one attribute on or off; with the value it has, the same picture.

    Training faces are 0..9,999, those of validation 10,000..10,999; test image k is face 11,000 + k.
    """
    if attribute not in ATTRIBUTES:
        raise InputError(f"avatars have no attribute {attribute!r}.{did_you_mean(attribute, list(ATTRIBUTES))}")
    return draw(index, size, **{attribute: on})


def attributes_of(index: int) -> tuple[bool, ...]:
    """The attributes of a face, in the order of ATTRIBUTES."""
    face = face_of(index)
    return tuple(getattr(face, name) for name in ATTRIBUTES)


class Faces(Pictures):
    """The faces from `start` to `stop`, drawn when asked for."""

    def __init__(self, start: int, stop: int) -> None:
        self.start, self.stop = start, stop

    def __len__(self) -> int:
        return self.stop - self.start

    @property
    def key(self) -> str:
        """Changes with VERSION."""
        return f"avatars {VERSION}: {self.start} to {self.stop}"

    def look(self, index: int) -> Seen:
        """What they are drawn at unless asked for otherwise."""
        return Seen(64, 64, 3)

    def name(self, index: int) -> str:
        """Its seed."""
        return f"avatar {self.start + index}"

    def open(self, index: int, at_least: int | None = None) -> Image.Image:
        """Draw one as large as `look` says."""
        return from_array(draw(self.start + index, 64))

    def read(self, index: int, size: Size, channels: int) -> Pixels:
        """Draw one at the size asked for."""
        pixels = draw(self.start + index, size)
        return pixels if channels == 3 else to_array(fit(from_array(pixels), size, channels))


def source() -> Source:
    """12,000 faces."""
    parts = {
        name: Part(Faces(*ends), attributes=np.array([attributes_of(k) for k in range(*ends)], np.uint8))
        for name, ends in PARTS.items()
    }
    return Source("avatars", "faces drawn from a seed", parts, attributes=ATTRIBUTES)
