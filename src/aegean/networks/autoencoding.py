"""Encoder and decoder: residual convolutions for any size from 8 to 256 and any channel count, or the classic MLP.

The convolutional pair halves the resolution until at most 8 pixels a side are left: 28 -> 14 -> 7, 64 -> 32 -> 16 -> 8;
of images that are not square, until that is so of the longer side: 96 x 64 -> 48 x 32 -> 24 x 16 -> 12 x 8 -> 6 x 4.
Channels: `width` at half resolution, doubled (times `growth`) with each further halving, up to four times `width`.
"""

from __future__ import annotations

import math

from torch import Tensor, nn
from torch.nn import functional as F

from aegean.errors import InputError
from aegean.networks.blocks import Smooth, down, head, norm, residuals, stem, up
from aegean.networks.condition import Condition
from aegean.sizes import Size


def plan(size: Size, width: int, growth: int) -> tuple[Size, list[int]]:
    """Height and width at the coarsest resolution, and the channels from half resolution down to it."""
    if not 8 <= size.shorter <= size.longer <= 256:
        raise InputError(f"images of {size.in_pixels}: these networks take 8 to 256; set --size")
    halvings = max(1, math.ceil(math.log2(size.longer / 8)))
    base = Size(*(math.ceil(side / 2**halvings) for side in size))
    return base, [min(width * growth**i, 4 * width) for i in range(halvings)]


class Encoder(nn.Module):
    """Image (B, C, H, W), and labels if there are `classes` -> numbers (B, outputs), float32."""

    def __init__(
        self,
        channels: int,
        size: Size | int,
        outputs: int,
        classes: int = 0,
        *,
        network: str = "conv",
        width: int = 32,
        growth: int = 2,
        depth: int = 1,
        hidden: int = 200,
    ) -> None:
        """`network`: conv, of `width`, `growth` and `depth`; or mlp, of `hidden` units."""
        super().__init__()
        size = Size.of(size)
        if network == "mlp":
            self.pad = (0, 0)
            self.stem: nn.Module = nn.Sequential(nn.Flatten(), nn.Linear(channels * size.pixels, hidden))
            self.condition = Condition(classes, hidden)
            body: list[nn.Module] = [nn.Tanh(), nn.Linear(hidden, hidden), nn.Tanh()]
            self.body = nn.Sequential(*body, nn.Linear(hidden, outputs))
            return
        base, widths = plan(size, width, growth)
        down_to, right_to = base.times(2 ** len(widths))
        self.pad = (down_to - size.height, right_to - size.width)
        self.stem = stem(channels, widths[0])
        self.condition = Condition(classes, widths[0])
        body = residuals(widths[0], depth)
        for narrow, wide in zip(widths, widths[1:]):
            body += [down(narrow, wide), *residuals(wide, depth)]
        body += [nn.SiLU(), nn.Flatten(), nn.Linear(widths[-1] * base.pixels, outputs)]
        self.body = nn.Sequential(*body)

    def forward(self, image: Tensor, label: Tensor | None = None) -> Tensor:
        """(B, C, H, W) -> (B, outputs)."""
        if any(self.pad):
            image = F.pad(image, (0, self.pad[1], 0, self.pad[0]), mode="replicate")
        out: Tensor = self.body(self.condition(self.stem(image), label))
        return out.float()


class Decoder(nn.Module):
    """Code (B, Z), and labels if there are `classes` -> (B, C, H, W), unbounded, float32."""

    def __init__(
        self,
        channels: int,
        size: Size | int,
        latent: int,
        classes: int = 0,
        *,
        normalise: str = "none",
        smooth: bool = False,
        network: str = "conv",
        width: int = 32,
        growth: int = 2,
        depth: int = 1,
        hidden: int = 200,
    ) -> None:
        """Sizes as of `Encoder`; a norm of the kind `normalise`, and a `smooth` last layer (conv)."""
        super().__init__()
        self.size = size = Size.of(size)
        if network == "mlp":
            self.stem = nn.Linear(latent, hidden)
            body: list[nn.Module] = [nn.Tanh(), nn.Linear(hidden, hidden), nn.Tanh()]
            body += [nn.Linear(hidden, channels * size.pixels), nn.Unflatten(1, (channels, *size))]
            self.condition = Condition(classes, hidden)
            self.body = nn.Sequential(*body)
            return
        base, widths = plan(size, width, growth)
        self.stem = nn.Linear(latent, widths[-1] * base.pixels)
        self.condition = Condition(classes, widths[-1] * base.pixels)
        body = [Fold(widths[-1], base), *residuals(widths[-1], depth, normalise)]
        for wide, narrow in zip(widths[::-1], widths[-2::-1]):
            body += [up(wide, narrow), *residuals(narrow, depth, normalise)]
        if normalise != "none":
            body.append(norm(normalise, widths[0]))
        self.body = nn.Sequential(*body, head(widths[0], channels))
        if smooth:
            self.body.append(Smooth())

    def forward(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        """(B, Z) -> (B, C, H, W)."""
        out: Tensor = self.body(self.condition(self.stem(latent), label))
        return out[:, :, : self.size.height, : self.size.width].float()


class Fold(nn.Module):
    """(B, H * W * C) -> (B, C, H, W) without a copy, channels_last from the start."""

    def __init__(self, channels: int, size: Size) -> None:
        super().__init__()
        self.channels, self.size = channels, size

    def forward(self, x: Tensor) -> Tensor:
        """(B, H * W * C) -> (B, C, H, W)."""
        return x.reshape(x.shape[0], *self.size, self.channels).permute(0, 3, 1, 2)
