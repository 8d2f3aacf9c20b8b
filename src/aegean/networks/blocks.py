"""The pieces that all convolutional networks here are made of, chosen by measurement on CPUs (channels_last).

No transposed convolutions: their backward pass is slow. No convolution of few channels at full resolution: images
enter by `SpaceToDepth` and leave by `DepthToSpace`. Nothing is normalised but in the generators of GANs: residual
branches start at zero instead.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class SpaceToDepth(nn.Module):
    """Pixels of each 2 x 2 square become channels: (B, C, 2H, 2W) -> (B, 4C, H, W).

    PixelUnshuffle with another order of channels, one in which a channels_last copy moves whole runs (twice as fast).
    """

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, 2H, 2W) -> (B, 4C, H, W)."""
        b, c, h, w = x.shape
        squares = x.permute(0, 2, 3, 1).reshape(b, h // 2, 2, w // 2, 2, c).permute(0, 1, 3, 2, 4, 5)
        return squares.reshape(b, h // 2, w // 2, 4 * c).permute(0, 3, 1, 2)


class DepthToSpace(nn.Module):
    """The inverse of `SpaceToDepth`: (B, 4C, H, W) -> (B, C, 2H, 2W)."""

    def forward(self, x: Tensor) -> Tensor:
        """(B, 4C, H, W) -> (B, C, 2H, 2W)."""
        b, c, h, w = x.shape
        squares = x.permute(0, 2, 3, 1).reshape(b, h, w, 2, 2, c // 4).permute(0, 1, 3, 2, 4, 5)
        return squares.reshape(b, 2 * h, 2 * w, c // 4).permute(0, 3, 1, 2)


class Smooth(nn.Module):
    """[1 2 1] / 4 down and across: without the pattern of two pixels that DepthToSpace leaves."""

    def __init__(self) -> None:
        super().__init__()
        row = torch.tensor([0.25, 0.5, 0.25])
        self.kernel: Tensor
        self.register_buffer("kernel", (row[:, None] * row)[None, None], persistent=False)  #     (1, 1, 3, 3)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        channels = x.shape[1]
        kernel = self.kernel.expand(channels, -1, -1, -1)
        return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), kernel, groups=channels)


class LayerNorm(nn.LayerNorm):
    """Over the channels of each pixel, (B, C, H, W): as fast as BatchNorm, and no image depends on another."""

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def to_multiple(image: Tensor, multiple: int) -> Tensor:
    """The lower and right border repeated until both sides are multiples. (B, C, H, W) -> (B, C, H + h, W + w)"""
    height, width = image.shape[-2:]
    padding = (0, -width % multiple, 0, -height % multiple)
    varies = not all(isinstance(more, int) for more in padding)  # in a network that is exported for any size
    return F.pad(image, padding, mode="replicate") if varies or any(padding) else image


def norm(kind: str, channels: int) -> nn.Module:
    """`layer`, `batch` or `none`."""
    return {"layer": LayerNorm, "batch": nn.BatchNorm2d, "none": nn.Identity}[kind](channels)


class Residual(nn.Module):
    """x + conv(act(conv(act(x)))); the second convolution starts at zero, so that depth costs no stability.

    With a norm, its two stand before the activations.
    """

    def __init__(self, channels: int, kind: str = "none") -> None:
        super().__init__()
        self.act = nn.SiLU()
        self.norms = nn.ModuleList([norm(kind, channels), norm(kind, channels)])
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.second.weight)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        before, between = self.norms
        change: Tensor = self.second(self.act(between(self.first(self.act(before(x))))))
        return x + change


def residuals(channels: int, depth: int, kind: str = "none") -> list[nn.Module]:
    """`depth` residual blocks."""
    return [Residual(channels, kind) for _ in range(depth)]


def stem(channels: int, width: int) -> nn.Module:
    """Image (B, C, H, W) -> (B, width, H/2, W/2)."""
    return nn.Sequential(SpaceToDepth(), nn.Conv2d(4 * channels, width, 3, padding=1))


def down(channels: int, wider: int) -> nn.Module:
    """Half the resolution: (B, channels, H, W) -> (B, wider, H/2, W/2)."""
    return nn.Sequential(SpaceToDepth(), nn.Conv2d(4 * channels, wider, 1))


def up(channels: int, narrower: int, smooth: bool = False) -> nn.Module:
    """Twice the resolution, the way back of `down`: (B, channels, H, W) -> (B, narrower, 2H, 2W)."""
    return nn.Sequential(nn.Conv2d(channels, 4 * narrower, 1), DepthToSpace(), *([Smooth()] if smooth else []))


def head(width: int, channels: int) -> nn.Sequential:
    """(B, width, H, W) -> image (B, channels, 2H, 2W), the way back of `stem`."""
    return nn.Sequential(nn.SiLU(), nn.Conv2d(width, 4 * channels, 3, padding=1), DepthToSpace())
