"""An edit at the photo's own size: the model sees it small, and what it changes is enlarged and laid back.

    photo' = photo + up(change) - up(r) (photo - up(small))        in the last brackets: what the model cannot see

r, see `aegean.redrawing.redrawn`, is 0 where an edit shifts or tints: the photo keeps its fine lines; it is 1 where
something else is drawn, and those of what was there go: eyes hardly shine through glasses.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import grid_sample

from aegean.images import fit, from_pil, to_float, to_pil
from aegean.redrawing import redrawn
from aegean.sizes import Size

FADE = 8  # what changes fades over one part in so many of the frame's width
FINEST = 16  # a face is cut out with at most so many times the pixels that the model sees


@dataclass(frozen=True)
class Frame:
    """A rectangle of a photo, which may be turned: z = turn u + start, x in [0, 1], y in [0, aspect], z in pixels."""

    turn: complex  # its length is the width, its angle that of the frame
    start: complex  # the corner
    aspect: float = 1.0  # height of width

    @property
    def size(self) -> Size:
        """In whole pixels."""
        return Size(round(self.aspect * abs(self.turn)), round(abs(self.turn)))

    @property
    def corners(self) -> list[complex]:
        """Where they lie in the photo, in pixels, one after the other with the clock."""
        return [self.place(u) for u in (0, 1, complex(1, self.aspect), complex(0, self.aspect))]

    @property
    def degrees(self) -> float:
        """Degrees by which it is turned clockwise."""
        return math.degrees(cmath.phase(self.turn))

    def place(self, u: complex) -> complex:
        """Where it lies in the photo, in pixels."""
        return self.turn * u + self.start

    def cut(self, photo: Image.Image, size: Size) -> Image.Image:
        """What it shows, made `size`; beyond the photo's borders these go on."""
        wide = min(max(size.width, self.size.width), FINEST * size.width)
        high = round(wide * size.height / size.width)
        x, y = ((torch.arange(side, dtype=torch.float64) + 0.5) / side for side in (wide, high))
        z = self.turn * torch.complex(*torch.meshgrid(x, self.aspect * y, indexing="xy")) + self.start
        image = to_float(from_pil(photo)[None]).contiguous()
        return fit(to_pil(_sampled(image, z, complex(*photo.size))[0]), size, image.shape[1])


class Box(NamedTuple):
    """A part of a photo that is not turned, in pixels."""

    top: int
    left: int
    size: Size

    @property
    def inside(self) -> tuple[slice, slice]:
        """Its rows and columns."""
        return slice(self.top, self.top + self.size.height), slice(self.left, self.left + self.size.width)

    @property
    def frame(self) -> Frame:
        """The same as a frame."""
        return Frame(complex(self.size.width), complex(self.left, self.top), self.size.height / self.size.width)


def centre_of(picture: Image.Image, size: Size) -> Box:
    """What a model of images of that size sees of a photo: the largest part of their form, in the middle."""
    width, height = picture.size
    if width * size.height > height * size.width:
        width = max(1, round(height * size.width / size.height))
    else:
        height = max(1, round(width * size.height / size.width))
    return Box((picture.height - height) // 2, (picture.width - width) // 2, Size(height, width))


def seen(photo: Image.Image, size: Size, channels: int, frame: Frame) -> Tensor:
    """What the model sees in a frame of a photo. (1, C, H, W) of `size`"""
    return to_float(from_pil(frame.cut(fit(photo, None, channels), size))[None]).contiguous()


def edit_photo(
    edit: Callable[[Tensor], Tensor], photo: Image.Image, size: Size, channels: int, frames: Sequence[Frame] = ()
) -> Tensor:
    """The photo (1, C, H, W) with `edit`, which takes and gives images of `size`, applied in each frame of it.

    Without frames it is applied to the centre. What the edit adds to the small picture is enlarged, turned back
    and added to the photo, which so keeps its resolution wherever the edit draws nothing new; towards a frame's sides
    inside the photo it fades. A photo of the model's own size is simply edited.
    """
    whole = fit(photo, None, channels)
    result = to_float(from_pil(whole)[None]).contiguous()
    if whole.size == size.of_pil:
        return edit(result)
    for frame in frames or [centre_of(photo, size).frame]:
        small = seen(to_pil(result[0]), size, channels, frame)
        result = laid_back(result, small, edit(small) - small, frame)
    return result.clamp_(-1, 1)


def laid_back(photo: Tensor, small: Tensor, change: Tensor, frame: Frame) -> Tensor:
    """A photo (1, C, H, W) with the change (1, C, h, w) of what a frame of it shows, `small`, of the same shape."""
    height, width = photo.shape[-2:]
    left, right = _within([z.real for z in frame.corners], width)
    top, bottom = _within([z.imag for z in frame.corners], height)
    if left >= right or top >= bottom:
        return photo
    x, y = (torch.arange(*ends, dtype=torch.float64) + 0.5 for ends in ((left, right), (top, bottom)))
    u = (torch.complex(*torch.meshgrid(x, y, indexing="xy")) - frame.start) / frame.turn
    result, size = photo.clone(), complex(1, frame.aspect)
    here = result[..., top:bottom, left:right]
    fine = here - _sampled(small, u, size)
    larger = _sampled(change, u, size) - _sampled(redrawn(small, small + change), u, size).clamp(0, 1) * fine
    here += larger * _weight(frame, u, width, height).to(larger)
    return result


def _within(ends: list[float], length: int) -> tuple[int, int]:
    return max(0, math.floor(min(ends))), min(length, math.ceil(max(ends)))


def _sampled(image: Tensor, z: Tensor, size: complex) -> Tensor:
    """Values of an image (1, C, H, W) whose corners are 0 and `size`, at complex places (h, w). (1, C, h, w)"""
    grid = torch.stack([2 * z.real / size.real - 1, 2 * z.imag / size.imag - 1], -1)[None].to(image)
    return grid_sample(image, grid, mode="bicubic", padding_mode="border", align_corners=False)


def _weight(frame: Frame, u: Tensor, width: int, height: int) -> Tensor:
    """1 inside the frame, 0 outside, with smooth slopes at those of its sides that lie inside the photo. (h, w)"""
    weight, aspect = torch.ones_like(u.real), frame.aspect
    across = ((complex(0, aspect / 2), u.real), (complex(1, aspect / 2), 1 - u.real))
    for middle, depth in (*across, (0.5 + 0j, u.imag), (complex(0.5, aspect), aspect - u.imag)):
        z = frame.place(middle)
        inside = 0.5 < z.real < width - 0.5 and 0.5 < z.imag < height - 0.5
        rise = (FADE * depth).clamp(0, 1)
        weight = weight * (rise * rise * (3 - 2 * rise) if inside else (depth >= 0).to(rise))
    return weight
