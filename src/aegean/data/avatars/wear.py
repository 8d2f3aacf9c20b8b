"""What grows on a head and what is put on it."""

from __future__ import annotations

import numpy as np

from aegean.data.avatars.face import Face, blend, darker
from aegean.data.avatars.frame import frame, head_of, rows_of
from aegean.data.avatars.shapes import Canvas, Field, both, box, circle, either, ellipse, ring, turn


def beard(canvas: Canvas, face: Face) -> None:
    """Full, on the chin, or along the jaw; always with a moustache."""
    rows = rows_of(canvas, face, -0.05, 0.70)
    x, y = frame(rows, face)
    side, head = np.abs(x), head_of(x, y, face)
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


def hair_behind(canvas: Canvas, x: Field, y: Field, face: Face) -> None:
    """What of long and thick hair lies behind the head."""
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


def hair(canvas: Canvas, x: Field, y: Field, head: Field, face: Face) -> None:
    """One of eight cuts; what a hat covers is left out."""
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


def hat(canvas: Canvas, face: Face) -> None:
    """Woollen, a cap, or with a brim."""
    rows = rows_of(canvas, face, -1.0, -0.12)
    x, y = frame(rows, face)
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


def glasses(canvas: Canvas, face: Face) -> None:
    """Round, square or winged."""
    rows = rows_of(canvas, face, face.eye_height - 0.2, face.eye_height + 0.2)
    x, y = frame(rows, face)
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
