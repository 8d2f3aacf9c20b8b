"""The painter: an image with holes -> an image without. A U-Net through whose waist all far parts talk to one another.

The channel-wise fully connected layer of Pathak et al. 2016 (arXiv:1604.07379) carries what is known across the hole;
here two linear layers over the whole waist do, and the fine levels are handed over from the way down.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aegean.networks.autoencoding import Fold, plan
from aegean.networks.blocks import down, head, residuals, stem, up


class Painter(nn.Module):
    """Image (B, C, S, S) and mask (B, 1, S, S), 1 where it is missing -> (B, C, S, S), unbounded, float32."""

    def __init__(self, channels: int, size: int, width: int, growth: int, depth: int, latent: int) -> None:
        super().__init__()
        base, widths = plan(size, width, growth)
        self.size, self.pad = size, base * 2 ** len(widths) - size
        self.stem, self.head = stem(channels + 1, widths[0]), head(widths[0], channels)
        self.fine = nn.ModuleList(nn.Sequential(*residuals(w, depth)) for w in widths[:-1])
        self.down = nn.ModuleList(down(a, b) for a, b in zip(widths, widths[1:]))
        self.before = nn.Sequential(*residuals(widths[-1], depth))
        waist = widths[-1] * base * base
        self.whole = nn.Sequential(
            nn.SiLU(),
            nn.Flatten(),
            nn.Linear(waist, latent),
            nn.SiLU(),
            nn.Linear(latent, waist),
            Fold(widths[-1], base),
        )
        self.after = nn.Sequential(*residuals(widths[-1], depth))
        self.up = nn.ModuleList(up(b, a) for a, b in zip(widths, widths[1:]))
        self.join = nn.ModuleList(nn.Sequential(*residuals(w, depth)) for w in widths[:-1])

    def forward(self, image: Tensor, mask: Tensor) -> Tensor:
        """(B, C, S, S), (B, 1, S, S) -> (B, C, S, S)."""
        x = torch.cat([image * (1 - mask), mask], dim=1)
        x = self.stem(F.pad(x, (0, self.pad, 0, self.pad), mode="replicate") if self.pad else x)
        skips = []
        for fine, narrower in zip(self.fine, self.down):
            x = fine(x)
            skips.append(x)
            x = narrower(x)
        x = self.before(x)
        x = self.after(x + self.whole(x))
        for level in reversed(range(len(skips))):
            x = self.join[level](self.up[level](x) + skips[level])
        painted: Tensor = self.head(x)
        return painted[..., : self.size, : self.size].float()
