"""Random views of training images."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from aegean.data.types import Batch
from aegean.families import TrainingConfig
from aegean.images import of_colours


def augment(batch: Batch, training: TrainingConfig) -> Batch:
    """The batch as the config says it is seen: cropped, shaken, mirrored, turned, or as it is."""

    def view(image: Tensor) -> Tensor:
        if training.crop:
            image = crop(image, training.crop)
        if training.jitter:
            image = jitter(image, training.jitter)
        return mirror(image, training.turn) if training.flip or training.turn else image

    if not (training.crop or training.jitter or training.flip or training.turn):
        return batch
    return batch._replace(image=view(batch.image), other=None if batch.other is None else view(batch.other))


def crop(image: Tensor, side: int) -> Tensor:
    """A random square of each image: (B, C, H, W) -> (B, C, side, side), channels_last."""
    batch, _, height, width = image.shape
    device = image.device
    top = torch.randint(height - side + 1, (batch, 1), device=device) + torch.arange(side, device=device)  # (B, side)
    left = torch.randint(width - side + 1, (batch, 1), device=device) + torch.arange(side, device=device)
    which = torch.arange(batch, device=device)[:, None, None]
    return image.permute(0, 2, 3, 1)[which, top[:, :, None], left[:, None, :]].permute(0, 3, 1, 2)


def jitter(image: Tensor, strength: float) -> Tensor:
    """Each image a little turned, zoomed, moved and tinted, what comes in mirrored; (B, C, H, W), channels_last.

    Evenly up to, for a strength of 1: 10 degrees, a tenth of the size, a twentieth of the side; each channel's contrast
    by a tenth, and the brightness by a twentieth of black to white.
    """
    batch, channels = image.shape[:2]
    angle, zoom, right, down, light = strength * torch.empty(5, batch, device=image.device).uniform_(-1, 1)
    angle, scale = math.radians(10) * angle, (0.1 * zoom).exp()
    cosine, sine = scale * angle.cos(), scale * angle.sin()
    rows = [torch.stack([cosine, -sine, 0.1 * right], 1), torch.stack([sine, cosine, 0.1 * down], 1)]
    grid = F.affine_grid(torch.stack(rows, 1), list(image.shape), align_corners=False)
    image = F.grid_sample(image, grid, padding_mode="reflection", align_corners=False)
    contrast = (0.1 * strength * torch.empty(batch, min(channels, 3), 1, 1, device=image.device).uniform_(-1, 1)).exp()
    image = of_colours(lambda seen: (contrast * seen + 0.1 * light[:, None, None, None]).clamp(-1, 1), image)
    return image.contiguous(memory_format=torch.channels_last)


def mirror(image: Tensor, turn: bool) -> Tensor:
    """Each image left to right with chance 1/2; with `turn`, also top to bottom and along the diagonal."""

    def toss(x: Tensor, y: Tensor) -> Tensor:
        return torch.where(torch.rand(len(x), 1, 1, 1, device=x.device) < 0.5, x, y)

    image = toss(image, image.flip(3))
    if turn:
        image = toss(image, image.flip(2))
        image = toss(image, image.transpose(2, 3))
    return image
