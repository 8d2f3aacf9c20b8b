"""The faces in a photo, turned and scaled as a data set has them: so that the eyes lie where its eyes lie.

Places are complex numbers, x + iy in pixels: with l, r the eyes in the photo and l', r' those of the data set,
    z = a u + b    takes what the model sees to the photo    a = (r - l) / (r' - l')    b = l - a l'
"""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from aegean.images import fit, to_float, to_pil
from aegean.media import mtcnn
from aegean.media.photos import Frame
from aegean.sizes import Size

Square = tuple[int, int, int]  # top, left and side, in pixels
Eyes = tuple[complex, complex]  # the left one in the picture first; in pixels, or with 1 as the width

CELEBA_EYES: Eyes = (0.393 + 0.515j, 0.609 + 0.515j)  # mean of a hundred, in the centre square of 178 x 178 pixels
NEAR: Eyes = (0.4 + 0.45j, 0.6 + 0.45j)  # where they are in a picture of the face alone
SEEN = (256, 640)  # pixels of the longer side at which faces are looked for: smaller pictures are enlarged
SMALLEST = 16  # a face is at least such a part of the longer side
CLOSE = 256  # pixels at which a face is looked at again, once turned upright
QUARTERS = (0, 1, 3, 2)  # turns in which faces are looked for, until there are some


def can_find_faces() -> bool:
    """Whether what finds them is installed (the extra `faces`)."""
    return mtcnn.at_hand()


def find_faces(picture: Image.Image) -> list[Eyes]:
    """The eyes of each face, in pixels, from left to right. A face may be turned any way if it is the only one."""
    picture = fit(picture, None, 3)
    for quarters in QUARTERS:
        found = [_looked_at_again(picture, eyes) for eyes in _upright(picture, quarters)]
        if found:
            return sorted(_once_each(found), key=lambda eyes: (eyes[0] + eyes[1]).real)
    return []


def framing(images: Tensor) -> Eyes | None:
    """Where eyes are in images (N, H, W, C) uint8, the median with 1 as the width; None if most show no one face."""
    found = [faces[0] for faces in map(find_faces, map(to_pil, to_float(images))) if len(faces) == 1]
    if 2 * len(found) < len(images) or not found:
        return None
    middle = torch.view_as_real(torch.tensor(found)).median(0).values / images.shape[2]  #             (2, 2)
    left, right = (complex(*one) for one in middle.tolist())
    return left, right


def celeba_eyes(size: Size) -> Eyes:
    """Where they are in CelebA's pictures, 178 wide and 218 high, cut to a form: with 1 as the width."""
    wide = min(178, 218 * size.width / size.height)  # pixels that are kept
    square, half = CELEBA_EYES, 0.5 + 0.5j
    middle = complex(0.5, 0.5 * size.height / size.width)
    left, right = (middle + (eye - half) * 178 / wide for eye in square)
    return left, right


def frame_of(eyes: Eyes, framed: Eyes, aspect: float = 1.0) -> Frame:
    """The frame, of that aspect, in which eyes of a photo lie where those of the data set do."""
    turn = (eyes[1] - eyes[0]) / (framed[1] - framed[0])
    return Frame(turn, eyes[0] - turn * framed[0], aspect)


def _upright(picture: Image.Image, quarters: int) -> list[Eyes]:
    """The eyes of faces in a picture that is turned by so many quarters first, against the clock."""
    turned = picture.rotate(90 * quarters, expand=True)
    longer = max(picture.size)
    times = min(max(longer, SEEN[0]), SEEN[1]) / longer
    small = turned.resize([max(1, round(times * side)) for side in turned.size], Image.Resampling.BILINEAR)
    _, eyes = mtcnn.detect(np.asarray(small), max(small.size) / SMALLEST)
    middle, its = complex(*picture.size) / 2, complex(*turned.size) / 2
    found = [[middle + (complex(*eye) / times - its) * 1j**quarters for eye in face] for face in eyes.tolist()]
    return [(left, right) for left, right in found]


def _looked_at_again(picture: Image.Image, eyes: Eyes) -> Eyes:
    """The eyes more exactly: seen once more in a picture of the face alone, large, and turned as it is surest."""
    middle = sum(eyes) / 2
    turned = [tuple(middle + (eye - middle) * 1j**quarters for eye in eyes) for quarters in range(4)]
    surest, best = max((_close(picture, (left, right)) for left, right in turned), key=lambda found: found[0])
    return _close(picture, best)[1] if surest else eyes


def _close(picture: Image.Image, eyes: Eyes) -> tuple[float, Eyes]:
    """How sure it is of a face whose eyes are about there, and where they are; 0 where there is none."""
    frame = frame_of(eyes, NEAR)
    scores, found = mtcnn.detect(np.asarray(frame.cut(picture, Size(CLOSE, CLOSE))), CLOSE / 3)
    if not len(scores):
        return 0.0, eyes
    seen = [(complex(*left) / CLOSE, complex(*right) / CLOSE) for left, right in found.tolist()]
    nearest = min(range(len(seen)), key=lambda k: abs(sum(seen[k]) - sum(NEAR)))
    left, right = seen[nearest]
    return float(scores[nearest]), (frame.place(left), frame.place(right))


def _once_each(faces: list[Eyes]) -> list[Eyes]:
    """Faces whose middles lie further apart than their eyes do: none twice."""
    kept = list[Eyes]()
    for one in faces:
        if all(abs(sum(one) - sum(other)) / 2 > abs(other[1] - other[0]) for other in kept):
            kept.append(one)
    return kept
