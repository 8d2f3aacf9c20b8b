"""The painter: an image with holes -> an image without. A U-Net through whose waist all far parts talk to one another.

The channel-wise fully connected layer of Pathak et al. 2016 (arXiv:1604.07379) carries what is known across the hole;
here two linear layers over the whole waist do, and the fine levels are handed over from the way down.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aegean.networks.autoencoding import Fold, plan
from aegean.networks.blocks import residuals
from aegean.networks.unet import UNet
from aegean.sizes import Size


class Painter(UNet):
    """Image (B, C, H, W) and mask (B, 1, H, W), 1 where it is missing -> (B, C, H, W), unbounded, float32."""

    def __init__(
        self, channels: int, size: Size, width: int, growth: int, depth: int, latent: int, dropout: float = 0.0
    ) -> None:
        base, widths = plan(size, width, growth)
        super().__init__(channels + 1, channels, widths, depth)
        self.before = nn.Sequential(*residuals(widths[-1], depth))
        self.dropout = nn.Dropout(dropout)
        features = widths[-1] * base.pixels
        self.whole = nn.Sequential(
            nn.SiLU(),
            nn.Flatten(),
            nn.Linear(features, latent),
            nn.SiLU(),
            nn.Dropout(dropout),
            nn.Linear(latent, features),
            Fold(widths[-1], base),
        )
        self.after = nn.Sequential(*residuals(widths[-1], depth))

    def waist(self, x: Tensor) -> Tensor:
        """Residual blocks around a connection from everywhere to everywhere."""
        x = self.dropout(self.before(x))
        return self.after(x + self.whole(x))

    def forward(self, image: Tensor, mask: Tensor) -> Tensor:
        """(B, C, H, W), (B, 1, H, W) -> (B, C, H, W)."""
        return self.paint(torch.cat([image * (1 - mask), mask], dim=1))
