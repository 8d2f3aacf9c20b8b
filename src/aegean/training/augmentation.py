"""Random views of training images."""

from __future__ import annotations

import torch
from torch import Tensor

from aegean.config import TrainingConfig
from aegean.data.types import Batch
from aegean.errors import InputError


def augment(batch: Batch, training: TrainingConfig) -> Batch:
    """The batch as the config says it is seen: cropped, mirrored, or as it is."""

    def view(image: Tensor) -> Tensor:
        if training.crop:
            image = crop(image, training.crop)
        return mirror(image, turn=bool(training.crop)) if training.flip else image

    if not training.crop and not training.flip:
        return batch
    return batch._replace(image=view(batch.image), other=None if batch.other is None else view(batch.other))


def crop(image: Tensor, side: int) -> Tensor:
    """A random square of each image: (B, C, H, W) -> (B, C, side, side), channels_last."""
    batch, _, height, width = image.shape
    if side > min(height, width):
        raise InputError(f"--crop {side} is larger than the images, which have {height} x {width} pixels")
    device = image.device
    top = torch.randint(height - side + 1, (batch, 1), device=device) + torch.arange(side, device=device)  # (B, side)
    left = torch.randint(width - side + 1, (batch, 1), device=device) + torch.arange(side, device=device)
    which = torch.arange(batch, device=device)[:, None, None]
    return image.permute(0, 2, 3, 1)[which, top[:, :, None], left[:, None, :]].permute(0, 3, 1, 2)


def mirror(image: Tensor, turn: bool) -> Tensor:
    """Each image left to right with chance 1/2; with `turn`, also top to bottom and along the diagonal."""

    def toss(x: Tensor, y: Tensor) -> Tensor:
        return torch.where(torch.rand(len(x), 1, 1, 1, device=x.device) < 0.5, x, y)

    image = toss(image, image.flip(3))
    if turn:
        image = toss(image, image.flip(2))
        image = toss(image, image.transpose(2, 3))
    return image
