"""Residual networks at full resolution: U-Nets that predict what must change, for images of any size.

Residual learning as in DnCNN (Zhang et al. 2017, arXiv:1608.03981); the pixels folded into channels at the door, as in
FFDNet (Zhang et al. 2018, arXiv:1710.04026); and coarser levels, which see further for the same arithmetic each.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import interpolate, pixel_shuffle

from aegean.networks.blocks import residuals
from aegean.networks.unet import UNet

WIDEST = 8  # times the width that the coarsest levels have at most


class FullResolution(UNet):
    """A U-Net of residual blocks alone, and how far it sees."""

    def __init__(self, channels: int, painted: int, width: int, depth: int, levels: int) -> None:
        widths = [width * min(2**level, WIDEST) for level in range(levels)]
        super().__init__(channels, painted, widths, depth)
        steps = [2 ** (level + 1) for level in range(levels)]  # pixels between neighbours of each level
        self.reach = 4 * depth * sum(steps[:-1]) + 2 * depth * steps[-1] + 4 + self.multiple - 1
        self.coarse = nn.Sequential(*residuals(widths[-1], depth))

    def waist(self, x: Tensor) -> Tensor:
        """More residual blocks."""
        return self.coarse(x)


class Denoiser(FullResolution):
    """Noisy image (B, C, H, W) of any size -> clean image (B, C, H, W), float32."""

    def __init__(self, channels: int, width: int, depth: int) -> None:
        super().__init__(channels, channels, width, depth, levels=3)

    def forward(self, image: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        return image - self.paint(image)


class Restorer(FullResolution):
    """Image (B, C, H, W) of any size -> image (B, C', kH, kW), float32: `plainly`, and what must be added to that."""

    def __init__(self, channels: int, wanted: int, width: int, depth: int, levels: int, scale: int = 1) -> None:
        super().__init__(channels, scale**2 * wanted, width, depth, levels)
        self.wanted, self.scale = wanted, scale

    def forward(self, image: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C', kH, kW)."""
        return plainly(image, self.wanted, self.scale) + pixel_shuffle(self.paint(image), self.scale)


def plainly(image: Tensor, channels: int, scale: int) -> Tensor:
    """The same image enlarged by bicubic interpolation, its colours as grey or its grey as colours.

    (B, C, H, W) -> (B, channels, scale H, scale W)
    """
    if channels != image.shape[1]:
        image = image.mean(1, keepdim=True).expand(-1, channels, -1, -1)
    return image if scale == 1 else interpolate(image, scale_factor=float(scale), mode="bicubic")
