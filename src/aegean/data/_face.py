"""A face: its factors, drawn from a seed, and the picture they make, layer by layer from the back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aegean.data._draw import (
    Canvas,
    Colour,
    Field,
    both,
    bow,
    box,
    circle,
    either,
    ellipse,
    limit,
    ring,
    segment,
    turn,
)

SCALE = 1.13  # of the head in the picture
VERSION = 1  # of the drawing: the cache is made anew when it changes
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
DARK: list[Colour] = [(26, 22, 24), (48, 30, 22), (64, 26, 20), (28, 32, 52)]
LIGHT: list[Colour] = [
    (240, 204, 112),
    (226, 122, 52),
    (222, 222, 228),
    (206, 162, 104),
    (244, 154, 178),
    (120, 204, 200),
]
EYES: list[Colour] = [(92, 60, 36), (62, 116, 168), (74, 136, 84), (110, 116, 126), (150, 104, 40)]
CLOTHES: list[Colour] = [
    (214, 72, 72),
    (60, 110, 190),
    (70, 150, 110),
    (240, 176, 64),
    (128, 88, 170),
    (60, 66, 84),
    (236, 236, 232),
    (232, 120, 150),
]
FRAMES: list[Colour] = [(24, 22, 28), (178, 36, 44), (34, 72, 160), (236, 236, 240)]


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


def face_of(seed: int) -> Face:
    """The face of a seed: every factor is drawn independently of the others."""
    random = np.random.default_rng((VERSION, seed))
    on = (random.random(6) < 0.5).tolist()
    part: Iterator[float] = iter(random.random(64).tolist())

    def between(low: float, high: float) -> float:
        return low + (high - low) * float(next(part))

    def one_of(choices: list[Colour]) -> Colour:
        return choices[int(next(part) * len(choices))]

    def kind(count: int) -> int:
        return int(next(part) * count)

    tone = between(0, len(SKINS) - 1.001)
    hue = between(0, 1)
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
        hair_style=kind(8),
        dark_hair=one_of(DARK),
        light_hair=one_of(LIGHT),
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
        freckles=next(part) < 0.2,
        clothes=one_of(CLOTHES),
        collar=kind(3),
        glasses_style=kind(3),
        glasses_colour=one_of(FRAMES),
        beard_style=kind(3),
        hat_style=kind(3),
        hat_colour=one_of(CLOTHES),
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


def picture(face: Face, size: int) -> NDArray[np.uint8]:
    """Paint all layers. (size, size, 3)"""
    canvas = Canvas(size)
    _background(canvas, face)
    _body(canvas, face)
    x, y = _frame(canvas, face)
    head = _head(x, y, face)
    _hair_behind(canvas, x, y, face)
    _neck(canvas, face)
    _skin(canvas, x, y, head, face)
    if face.Beard:
        _beard(canvas, face)
    _mouth(canvas, face)
    _nose(canvas, face)
    _eyes(canvas, face)
    _hair(canvas, x, y, head, face)
    _brows(canvas, face)
    if face.Hat:
        _hat(canvas, face)
    if face.Eyeglasses:
        _glasses(canvas, face)
    noise = np.random.default_rng(face.seed).standard_normal((size, size), np.float32)
    canvas.planes += noise  # one level of 255
    return np.ascontiguousarray(canvas.planes.clip(0, 255).round().astype(np.uint8).transpose(1, 2, 0))


def _frame(canvas: Canvas, face: Face) -> tuple[Field, Field]:
    """Coordinates of the head: from its middle, upright."""
    x, y = canvas.x - np.float32(face.shift_x), canvas.y - np.float32(face.shift_y + 0.08)
    return turn(x * np.float32(1 / SCALE), y * np.float32(1 / SCALE), face.tilt)


def _rows(canvas: Canvas, face: Face, top: float, bottom: float) -> Canvas:
    """The rows of the picture between two heights of the head, however it is tilted."""
    middle = face.shift_y + 0.08
    return canvas.part(middle + SCALE * top - 0.12, middle + SCALE * bottom + 0.12)


def _background(canvas: Canvas, face: Face) -> None:
    along = canvas.x * np.float32(np.cos(face.background_angle)) + canvas.y * np.float32(np.sin(face.background_angle))
    part = along * np.float32(0.36) + np.float32(0.5)
    for plane, first, last in zip(canvas.planes, face.background, face.background_end):
        plane[:] = np.float32(first) + np.float32(last - first) * part


def _head(x: Field, y: Field, face: Face) -> Field:
    """An egg: an ellipse that narrows towards the chin."""
    down = limit(y * np.float32(1 / face.height), 0, 1)
    return ellipse(x / (1 - np.float32(face.jaw * 0.7) * down * down), y, face.width, face.height)


def _body(canvas: Canvas, face: Face) -> None:
    rows = canvas.part(0.5, 1)
    shoulders = _shoulders(rows, face)
    rows.paint(shoulders, face.clothes)
    rows.shade(both(shoulders, 0.50 - np.abs(rows.x)), 0.9)


def _shoulders(rows: Canvas, face: Face) -> Field:
    return ellipse(rows.x - np.float32(face.shift_x * 0.6), rows.y - 1.22, 0.84, 0.46)


def _neck(canvas: Canvas, face: Face) -> None:
    rows = canvas.part(0.3, 1)
    x, y = rows.x - np.float32(face.shift_x * 0.8), rows.y
    neck, cloth = box(x, y - 0.66, 0.20, 0.34, 0.08), y - 0.74
    if face.collar == 0:  # round
        rows.paint(ellipse(x, cloth - 0.06, 0.30, 0.17), darker(face.clothes, 0.78))
        rows.paint(either(neck, ellipse(x, cloth - 0.05, 0.23, 0.12)), darker(face.skin, 0.82))
    elif face.collar == 1:  # a V
        rows.paint(both(cloth - 0.24 + np.abs(x) * 0.9, _shoulders(rows, face)), darker(face.skin, 0.92))
        rows.paint(both(neck, cloth - 0.06), darker(face.skin, 0.82))
    else:  # high
        rows.paint(neck, darker(face.skin, 0.82))
        rows.paint(box(x, cloth - 0.14, 0.25, 0.16, 0.06), darker(face.clothes, 0.84))


def _skin(canvas: Canvas, x: Field, y: Field, head: Field, face: Face) -> None:
    side = np.abs(x)
    ears = ellipse(side - face.width * 0.98, y - 0.03, face.ears * 0.8, face.ears * 1.25)
    canvas.paint(ears, darker(face.skin, 0.93))
    canvas.paint(ears + face.ears * 0.4, darker(face.skin, 0.80))
    canvas.paint(head, face.skin)
    light = x * np.float32(face.light * np.cos(face.light_angle)) + y * np.float32(
        face.light * np.sin(face.light_angle)
    )
    canvas.shade(head, 1 + light)
    canvas.shade(both(head, -0.10 - head), 0.90, blur=0.18)
    rows = _rows(canvas, face, 0.10, 0.32)
    x, y = _frame(rows, face)
    side = np.abs(x)
    rows.paint(circle(side - face.width * 0.60, y - 0.20, 0.08), blend(face.skin, (235, 90, 90), 0.6), 0.4, blur=0.12)
    if face.freckles:
        for across, down in ((0.17, 0.13), (0.24, 0.17), (0.30, 0.12), (0.21, 0.21)):
            rows.paint(circle(side - across, y - down, 0.016), darker(face.skin, 0.72), 0.7)


def _eyes(canvas: Canvas, face: Face) -> None:
    rows = _rows(canvas, face, face.eye_height - 0.10, face.eye_height + 0.10)
    x, y = _frame(rows, face)
    side, level = np.abs(x) - np.float32(face.eye_distance), y - np.float32(face.eye_height)
    white = ellipse(side, level, face.eye_size * 1.18, face.eye_size * 0.92)
    rows.paint(white, (252, 252, 250))
    gaze = x - np.float32(face.gaze) - np.copysign(np.float32(face.eye_distance), x)
    rows.paint(both(circle(gaze, level, face.eye_size * 0.76), white), face.eye_colour)
    rows.paint(circle(gaze, level, face.eye_size * 0.42), (18, 16, 20))
    rows.paint(circle(gaze + 0.026, level + 0.03, 0.026), (255, 255, 255))
    lid = both(ring(white, 0.034), level + face.eye_size * 0.30)
    rows.paint(lid, darker(blend(face.skin, (40, 26, 24), 0.75), 0.7))


def _brows(canvas: Canvas, face: Face) -> None:
    height = face.eye_height - face.brow_height
    rows = _rows(canvas, face, height - 0.08, height + 0.08)
    x, y = _frame(rows, face)
    side, level = turn(np.abs(x) - np.float32(face.eye_distance), y - np.float32(height), face.brow_angle)
    rows.paint(bow(side, level, 0.115, -0.03, face.brow_thickness), darker(face.hair, 0.82))


def _nose(canvas: Canvas, face: Face) -> None:
    rows = _rows(canvas, face, 0.0, 0.28)
    x, y = _frame(rows, face)
    big, tip, shadow = face.nose_size, y - np.float32(0.18), darker(face.skin, 0.74)
    if face.nose_style == 0:  # the line beneath
        rows.paint(bow(x, tip, 0.065 * big, 0.04, 0.018), shadow)
    elif face.nose_style == 1:  # round
        rows.paint(ellipse(x, tip, 0.075 * big, 0.06 * big), darker(face.skin, 0.86))
        rows.paint(ellipse(x + 0.02, tip + 0.015, 0.028, 0.022), blend(face.skin, (255, 255, 255), 0.4), 0.8)
    else:  # from the side
        bridge = segment(x, tip, (0.0, -0.15), (0.06 * big, 0.0), 0.015)
        rows.paint(either(bridge, segment(x, tip, (0.06 * big, 0.0), (-0.03, 0.015), 0.015)), shadow)


def _mouth(canvas: Canvas, face: Face) -> None:
    rows = _rows(canvas, face, 0.24, 0.55)
    x, y = _frame(rows, face)
    wide, level = face.mouth_width, y - np.float32(0.345)
    lip = blend(darker(face.skin, 0.84), (206, 60, 72), 0.25 + 0.6 * face.lips)
    line = darker(blend(face.skin, (150, 30, 40), 0.30 + 0.4 * face.lips), 0.56)
    if face.Mouth_Open:
        if face.Smiling:
            hole = both(ellipse(x, level + 0.03, wide * 1.12, 0.185), -0.035 - level)
            tongue = ellipse(x, level - 0.14, wide * 0.6, 0.07)
        else:
            hole, tongue = ellipse(x, level - 0.02, wide * 0.52, 0.10), ellipse(x, level - 0.09, wide * 0.4, 0.05)
        rows.paint(hole - 0.03, lip)
        rows.paint(hole, (88, 20, 30))
        rows.paint(both(hole, tongue), (226, 96, 102))
        if face.Smiling:
            rows.paint(both(hole, level - 0.02), (252, 250, 246))
    elif face.Smiling:
        smile = bow(x, level + 0.03, wide * 1.12, 0.095, 0.026)
        rows.paint(either(smile, circle(np.abs(x) - wide * 1.14, level + 0.03, 0.032)), line)
    else:
        rows.paint(ellipse(x, level - 0.015, wide * 0.76, 0.048), lip)
        rows.paint(bow(x, level, wide * 0.84, -0.012, 0.020), line)


def _beard(canvas: Canvas, face: Face) -> None:
    rows = _rows(canvas, face, -0.05, 0.70)
    x, y = _frame(rows, face)
    side, head = np.abs(x), _head(x, y, face)
    moustache = ellipse(*turn(side - 0.085, y - 0.262, 0.25), 0.12, 0.045)
    bare = ellipse(x, y - 0.36, face.mouth_width * 0.98, 0.10)
    if face.beard_style == 0:  # full
        cut = 0.14 - y + 0.45 * np.maximum(0.30 - side, 0)
        shape = either(both(head - 0.045, cut, -bare), moustache)
    elif face.beard_style == 1:  # on the chin
        shape = either(both(ellipse(x, y - face.height + 0.05, 0.19, 0.16), -bare), moustache)
    else:  # along the jaw
        strip = both(head - 0.035, 0.02 - y, np.maximum(-0.09 - head, y - face.height + 0.17))
        shape = either(strip, moustache)
    rows.paint(shape, darker(face.hair, 0.9))


def _hair_behind(canvas: Canvas, x: Field, y: Field, face: Face) -> None:
    shadow, wide = darker(face.hair, 0.76), face.width
    if face.hair_style == 2:  # bob
        shape = box(x, y + 0.02, wide + 0.13, 0.54, 0.34)
    elif face.hair_style == 3:  # long
        shape = either(box(x, y - 0.25, wide + 0.13, 0.68, 0.20), ellipse(x, y + 0.14, wide + 0.13, 0.56))
    elif face.hair_style == 4:  # curls
        shape = _curls(x, y, wide + 0.06, 12, 0.17)
    elif face.hair_style == 6:  # tails
        shape = ellipse(np.abs(x) - wide - 0.15, y - 0.16, 0.14, 0.32)
    else:
        return
    canvas.paint(both(shape, -0.36 - y) if face.Hat else shape, shadow)


def _hair(canvas: Canvas, x: Field, y: Field, head: Field, face: Face) -> None:
    side, line = np.abs(x), np.float32(-0.52 * face.height)  # where the hair begins on the forehead
    cap = head - 0.055
    temples = both(cap, y + 0.05, face.width * 0.84 - side)
    if face.hair_style == 0:  # short
        shape = either(both(cap, y - line), temples)
    elif face.hair_style == 1:  # parted at the side
        shape = either(both(head - 0.085, y - line + 0.04 - 0.42 * np.abs(x + 0.16)), temples)
    elif face.hair_style == 2:  # a straight fringe
        shape = either(both(cap, y - line - 0.09), both(cap, face.width * 0.82 - side, y - 0.34))
    elif face.hair_style == 3:  # parted in the middle
        shape = both(cap, (y + face.height * 0.92) * 0.62 - side, y - 0.34)
    elif face.hair_style == 4:  # curls
        shape = either(_curls(x, y + 0.10, face.width - 0.06, 9, -0.04), both(cap, y - line))
    elif face.hair_style == 5:  # a bun
        shape = either(both(cap, y - line - 0.5 * side * side), circle(x, y + face.height + 0.10, 0.18))
    elif face.hair_style == 6:  # tails
        shape = both(cap, y - line + 0.10 - 0.8 * side)
    else:  # spikes
        tips = np.abs((x * np.float32(4.5)) % 1 - 0.5) * np.float32(0.42)
        shape = either(both(-0.06 - face.height * 1.02 + 0.8 * x * x + tips - y, y - line, side - face.width), temples)
    if face.Hat:
        shape = both(shape, -0.36 - y)
    canvas.paint(shape, face.hair)
    gleam = both(shape + 0.03, ring(ellipse(x, y, face.width * 0.82, face.height * 0.84), 0.05), y + 0.30)
    canvas.paint(gleam, blend(face.hair, (255, 255, 255), 0.25), 0.8, blur=0.05)


def _curls(x: Field, y: Field, radius: float, count: int, below: float) -> Field:
    """Round curls along the upper half of the head, and `below` of a half turn further down on each side."""
    angles = np.linspace(-np.pi * below, np.pi * (1 + below), count).tolist()
    return either(*(circle(x - radius * np.cos(a), y + 0.08 + radius * 1.1 * np.sin(a), 0.15) for a in angles))


def _hat(canvas: Canvas, face: Face) -> None:
    rows = _rows(canvas, face, -1.0, -0.12)
    x, y = _frame(rows, face)
    band, tall, wide = y + np.float32(0.33), face.height - 0.20, face.width + 0.08
    dark = darker(face.hat_colour, 0.74)
    if face.hat_style == 0:  # woollen, with a bobble
        rows.paint(circle(x, band + tall + 0.05, 0.12), blend(face.hat_colour, (255, 255, 255), 0.6))
        rows.paint(both(ellipse(x, band, wide, tall), band), face.hat_colour)
        rows.paint(box(x, band, wide + 0.02, 0.085, 0.06), dark)
    elif face.hat_style == 1:  # a cap with a peak
        rows.paint(both(ellipse(x, band - 0.06, wide, tall + 0.02), band - 0.06), face.hat_colour)
        rows.paint(ellipse(x - 0.17, band - 0.04, wide * 1.05, 0.085), dark)
    else:  # a brim all round
        rows.paint(box(x, band + 0.22, wide * 0.88, 0.26, 0.12), face.hat_colour)
        rows.paint(box(x, band + 0.06, wide * 0.88, 0.06), dark)
        rows.paint(ellipse(x, band - 0.02, wide * 1.42, 0.085), face.hat_colour)


def _glasses(canvas: Canvas, face: Face) -> None:
    rows = _rows(canvas, face, face.eye_height - 0.2, face.eye_height + 0.2)
    x, y = _frame(rows, face)
    apart = np.float32(face.eye_distance)
    side, level = np.abs(x), y - np.float32(face.eye_height)
    if face.glasses_style == 0:
        lens = circle(side - apart, level, 0.165)
    elif face.glasses_style == 1:
        lens = box(side - apart, level - 0.01, 0.17, 0.135, 0.05)
    else:
        lens = ellipse(*turn(side - apart, level, 0.22), 0.18, 0.13)
    rows.paint(lens, (226, 240, 250), 0.28)
    bridge = both(ring(level + 0.03, 0.045), side - apart + 0.15)
    arm = both(ring(level + 0.04, 0.045), apart + 0.16 - side, side - face.width - 0.02)
    rows.paint(either(ring(lens, 0.055), bridge, arm), face.glasses_colour)
