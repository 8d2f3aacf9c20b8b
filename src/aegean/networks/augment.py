"""DiffAugment (Zhao et al. 2020, arXiv:2006.10738): random changes through which a gradient flows.

The discriminator sees real and made images altered by the same kinds of change, never as they are; so it cannot learn
the few real images by heart, and the generator does not learn the changes. Images (B, C, H, W) in [-1, 1].
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from aegean.images import of_colours


def colour(image: Tensor) -> Tensor:
    """Brightness by up to a quarter of black to white, saturation times 0 to 2, contrast times 0.5 to 1.5."""
    brightness, saturation, contrast = torch.rand(3, len(image), 1, 1, 1, device=image.device)

    def change(image: Tensor) -> Tensor:
        image = image + (brightness - 0.5)
        grey = image.mean(1, keepdim=True)
        image = torch.lerp(grey, image, 2 * saturation)
        middle = image.mean((1, 2, 3), keepdim=True)
        return torch.lerp(middle, image, contrast + 0.5)

    return of_colours(change, image)


def translation(image: Tensor, part: float = 0.125) -> Tensor:
    """Moved by up to `part` of its sides in each direction; black comes in. channels_last."""
    batch, _, height, width = image.shape
    far, wide = (max(1, round(part * side)) for side in (height, width))
    padded = F.pad(image, (wide, wide, far, far), value=-1.0).permute(0, 2, 3, 1)  #           (B, H + 2f, W + 2w, C)
    down, right = (torch.randint(2 * most + 1, (batch, 1), device=image.device) for most in (far, wide))
    rows = (torch.arange(height, device=image.device) + down)[:, :, None]  #                   (B, H, 1)
    columns = (torch.arange(width, device=image.device) + right)[:, None, :]  #                (B, 1, W)
    return padded[torch.arange(batch, device=image.device)[:, None, None], rows, columns].permute(0, 3, 1, 2)


def cutout(image: Tensor, part: float = 0.5) -> Tensor:
    """A rectangle of `part` of both sides, its centre anywhere, becomes grey."""
    batch, _, height, width = image.shape
    top, left = torch.rand(2, batch, 1, device=image.device)
    rows = (torch.arange(height, device=image.device) - top * height).abs() < part * height / 2  #  (B, H)
    columns = (torch.arange(width, device=image.device) - left * width).abs() < part * width / 2  #  (B, W)
    return image.masked_fill((rows[:, :, None] & columns[:, None, :])[:, None], 0.0)


CHANGES: dict[str, Callable[[Tensor], Tensor]] = {"colour": colour, "translation": translation, "cutout": cutout}


def augment(image: Tensor, kinds: Sequence[str]) -> Tensor:
    """All changes of `kinds`, one after the other."""
    for kind in kinds:
        image = CHANGES[kind](image)
    return image
