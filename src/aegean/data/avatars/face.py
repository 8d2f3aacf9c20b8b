"""The factors of a face, drawn from a seed: what is put on goes with the clothes, all else is independent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np

from aegean.data.avatars.shapes import Colour

T = TypeVar("T")

VERSION = 2  # of the drawing: the cache is made anew when it changes
SKINS: list[Colour] = [
    (255, 224, 196),
    (247, 205, 170),
    (232, 184, 143),
    (214, 160, 116),
    (183, 126, 86),
    (150, 98, 66),
    (124, 82, 56),
    (102, 66, 48),
]
HAIR: list[tuple[Colour, Colour]] = [  # dark, and light: of one hue
    ((62, 48, 10), (240, 192, 64)),
    ((82, 32, 10), (228, 124, 54)),
    ((34, 34, 38), (222, 222, 228)),
    ((40, 24, 70), (178, 150, 226)),
    ((66, 18, 38), (244, 154, 178)),
    ((16, 50, 54), (120, 204, 200)),
]
EYES: list[Colour] = [(92, 60, 36), (62, 116, 168), (74, 136, 84), (110, 116, 126), (150, 104, 40)]
BLACK, RED, BLUE, WHITE = (24, 22, 28), (178, 36, 44), (34, 72, 160), (236, 236, 240)


class Outfit(NamedTuple):
    """What goes with what, so that each part that an edit would add can be told from the parts that are seen."""

    colour: Colour  # of clothes and hat
    hat_style: int
    glasses: Colour
    glasses_style: int
    beard_style: int
    short_cut: int  # of short hair, which a hat hides


OUTFITS = [
    Outfit((214, 72, 72), 0, BLACK, 0, 0, 0),
    Outfit((60, 110, 190), 1, RED, 1, 1, 1),
    Outfit((70, 150, 110), 2, BLACK, 1, 0, 5),
    Outfit((240, 176, 64), 0, BLUE, 2, 2, 7),
    Outfit((128, 88, 170), 1, WHITE, 0, 1, 0),
    Outfit((60, 66, 84), 2, RED, 0, 0, 1),
    Outfit((236, 236, 232), 1, BLUE, 1, 2, 5),
    Outfit((232, 120, 150), 0, WHITE, 2, 1, 7),
]
LONG_CUTS = (2, 3, 4, 6)


@dataclass(frozen=True)
class Face:
    """All that decides the picture. Lengths are in half widths of the picture."""

    Eyeglasses: bool
    Mouth_Open: bool
    Beard: bool
    Hat: bool
    Smiling: bool
    Dark_Hair: bool
    seed: int  # of the noise
    skin: Colour
    width: float
    height: float
    jaw: float  # how much narrower the chin is
    ears: float
    hair_style: int
    dark_hair: Colour
    light_hair: Colour
    eye_colour: Colour
    eye_distance: float
    eye_size: float
    eye_height: float
    gaze: float
    nose_style: int
    nose_size: float
    brow_height: float
    brow_angle: float
    brow_thickness: float
    mouth_width: float
    lips: float  # 0: as the skin, 1: red
    freckles: bool
    clothes: Colour
    collar: int
    glasses_style: int
    glasses_colour: Colour
    beard_style: int
    hat_style: int
    hat_colour: Colour
    background: Colour
    background_end: Colour
    background_angle: float
    shift_x: float
    shift_y: float
    tilt: float  # radians
    light_angle: float
    light: float

    @property
    def hair(self) -> Colour:
        """The colour of hair, brows and beard."""
        return self.dark_hair if self.Dark_Hair else self.light_hair


class _Draws:
    """Numbers from 0 to 1, used up one after the other."""

    def __init__(self, numbers: Iterable[float]) -> None:
        self.numbers = iter(numbers)

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * next(self.numbers)

    def one_of(self, choices: Sequence[T]) -> T:
        return choices[self.kind(len(choices))]

    def kind(self, count: int) -> int:
        return int(next(self.numbers) * count)


def face_of(seed: int) -> Face:
    """The face of a seed: every factor is drawn independently of the others, but for those of an outfit."""
    random = np.random.default_rng((VERSION, seed))
    on = (random.random(6) < 0.5).tolist()
    draws = _Draws(random.random(64).tolist())
    between, one_of, kind = draws.between, draws.one_of, draws.kind
    tone = between(0, len(SKINS) - 1.001)
    hue = between(0, 1)
    outfit, (dark_hair, light_hair) = one_of(OUTFITS), one_of(HAIR)
    return Face(
        Eyeglasses=on[0],
        Mouth_Open=on[1],
        Beard=on[2],
        Hat=on[3],
        Smiling=on[4],
        Dark_Hair=on[5],
        seed=int(random.integers(2**31)),
        skin=blend(SKINS[int(tone)], SKINS[int(tone) + 1], tone % 1),
        width=between(0.43, 0.53),
        height=between(0.54, 0.63),
        jaw=between(0.05, 0.42),
        ears=between(0.09, 0.14),
        hair_style=one_of((*LONG_CUTS, *len(LONG_CUTS) * (outfit.short_cut,))),
        dark_hair=dark_hair,
        light_hair=light_hair,
        eye_colour=one_of(EYES),
        eye_distance=between(0.185, 0.235),
        eye_size=between(0.082, 0.112),
        eye_height=between(-0.05, 0.02),
        gaze=between(-0.02, 0.02),
        nose_style=kind(3),
        nose_size=between(0.8, 1.25),
        brow_height=between(0.16, 0.21),
        brow_angle=between(-0.28, 0.22),
        brow_thickness=between(0.022, 0.042),
        mouth_width=between(0.15, 0.21),
        lips=between(0.1, 0.9),
        freckles=between(0, 1) < 0.2,
        clothes=outfit.colour,
        collar=kind(3),
        glasses_style=outfit.glasses_style,
        glasses_colour=outfit.glasses,
        beard_style=outfit.beard_style,
        hat_style=outfit.hat_style,
        hat_colour=outfit.colour,
        background=pastel(hue, 0.16),
        background_end=pastel(hue + between(-0.12, 0.12), 0.30),
        background_angle=between(0, 6.283),
        shift_x=between(-0.06, 0.06),
        shift_y=between(-0.04, 0.04),
        tilt=between(-0.14, 0.14),
        light_angle=between(-2.4, -0.7),
        light=between(0.05, 0.16),
    )


def blend(first: Colour, second: Colour, part: float) -> Colour:
    """`part` of the way from the first colour to the second."""
    red, green, blue = (a + (b - a) * part for a, b in zip(first, second))
    return red, green, blue


def darker(colour: Colour, factor: float) -> Colour:
    """Each channel times `factor`."""
    return colour[0] * factor, colour[1] * factor, colour[2] * factor


def pastel(hue: float, strength: float) -> Colour:
    """A light colour; the hue in turns."""
    red, green, blue = (float(np.cos(2 * np.pi * (hue - third / 3))) for third in range(3))
    return 214 + 150 * strength * red, 210 + 120 * strength * green, 214 + 150 * strength * blue
