"""A residual full-resolution denoiser: a U-Net that predicts the noise, for images of any size.

Residual learning as in DnCNN (Zhang et al. 2017, arXiv:1608.03981); the pixels folded into channels at the door, as in
FFDNet (Zhang et al. 2018, arXiv:1710.04026); and coarser levels, which see further for the same arithmetic each.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from aegean.networks.blocks import down, head, residuals, stem, up


class Denoiser(nn.Module):
    """Noisy image (B, C, H, W) of any size -> clean image (B, C, H, W), float32."""

    LEVELS = 3

    def __init__(self, channels: int, width: int, depth: int) -> None:
        super().__init__()
        widths = [width * 2**i for i in range(self.LEVELS)]
        self.stem, self.head = stem(channels, width), head(width, channels)
        self.fine = nn.ModuleList(nn.Sequential(*residuals(w, depth)) for w in widths[:-1])
        self.down = nn.ModuleList(down(a, b) for a, b in zip(widths, widths[1:]))
        self.coarse = nn.Sequential(*residuals(widths[-1], depth))
        self.up = nn.ModuleList(up(b, a) for a, b in zip(widths, widths[1:]))
        self.join = nn.ModuleList(nn.Sequential(*residuals(w, depth)) for w in widths[:-1])

    def forward(self, image: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        height, width = image.shape[-2:]
        multiple = 2**self.LEVELS
        padding = (0, -width % multiple, 0, -height % multiple)
        x = self.stem(F.pad(image, padding, mode="replicate") if any(padding) else image)
        skips = []
        for fine, narrower in zip(self.fine, self.down):
            x = fine(x)
            skips.append(x)
            x = narrower(x)
        x = self.coarse(x)
        for level in reversed(range(len(skips))):
            x = self.join[level](self.up[level](x) + skips[level])
        noise: Tensor = self.head(x)
        return image - noise[..., :height, :width].float()
