"""The picture of a face, layer by layer from the back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aegean.data.avatars.face import Face, blend, darker
from aegean.data.avatars.frame import frame, head_of, rows_of
from aegean.data.avatars.shapes import Canvas, Field, both, bow, box, circle, either, ellipse, ring, segment, turn
from aegean.data.avatars.wear import beard, glasses, hair, hair_behind, hat


def picture(face: Face, size: int) -> NDArray[np.uint8]:
    """Paint all layers. (size, size, 3)"""
    canvas = Canvas(size)
    _background(canvas, face)
    _body(canvas, face)
    x, y = frame(canvas, face)
    head = head_of(x, y, face)
    hair_behind(canvas, x, y, face)
    _neck(canvas, face)
    _skin(canvas, x, y, head, face)
    if face.Beard:
        beard(canvas, face)
    _mouth(canvas, face)
    _nose(canvas, face)
    _eyes(canvas, face)
    hair(canvas, x, y, head, face)
    _brows(canvas, face)
    if face.Hat:
        hat(canvas, face)
    if face.Eyeglasses:
        glasses(canvas, face)
    noise = np.random.default_rng(face.seed).standard_normal((size, size), np.float32)
    canvas.planes += noise  # one level of 255
    return np.ascontiguousarray(canvas.planes.clip(0, 255).round().astype(np.uint8).transpose(1, 2, 0))


def _background(canvas: Canvas, face: Face) -> None:
    along = canvas.x * np.float32(np.cos(face.background_angle)) + canvas.y * np.float32(np.sin(face.background_angle))
    part = along * np.float32(0.36) + np.float32(0.5)
    for plane, first, last in zip(canvas.planes, face.background, face.background_end):
        plane[:] = np.float32(first) + np.float32(last - first) * part


def _shoulders(rows: Canvas, face: Face) -> Field:
    return ellipse(rows.x - np.float32(face.shift_x * 0.6), rows.y - 1.22, 0.84, 0.46)


def _body(canvas: Canvas, face: Face) -> None:
    rows = canvas.part(0.5, 1)
    shoulders = _shoulders(rows, face)
    rows.paint(shoulders, face.clothes)
    rows.shade(both(shoulders, 0.50 - np.abs(rows.x)), 0.9)


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
    rows = rows_of(canvas, face, 0.10, 0.32)
    x, y = frame(rows, face)
    side = np.abs(x)
    rows.paint(circle(side - face.width * 0.60, y - 0.20, 0.08), blend(face.skin, (235, 90, 90), 0.6), 0.4, blur=0.12)
    if face.freckles:
        for across, down in ((0.17, 0.13), (0.24, 0.17), (0.30, 0.12), (0.21, 0.21)):
            rows.paint(circle(side - across, y - down, 0.016), darker(face.skin, 0.72), 0.7)


def _eyes(canvas: Canvas, face: Face) -> None:
    rows = rows_of(canvas, face, face.eye_height - 0.10, face.eye_height + 0.10)
    x, y = frame(rows, face)
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
    rows = rows_of(canvas, face, height - 0.08, height + 0.08)
    x, y = frame(rows, face)
    side, level = turn(np.abs(x) - np.float32(face.eye_distance), y - np.float32(height), face.brow_angle)
    rows.paint(bow(side, level, 0.115, -0.03, face.brow_thickness), darker(face.hair, 0.82))


def _nose(canvas: Canvas, face: Face) -> None:
    rows = rows_of(canvas, face, 0.0, 0.28)
    x, y = frame(rows, face)
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
    rows = rows_of(canvas, face, 0.24, 0.55)
    x, y = frame(rows, face)
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
