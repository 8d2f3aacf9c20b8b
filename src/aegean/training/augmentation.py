"""Random views of training images."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from aegean.data.types import Batch
from aegean.families import TrainingConfig
from aegean.images import of_colours


class View(NamedTuple):
    """How each image of a batch is looked at; what is None is left as it is."""

    corner: tuple[Tensor, Tensor] | None = None  # (B, 1) twice, int64: top and left of the crop
    shaken: tuple[Tensor, Tensor] | None = None  # (5, B): angle, zoom, right, down, light; (B, C) contrast; logarithms
    mirrored: tuple[Tensor, ...] = ()  # (B, 1, 1, 1) bool: left to right, top to bottom, along the diagonal


def augment(batch: Batch, training: TrainingConfig) -> Batch:
    """The batch as the config says it is seen: cropped, shaken, mirrored, turned, or as it is; pairs both alike."""
    if not (training.crop or training.jitter or training.flip or training.turn):
        return batch
    image, target, other = batch.image, batch.target, batch.other
    view = draw(image, training)
    scale = 1 if target is None else target.shape[-1] // image.shape[-1]
    return batch._replace(
        image=looked_at(image, view, training.crop),
        other=None if other is None else looked_at(other, draw(other, training), training.crop),
        target=None if target is None else looked_at(target, view, training.crop, scale),
    )


def draw(image: Tensor, training: TrainingConfig) -> View:
    """A random view of each of (B, C, H, W)."""
    (count, channels, height, width), device = image.shape, image.device
    corner = shaken = None
    if side := training.crop:
        top, left = (torch.randint(length - side + 1, (count, 1), device=device) for length in (height, width))
        corner = top, left
    if training.jitter:
        moves = training.jitter * torch.empty(5, count, device=device).uniform_(-1, 1)
        contrast = torch.empty(count, min(channels, 3), 1, 1, device=device).uniform_(-1, 1)
        shaken = moves, 0.1 * training.jitter * contrast
    tosses = 3 if training.turn else 1 if training.flip else 0
    mirrored = tuple(torch.rand(count, 1, 1, 1, device=device) < 0.5 for _ in range(tosses))
    return View(corner, shaken, mirrored)


def looked_at(image: Tensor, view: View, side: int, scale: int = 1) -> Tensor:
    """(B, C, H, W) under a view that was drawn for images `scale` times smaller; `side`: of its crop."""
    if view.corner:
        image = crop(image, scale * view.corner[0], scale * view.corner[1], scale * side)
    if view.shaken:
        image = jitter(image, *view.shaken)
    for turn, toss in enumerate(view.mirrored):
        turned = image.flip(3 - turn) if turn < 2 else image.transpose(2, 3)
        image = torch.where(toss, image, turned)
    return image


def crop(image: Tensor, top: Tensor, left: Tensor, side: int) -> Tensor:
    """A square of each image, from (B, 1) and (B, 1): (B, C, H, W) -> (B, C, side, side), channels_last."""
    device = image.device
    rows, columns = (start + torch.arange(side, device=device) for start in (top, left))  #     (B, side)
    which = torch.arange(len(image), device=device)[:, None, None]
    return image.permute(0, 2, 3, 1)[which, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def jitter(image: Tensor, moves: Tensor, contrast: Tensor) -> Tensor:
    """Each image a little turned, zoomed, moved and tinted, what comes in mirrored; (B, C, H, W), channels_last.

    Moves (5, B) and contrast (B, C or 1, 1, 1), drawn evenly up to, for a strength of 1: 10 degrees, a tenth of the
    size, a twentieth of the sides; each channel's contrast by a tenth, and the brightness by a twentieth of black to
    white.
    """
    angle, zoom, right, down, light = moves
    angle, scale = math.radians(10) * angle, (0.1 * zoom).exp()
    cosine, sine = scale * angle.cos(), scale * angle.sin()
    aspect = image.shape[2] / image.shape[3]  # both sides run from -1 to 1; a turn is one of pixels
    rows = [torch.stack([cosine, -aspect * sine, 0.1 * right], 1), torch.stack([sine / aspect, cosine, 0.1 * down], 1)]
    grid = F.affine_grid(torch.stack(rows, 1), list(image.shape), align_corners=False)
    image = F.grid_sample(image, grid, padding_mode="reflection", align_corners=False)
    if contrast.shape[1] > image.shape[1]:  # what is wanted of a colour picture may be grey
        contrast = contrast.mean(1, keepdim=True)
    image = of_colours(lambda seen: (contrast.exp() * seen + 0.1 * light[:, None, None, None]).clamp(-1, 1), image)
    return image.contiguous(memory_format=torch.channels_last)
