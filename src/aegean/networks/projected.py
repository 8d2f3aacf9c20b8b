"""Discriminators of features instead of pixels (Sauer et al. 2021, arXiv:2111.01007, Projected GANs).

    p_k = C_k f_k + up(S_k p_(k+1))        f_k: features of a network that others trained, fine to coarse
    logits = D_k(p_k), all k               C_k, S_k: random and never learned; D_k: a small network

Mixed at random, the features are all seen, not only those by which real and made are told apart at once. Of each
batch a crop is seen, a few pixels smaller, at a random place, and under noise: or a faint pattern, which says "zebra"
to that network and nothing to the eye, would be what is learned first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

MARGIN = 7  # pixels by which the crop is smaller, of 64 or more
NOISE = 0.15  # its standard deviation, of pixels in [-1, 1]
Look = Callable[[Tensor], Sequence[Tensor]]  # image -> features, fine to coarse, each half the size of the one before


class Projected(nn.Module):
    """Image (B, C, H, W) -> mixed features, as many channels of each size, fine to coarse."""

    def __init__(self, look: Look, channels: Sequence[int], width: int) -> None:
        """`channels`: of the features that `look` gives; `width`: of the mixed ones."""
        super().__init__()
        self.look = look
        self.across = nn.ModuleList(_fixed(nn.Conv2d(count, width, 1, bias=False)) for count in channels)
        self.down = nn.ModuleList(_fixed(nn.Conv2d(width, width, 3, padding=1, bias=False)) for _ in channels[1:])

    def project(self, image: Tensor) -> list[Tensor]:
        """(B, C, H, W) -> (B, width, h, w) each."""
        mixed: list[Tensor] = []
        if self.training:
            margin = min(MARGIN, *(length // 8 for length in image.shape[-2:]))
            height, width = (length - margin for length in image.shape[-2:])
            down, right = torch.randint(margin + 1, (2,)).tolist()
            image = image[..., down : down + height, right : right + width]
            image = image + NOISE * torch.randn_like(image)
        for level, features in reversed(list(enumerate(self.look(image)))):
            here: Tensor = self.across[level](_unit(features))
            if mixed:
                here = here + F.interpolate(self.down[level](mixed[0]), here.shape[-2:])
            mixed.insert(0, _unit(here))
        return mixed


class FeatureDiscriminator(Projected):
    """Image (B, C, H, W) -> logits (B, patches), float32; as many of each size of features, so that all count alike."""

    def __init__(self, look: Look, channels: Sequence[int], width: int) -> None:
        super().__init__(look, channels, width)
        self.judges = nn.ModuleList(nn.Sequential(*_seeing(width), nn.Conv2d(width, 1, 1)) for _ in channels)

    def forward(self, image: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, patches)."""
        return _alike([judge(mixed) for judge, mixed in zip(self.judges, self.project(image))])


class FeatureAttributeDiscriminator(Projected):
    """Image (B, C, H, W), the attributes claimed of it (B, A) -> logits (B, patches), and logits of attributes (B, N).

    As `AttributeDiscriminator`, but that each patch is judged, and attributes are seen in a grid of 4 x 4.
    """

    GRID = 4

    def __init__(self, look: Look, channels: Sequence[int], width: int, claims: int, attributes: int) -> None:
        super().__init__(look, channels, width)
        self.eyes = nn.ModuleList(nn.Sequential(*_seeing(width)) for _ in channels)
        self.judges = nn.ModuleList(nn.Conv2d(width, 1 + claims, 1) for _ in channels)
        self.attributes = nn.Linear(len(channels) * width * self.GRID**2, attributes)

    def forward(self, image: Tensor, claimed: Tensor) -> tuple[Tensor, Tensor]:
        """(B, C, H, W), (B, A) -> (B, patches), (B, N), float32."""
        seen = [eye(mixed) for eye, mixed in zip(self.eyes, self.project(image))]
        weight = torch.cat([torch.ones_like(claimed[:, :1]), claimed / claimed.shape[1]], 1)[:, :, None, None]
        logits = [(judge(each).float() * weight).sum(1, keepdim=True) for judge, each in zip(self.judges, seen)]
        pooled = torch.cat([F.adaptive_avg_pool2d(each, self.GRID).flatten(1) for each in seen], 1)
        return _alike(logits), self.attributes(pooled).float()


def _seeing(width: int) -> list[nn.Module]:
    return [
        nn.Conv2d(width, width, 3, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(width, width, 1),
        nn.LeakyReLU(0.2),
    ]


def _alike(logits: Sequence[Tensor]) -> Tensor:
    """(B, 1, h, w) each, the finest first -> (B, patches), each repeated to be as many as the finest."""
    finest = logits[0].shape[-2:]
    return torch.cat([F.interpolate(logit.float(), finest).flatten(1) for logit in logits], 1)


def _unit(features: Tensor) -> Tensor:
    """Features scaled to a mean square of 1 over the channels of each place."""
    return features * (features.float().square().mean(1, keepdim=True) + 1e-6).rsqrt()


def _fixed(convolution: nn.Conv2d) -> nn.Conv2d:
    """Random, and no player's to change."""
    nn.init.kaiming_normal_(convolution.weight, nonlinearity="linear")
    return convolution.requires_grad_(False)
