"""The largest face in a photo, framed as a data set frames its faces.

Faces are found by OpenCV's cascade of the frontal face (Viola & Jones 2001), if it is installed.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from aegean.images import fit, to_float, to_pil

Square = tuple[int, int, int]  # top, left and side, in pixels
Box = tuple[float, float, float]  # middle (x, y) and width of what the cascade takes for a face

SEEN = (256, 640)  # pixels of the longer side at which faces are looked for: smaller pictures are enlarged


def can_find_faces() -> bool:
    """Whether OpenCV is installed (the extra `faces`)."""
    return importlib.util.find_spec("cv2") is not None


def find_face(picture: Image.Image) -> Box | None:
    """The largest face, in pixels; None if there is none."""
    import numpy as np

    longer = max(picture.size)
    times = min(max(longer, SEEN[0]), SEEN[1]) / longer
    grey = fit(picture, None, 1).resize([max(1, round(times * side)) for side in picture.size])
    found = _cascade().detectMultiScale(np.asarray(grey), scaleFactor=1.1, minNeighbors=5, minSize=(32, 32))
    if not len(found):
        return None
    left, top, width, height = max(np.asarray(found).tolist(), key=lambda box: box[2])
    return (left + width / 2) / times, (top + height / 2) / times, width / times


def framing(images: Tensor) -> Box | None:
    """Where faces are in images (N, S, S, C) uint8, the median box with 1 as the side; None if most show no face."""
    pictures = [to_pil(image) for image in to_float(images)]
    found = [box for box in map(find_face, pictures) if box]
    if 2 * len(found) < len(pictures) or not found:
        return None
    x, y, width = (torch.tensor(found).median(0).values / images.shape[1]).tolist()
    return x, y, width


def face_square(photo: Image.Image, framed: Box) -> Square | None:
    """The square in which the photo's largest face is framed like that, moved to lie inside; None without a face."""
    if (found := find_face(photo)) is None:
        return None
    side = min(round(found[2] / framed[2]), *photo.size)

    def start(middle: float, part: float, length: int) -> int:
        return min(max(0, round(middle - part * side)), length - side)

    return start(found[1], framed[1], photo.height), start(found[0], framed[0], photo.width), side


@cache
def _cascade() -> Any:
    """Read once: it is a megabyte."""
    import cv2

    return cv2.CascadeClassifier(str(Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_default.xml"))
