"""An edit at the photo's own size: the model sees it small, and what it changes is enlarged and laid back."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import grid_sample

from aegean.images import fit, from_pil, to_float, to_pil

FADE = 8  # what changes fades over one part in so many of the frame's side
FINEST = 16  # a face is cut out with at most so many times the pixels that the model sees


@dataclass(frozen=True)
class Frame:
    """A square of a photo, which may be turned: z = turn u + start, u = x + iy in [0, 1], z in pixels."""

    turn: complex  # its length is the side, its angle that of the square
    start: complex  # the corner

    @property
    def side(self) -> float:
        """In pixels."""
        return abs(self.turn)

    @property
    def degrees(self) -> float:
        """Degrees by which it is turned clockwise."""
        return math.degrees(cmath.phase(self.turn))

    def place(self, u: complex) -> complex:
        """Where it lies in the photo, in pixels."""
        return self.turn * u + self.start

    def cut(self, photo: Image.Image, size: int) -> Image.Image:
        """What it shows, `size` x `size`; beyond the photo's borders these go on."""
        finest = min(max(size, round(self.side)), FINEST * size)
        middles = (torch.arange(finest, dtype=torch.float64) + 0.5) / finest
        z = self.turn * torch.complex(*torch.meshgrid(middles, middles, indexing="xy")) + self.start
        image = to_float(from_pil(photo)[None]).contiguous()
        return fit(to_pil(_sampled(image, z, complex(*photo.size))[0]), size, image.shape[1])


def centre_square(picture: Image.Image) -> tuple[int, int, int]:
    """Top, left and side of what the model sees of a photo."""
    side = min(picture.size)
    return (picture.height - side) // 2, (picture.width - side) // 2, side


def square_frame(square: tuple[int, int, int]) -> Frame:
    """The frame of a square (top, left, side) that is not turned."""
    top, left, side = square
    return Frame(complex(side), complex(left, top))


def seen(photo: Image.Image, size: int, channels: int, frame: Frame) -> Tensor:
    """What the model sees in a frame of a photo. (1, C, size, size)"""
    return to_float(from_pil(frame.cut(fit(photo, None, channels), size))[None]).contiguous()


def edit_photo(
    edit: Callable[[Tensor], Tensor], photo: Image.Image, size: int, channels: int, frames: Sequence[Frame] = ()
) -> Tensor:
    """The photo (1, C, H, W) with `edit`, which takes and gives (1, C, size, size), applied in each frame of it.

    Without frames it is applied to the centre square. What the edit adds to the small picture is enlarged, turned back
    and added to the photo, which so keeps its resolution wherever the edit does nothing; towards a frame's sides inside
    the photo it fades. A photo of the model's own size is simply edited.
    """
    whole = fit(photo, None, channels)
    result = to_float(from_pil(whole)[None]).contiguous()
    if whole.size == (size, size):
        return edit(result)
    for frame in frames or [square_frame(centre_square(photo))]:
        small = seen(to_pil(result[0]), size, channels, frame)
        result = laid_back(result, edit(small) - small, frame)
    return result.clamp_(-1, 1)


def laid_back(photo: Tensor, change: Tensor, frame: Frame) -> Tensor:
    """A photo (1, C, H, W) plus the change (1, C, S, S) of what a frame of it shows."""
    height, width = photo.shape[-2:]
    corners = [frame.place(u) for u in (0, 1, 1j, 1 + 1j)]
    left, right = _within([z.real for z in corners], width)
    top, bottom = _within([z.imag for z in corners], height)
    if left >= right or top >= bottom:
        return photo
    x, y = (torch.arange(*ends, dtype=torch.float64) + 0.5 for ends in ((left, right), (top, bottom)))
    u = (torch.complex(*torch.meshgrid(x, y, indexing="xy")) - frame.start) / frame.turn
    result = photo.clone()
    larger = _sampled(change, u, 1 + 1j)
    result[..., top:bottom, left:right] += larger * _weight(frame, u, width, height).to(larger)
    return result


def _within(ends: list[float], length: int) -> tuple[int, int]:
    return max(0, math.floor(min(ends))), min(length, math.ceil(max(ends)))


def _sampled(image: Tensor, z: Tensor, size: complex) -> Tensor:
    """Values of an image (1, C, H, W) whose corners are 0 and `size`, at complex places (h, w). (1, C, h, w)"""
    grid = torch.stack([2 * z.real / size.real - 1, 2 * z.imag / size.imag - 1], -1)[None].to(image)
    return grid_sample(image, grid, mode="bicubic", padding_mode="border", align_corners=False)


def _weight(frame: Frame, u: Tensor, width: int, height: int) -> Tensor:
    """1 inside the frame, 0 outside, with smooth slopes at those of its sides that lie inside the photo. (h, w)"""
    weight = torch.ones_like(u.real)
    for middle, depth in ((0.5j, u.real), (1 + 0.5j, 1 - u.real), (0.5 + 0j, u.imag), (0.5 + 1j, 1 - u.imag)):
        z = frame.place(middle)
        inside = 0.5 < z.real < width - 0.5 and 0.5 < z.imag < height - 0.5
        rise = (FADE * depth).clamp(0, 1)
        weight = weight * (rise * rise * (3 - 2 * rise) if inside else (depth >= 0).to(rise))
    return weight
