"""Image -> image of another domain, and the judge of patches (Zhu et al. 2017, arXiv:1703.10593, section 7.2).

As published, but for what is slow: images enter by SpaceToDepth and leave by DepthToSpace, and so do their halves. The
features of the first halving also go straight to the last layers, neither of them normed: details and colours need not
pass through the blocks, which a quarter of the published channels would not let through.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aegean.networks.blocks import DepthToSpace, Smooth, SpaceToDepth, to_multiple
from aegean.networks.instance import InstanceNorm


class NormedResidual(nn.Module):
    """x + norm(conv(relu(norm(conv(x)))))."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.change = nn.Sequential(
            *_normed(_same(channels, channels, 3)),
            _same(channels, channels, 3),
            InstanceNorm(),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        change: Tensor = self.change(x)
        return x + change


class Translator(nn.Module):
    """Image (B, C, H, W) of any size -> (B, C, H, W) in [-1, 1], float32."""

    MULTIPLE = 4

    def __init__(self, channels: int, width: int, blocks: int) -> None:
        super().__init__()
        self.reach = 8 * blocks + 24  # pixels: each of a block's two convolutions sees four further
        self.enter = nn.Sequential(SpaceToDepth(), _same(4 * channels, width, 5, bias=True))
        self.body = nn.Sequential(
            InstanceNorm(),
            nn.ReLU(),
            SpaceToDepth(),
            *_normed(_same(4 * width, 2 * width, 1)),
            *[NormedResidual(2 * width) for _ in range(blocks)],
            _same(2 * width, 4 * width, 1),
            DepthToSpace(),
            Smooth(),
            InstanceNorm(),
            nn.ReLU(),
        )
        self.leave = nn.Sequential(
            _same(2 * width, width, 3, bias=True),
            nn.ReLU(),
            _same(width, 4 * channels, 5, bias=True),
            DepthToSpace(),
            Smooth(),
        )
        self.apply(_published)

    def forward(self, image: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        height, width = image.shape[-2:]
        fine = self.enter(to_multiple(image, self.MULTIPLE))
        painted: Tensor = self.leave(torch.cat([self.body(fine), fine], 1))
        return painted[..., :height, :width].float().tanh()


class PatchDiscriminator(nn.Module):
    """Image (B, C, H, W) of any size -> a logit for each patch (B, patches), float32."""

    def __init__(self, channels: int, width: int, levels: int) -> None:
        super().__init__()
        self.multiple = 2**levels
        widths = [width * 2**level for level in range(levels)]
        layers: list[nn.Module] = [SpaceToDepth(), nn.Conv2d(4 * channels, width, 3, padding=1), nn.LeakyReLU(0.2)]
        for narrow, wide in zip(widths, widths[1:]):
            layers += [SpaceToDepth(), nn.Conv2d(4 * narrow, wide, 3, padding=1, bias=False)]
            layers += [InstanceNorm(), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 3, padding=1))
        self.apply(_published)

    def forward(self, image: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, patches)."""
        logit: Tensor = self.layers(to_multiple(image, self.multiple))
        return logit.flatten(1).float()


def _same(channels: int, wanted: int, side: int, bias: bool = False) -> nn.Module:
    """A convolution that keeps the size; beyond the border is what is at the border, or it would show as a frame."""
    return nn.Conv2d(channels, wanted, side, padding=side // 2, padding_mode="replicate", bias=bias)


def _normed(convolution: nn.Module) -> list[nn.Module]:
    return [convolution, InstanceNorm(), nn.ReLU()]


def _published(module: nn.Module) -> None:
    """Weights from N(0, 0.02^2)."""
    if isinstance(module, nn.Conv2d):
        nn.init.normal_(module.weight, std=0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
