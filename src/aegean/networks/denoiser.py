"""A residual full-resolution denoiser: a U-Net that predicts the noise, for images of any size.

Residual learning as in DnCNN (Zhang et al. 2017, arXiv:1608.03981); the pixels folded into channels at the door, as in
FFDNet (Zhang et al. 2018, arXiv:1710.04026); and coarser levels, which see further for the same arithmetic each.
"""

from __future__ import annotations

from torch import Tensor, nn

from aegean.networks.blocks import residuals
from aegean.networks.unet import UNet


class Denoiser(UNet):
    """Noisy image (B, C, H, W) of any size -> clean image (B, C, H, W), float32."""

    LEVELS = 3

    def __init__(self, channels: int, width: int, depth: int) -> None:
        widths = [width * 2**i for i in range(self.LEVELS)]
        super().__init__(channels, channels, widths, depth)
        self.reach = 40 * depth + 11  # pixels around a pixel that it depends on
        self.coarse = nn.Sequential(*residuals(widths[-1], depth))

    def waist(self, x: Tensor) -> Tensor:
        """More residual blocks."""
        return self.coarse(x)

    def forward(self, image: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        return image - self.paint(image)
