"""Masks and holes of photos: read, enlarged to the photo, seen small without what they hide."""

from __future__ import annotations

import torch
from PIL import Image, ImageOps
from torch import Tensor

from aegean.errors import InputError
from aegean.images import fit, from_pil, to_float, to_pil
from aegean.media.photos import centre_of
from aegean.sizes import Size

LOSSLESS = {"1", "P", "PA"}  # modes of which another keeps every value


def paintable(picture: Image.Image) -> Image.Image:
    """The photo in a mode that can be painted in: its own, or one that loses nothing, or at least none of 8 bits."""
    if picture.mode in {"L", "RGB"} and picture.has_transparency_data:  # one colour, which may be painted, too
        return picture.convert(f"{picture.mode}A")
    if picture.mode in {"L", "LA", "RGB", "RGBA"}:
        return picture
    if picture.mode in {"P", "PA"}:
        return picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    kept = fit(picture, None, 1 if picture.mode in {"1", "I", "I;16", "I;16B", "F"} else 3)
    kept.info.pop("icc_profile", None)  # it was of the other mode: CMYK
    return kept


def hidden_by(mask: Image.Image, photo: Image.Image, size: Size, name: str) -> Tensor:
    """Where a mask of the photo's size, or the model's, is white, or opaque if parts of it are transparent.

    (1, 1, H, W) bool, of the photo's size; errors call the mask `name`.
    """
    alpha = mask.convert("RGBA").getchannel("A")
    painted = alpha if any(alpha.histogram()[:255]) else fit(mask, None, 1)
    if painted.size == photo.size:
        return to_tensor(painted) > 0
    if painted.size != size.of_pil:
        raise InputError(
            f"{name}: {painted.width} x {painted.height} pixels; the photo has {photo.width} x {photo.height}, "
            f"the model {size.width} x {size.height}"
        )
    return enlarged(painted, photo)


def cut_out(photo: Image.Image) -> Tensor | None:
    """Where a photo is not opaque, if some of it was erased: is wholly transparent. (1, 1, H, W) bool"""
    if not photo.has_transparency_data:
        return None
    alpha = photo.convert("RGBA").getchannel("A")
    return to_tensor(alpha) < 1 if alpha.histogram()[0] else None


def enlarged(hole: Image.Image, photo: Image.Image) -> Tensor:
    """A hole of the model's size in the photo's centre. (1, 1, H, W) bool, of the photo's size"""
    top, left, size = centre_of(photo, Size(hole.height, hole.width))
    full = Image.new("L", photo.size)
    full.paste(hole.resize(size.of_pil, Image.Resampling.NEAREST), (left, top))
    return to_tensor(full) > 0


def check_hidden(hidden: Tensor, seen: Tensor) -> None:
    """That something is hidden, and nothing beyond the centre (1, 1, h, w)."""
    if int(seen.sum()) < int(hidden.sum()):
        size = Size(*seen.shape[-2:])
        raise InputError(
            f"the mask reaches beyond the centre{' square' * size.is_square} of {size.in_pixels}, which is all that the"
            " model sees; crop the photo first"
        )
    if not seen.any():
        raise InputError("the mask hides nothing: white is what is to be filled in")


def shrunk(photo: Image.Image, hidden: Tensor, size: Size) -> Image.Image:
    """The centre at the model's size, of pixels that are not hidden alone: these have no weight in the mean."""
    known = to_pil(1 - 2 * hidden.float())
    bands = [Image.merge("LA", (band, known)) for band in photo.split()]  # Pillow weighs by the alpha channel
    small = [ImageOps.fit(band, size.of_pil, Image.Resampling.LANCZOS).getchannel("L") for band in bands]
    return Image.merge(photo.mode, small)


def square_mask(photo: Image.Image, square: tuple[int, int, int]) -> Tensor:
    """A square (top, left, side) of the photo. (1, 1, H, W) bool"""
    top, left, side = square
    if side < 1 or min(top, left) < 0 or top + side > photo.height or left + side > photo.width:
        raise InputError(f"square {square}: top, left, side; must lie inside the photo, {photo.width} x {photo.height}")
    hidden = torch.zeros(1, 1, photo.height, photo.width, dtype=torch.bool)
    hidden[..., top : top + side, left : left + side] = True
    return hidden


def to_tensor(picture: Image.Image) -> Tensor:
    """PIL -> (1, C, H, W) in [-1, 1]."""
    return to_float(from_pil(picture)[None]).contiguous()
