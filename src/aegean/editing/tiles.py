"""A picture too large for the memory, in overlapping squares."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def in_tiles(function: Callable[[Tensor], Tensor], image: Tensor, side: int = 512, margin: int = 64) -> Tensor:
    """`function(image)` for a convolutional `function` (B, C, H, W) -> the same shape, in bounded memory.

    Each square of `side` pixels is computed with `margin` pixels around it, which are then cut off: the result is the
    same where the network sees no further than `margin`. Keep both multiples of the network's stride.
    """
    height, width = image.shape[-2:]
    if height <= side + 2 * margin and width <= side + 2 * margin:
        return function(image)
    result = torch.empty_like(image)
    for top in range(0, height, side):
        for left in range(0, width, side):
            above, before = max(0, top - margin), max(0, left - margin)
            patch = function(image[..., above : top + side + margin, before : left + side + margin])
            bottom, right = min(top + side, height), min(left + side, width)
            inside = patch[..., top - above : bottom - above, left - before : right - before]
            result[..., top:bottom, left:right] = inside
    return result
