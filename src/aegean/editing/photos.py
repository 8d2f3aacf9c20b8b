"""An edit at the photo's own size: the model sees it small, and what it changes is enlarged."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate

from aegean.images import fit, from_pil, to_float


def centre_square(picture: Image.Image) -> tuple[int, int, int]:
    """Top, left and side of what the model sees of a photo."""
    side = min(picture.size)
    return (picture.height - side) // 2, (picture.width - side) // 2, side


def edit_photo(edit: Callable[[Tensor], Tensor], photo: Image.Image, size: int, channels: int) -> Tensor:
    """The photo (1, C, H, W) with `edit`, which takes and gives (1, C, size, size), applied to its centre square.

    The residual image, what the edit adds to the small picture, is enlarged and added to the photo, which so keeps its
    resolution wherever the edit does nothing. A photo of the model's own size is simply edited.
    """
    whole = fit(photo, None, channels)
    small = to_float(from_pil(fit(photo, size, channels))[None]).contiguous()
    if whole.size == (size, size):
        return edit(small)
    residual = edit(small) - small
    result = to_float(from_pil(whole)[None]).contiguous()
    top, left, side = centre_square(whole)
    larger = side > size
    result[..., top : top + side, left : left + side] += interpolate(
        residual, size=(side, side), mode="bicubic" if larger else "area"
    )
    return result.clamp_(-1, 1)
