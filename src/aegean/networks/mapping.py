"""Image <-> a code that is a small map. Residual convolutions, and one look of every place at every other at the code.

The way back has more blocks at the code's resolution, where they are cheap and most of what is painted is decided.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from aegean.networks.blocks import down, head, residuals, stem, to_multiple, up
from aegean.networks.velocity import Attention
from aegean.sizes import Size


class MapEncoder(nn.Module):
    """Image (B, C, H, W) -> code (B, K, h, w), float32, whose numbers have mean 0 and mean square 1."""

    def __init__(self, channels: int, width: int, growth: int, depth: int, halvings: int, code: int) -> None:
        super().__init__()
        self.multiple = 2**halvings
        widths = [min(width * growth**level, 4 * width) for level in range(halvings)]
        body = [stem(channels, width), *residuals(width, depth)]
        for narrow, wide in zip(widths, widths[1:]):
            body += [down(narrow, wide), *residuals(wide, depth)]
        self.body = nn.Sequential(*body, nn.SiLU(), nn.Conv2d(widths[-1], code, 3, padding=1))

    def forward(self, image: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, K, h, w)."""
        code: Tensor = self.body(to_multiple(image, self.multiple)).float()
        return F.layer_norm(code, code.shape[1:])


class MapDecoder(nn.Module):
    """Code (B, K, h, w) -> image (B, C, H, W) of `size`, unbounded, float32."""

    def __init__(
        self, channels: int, size: Size | int, width: int, growth: int, depth: int, halvings: int, code: int
    ) -> None:
        super().__init__()
        widths = [min(width * growth**level, 4 * width) for level in range(halvings)]
        self.size = Size.of(size)
        body: list[nn.Module] = [nn.Conv2d(code, widths[-1], 3, padding=1), *residuals(widths[-1], depth)]
        body += [Attention(widths[-1]), *residuals(widths[-1], depth)]
        for wide, narrow in zip(widths[::-1], widths[-2::-1]):
            body += [up(wide, narrow), *residuals(narrow, depth)]
        self.body = nn.Sequential(*body, head(width, channels))

    def forward(self, code: Tensor) -> Tensor:
        """(B, K, h, w) -> (B, C, H, W)."""
        image: Tensor = self.body(code)
        return image[..., : self.size.height, : self.size.width].float()
