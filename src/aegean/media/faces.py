"""The faces in a photo, turned and scaled as a data set has them: so that eyes and mouth lie where its own lie.

Places are complex numbers, x + iy in pixels: z_k the eyes and the mouth in the photo, u_k those of the data set,
    z = a u + b    takes what the model sees to the photo; a, b: least squares
    a = sum_k (z_k - mean z) conj(u_k - mean u) / sum_k |u_k - mean u|^2    b = mean z - a mean u
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
Face = tuple[complex, ...]  # left eye in the picture, right eye, the mouth's middle; in pixels, or with 1 as the width

CELEBA: Face = (0.393 + 0.515j, 0.609 + 0.515j, 0.5 + 0.747j)  # median, in the centre square of 178 x 178 pixels
NEAR: Face = (0.4 + 0.45j, 0.6 + 0.45j, 0.5 + 0.67j)  # where they are in a picture of the face alone
SEEN = (256, 640)  # pixels of the longer side at which faces are looked for: smaller pictures are enlarged
SMALLEST = 16  # a face is at least such a part of the longer side
CLOSE = 256  # pixels at which a face is looked at again, once turned upright
QUARTERS = (0, 1, 3, 2)  # turns in which faces are looked for, until there are some


def can_find_faces() -> bool:
    """Whether what finds them is installed (the extra `faces`)."""
    return mtcnn.at_hand()


def find_faces(picture: Image.Image) -> list[Face]:
    """Eyes and mouth of each face, in pixels, from left to right. The only face may be turned any way."""
    picture = fit(picture, None, 3)
    for quarters in QUARTERS:
        found = [_looked_at_again(picture, face) for face in _upright(picture, quarters)]
        if found:
            return sorted(_once_each(found), key=lambda face: (face[0] + face[1]).real)
    return []


def framing(images: Tensor) -> Face | None:
    """Where eyes and mouth are in images (N, H, W, C) uint8, the median with 1 as the width; None if most show none."""
    found = [faces[0] for faces in map(find_faces, map(to_pil, to_float(images))) if len(faces) == 1]
    if 2 * len(found) < len(images) or not found:
        return None
    middle = torch.view_as_real(torch.tensor(found)).median(0).values / images.shape[2]  #             (3, 2)
    return tuple(complex(*one) for one in middle.tolist())


def celeba_face(size: Size) -> Face:
    """Where eyes and mouth are in CelebA's pictures, 178 wide and 218 high, cut to a form: with 1 as the width."""
    wide = min(178, 218 * size.width / size.height)  # pixels that are kept
    half = 0.5 + 0.5j
    middle = complex(0.5, 0.5 * size.height / size.width)
    return tuple(middle + (place - half) * 178 / wide for place in CELEBA)


def frame_of(face: Face, framed: Face, aspect: float = 1.0) -> Frame:
    """The frame, of that aspect, in which a photo's face lies where those of the data set do: as near as can be.

    Of one of the two the eyes alone may be known.
    """
    count = min(len(face), len(framed))
    z, u = (torch.tensor(places[:count], dtype=torch.complex128) for places in (face, framed))
    apart = u - u.mean()
    turn = ((z - z.mean()) * apart.conj()).sum() / apart.abs().square().sum()
    return Frame(complex(turn), complex(z.mean() - turn * u.mean()), aspect)


def _upright(picture: Image.Image, quarters: int) -> list[Face]:
    """Eyes and mouths of faces in a picture that is turned by so many quarters first, against the clock."""
    turned = picture.rotate(90 * quarters, expand=True)
    longer = max(picture.size)
    times = min(max(longer, SEEN[0]), SEEN[1]) / longer
    small = turned.resize([max(1, round(times * side)) for side in turned.size], Image.Resampling.BILINEAR)
    _, faces = mtcnn.detect(np.asarray(small), max(small.size) / SMALLEST)
    middle, its = complex(*picture.size) / 2, complex(*turned.size) / 2
    return [tuple(middle + (complex(*one) / times - its) * 1j**quarters for one in face) for face in faces.tolist()]


def _looked_at_again(picture: Image.Image, face: Face) -> Face:
    """The same more exactly: seen once more in a picture of the face alone, large, and turned as it is surest."""
    middle = sum(face[:2]) / 2
    turned = [tuple(middle + (eye - middle) * 1j**quarters for eye in face[:2]) for quarters in range(4)]
    surest, best = max((_close(picture, eyes) for eyes in turned), key=lambda found: found[0])
    return _close(picture, best)[1] if surest else face


def _close(picture: Image.Image, face: Face) -> tuple[float, Face]:
    """How sure it is of a face that is about there, and where it is; 0 where there is none."""
    frame = frame_of(face[:2], NEAR)
    scores, found = mtcnn.detect(np.asarray(frame.cut(picture, Size(CLOSE, CLOSE))), CLOSE / 3)
    if not len(scores):
        return 0.0, face
    seen = [[complex(*one) / CLOSE for one in points] for points in found.tolist()]
    nearest = min(range(len(seen)), key=lambda k: abs(sum(seen[k][:2]) - sum(NEAR[:2])))
    return float(scores[nearest]), tuple(frame.place(one) for one in seen[nearest])


def _once_each(faces: list[Face]) -> list[Face]:
    """Faces whose middles lie further apart than their eyes do: none twice."""
    kept = list[Face]()
    for one in faces:
        if all(abs(sum(one[:2]) - sum(other[:2])) / 2 > abs(other[1] - other[0]) for other in kept):
            kept.append(one)
    return kept
