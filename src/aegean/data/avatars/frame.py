"""Where the head is in the picture."""

from __future__ import annotations

import numpy as np

from aegean.data.avatars.face import Face
from aegean.data.avatars.shapes import Canvas, Field, ellipse, limit, turn

SCALE = 1.13  # of the head in the picture
LOWER = 0.08  # the head's middle below that of the picture


def frame(canvas: Canvas, face: Face) -> tuple[Field, Field]:
    """Coordinates of the head: from its middle, upright."""
    x, y = canvas.x - np.float32(face.shift_x), canvas.y - np.float32(face.shift_y + LOWER)
    return turn(x * np.float32(1 / SCALE), y * np.float32(1 / SCALE), face.tilt)


def rows_of(canvas: Canvas, face: Face, top: float, bottom: float) -> Canvas:
    """The rows of the picture between two heights of the head, however it is tilted."""
    middle = face.shift_y + LOWER
    return canvas.part(middle + SCALE * top - 0.12, middle + SCALE * bottom + 0.12)


def head_of(x: Field, y: Field, face: Face) -> Field:
    """An egg: an ellipse that narrows towards the chin."""
    down = limit(y * np.float32(1 / face.height), 0, 1)
    return ellipse(x / (1 - np.float32(face.jaw * 0.7) * down * down), y, face.width, face.height)
