"""An edit at the photo's own size: the model sees it small, and what it changes is enlarged."""

from __future__ import annotations

from collections.abc import Callable

import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate

from aegean.images import fit, from_pil, to_float
from aegean.media.faces import Square


def centre_square(picture: Image.Image) -> Square:
    """Top, left and side of what the model sees of a photo."""
    side = min(picture.size)
    return (picture.height - side) // 2, (picture.width - side) // 2, side


def seen(photo: Image.Image, size: int, channels: int, square: Square) -> Tensor:
    """A square (top, left, side) of a photo as the model sees it. (1, C, size, size)"""
    top, left, side = square
    part = photo.crop((left, top, left + side, top + side))
    return to_float(from_pil(fit(part, size, channels))[None]).contiguous()


def edit_photo(
    edit: Callable[[Tensor], Tensor], photo: Image.Image, size: int, channels: int, square: Square | None = None
) -> Tensor:
    """The photo (1, C, H, W) with `edit`, which takes and gives (1, C, size, size), applied to a square of it.

    The square (top, left, side) is the centre one if none is given. The residual image, what the edit adds to the small
    picture, is enlarged and added to the photo, which so keeps its resolution wherever the edit does nothing; towards
    the square's borders inside the photo it fades. A photo of the model's own size is simply edited.
    """
    whole, (top, left, side) = fit(photo, None, channels), square or centre_square(photo)
    small = seen(whole, size, channels, (top, left, side))
    if whole.size == (size, size):
        return edit(small)
    residual = edit(small) - small
    result = to_float(from_pil(whole)[None]).contiguous()
    larger = interpolate(residual, size=(side, side), mode="bicubic" if side > size else "area")
    rows = _fade(side, top > 0, top + side < whole.height)
    columns = _fade(side, left > 0, left + side < whole.width)
    result[..., top : top + side, left : left + side] += larger * rows[:, None] * columns
    return result.clamp_(-1, 1)


def _fade(side: int, first: bool, last: bool) -> Tensor:
    """1 but for a rise from 0 over the first sixteenth, and a fall over the last, where wanted. (side,)"""
    rise = ((torch.arange(side) + 0.5) * 16 / side).clamp(max=1)
    weight = torch.ones(side)
    return (weight * rise if first else weight) * (rise.flip(0) if last else weight)
