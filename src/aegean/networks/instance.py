"""Instance normalisation (Ulyanov et al. 2016, arXiv:1607.08022), and its statistics taken from elsewhere.

    y = (x - m) / sqrt(v + eps)        m, v: mean and variance of each channel of each image

A network whose only view of the whole image are m and v becomes a plain convolution once they are held: then a picture
in tiles is the picture in one, and a film does not pulse with what enters or leaves the frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional as F

EPSILON = 1e-5


class InstanceNorm(nn.Module):
    """(B, C, H, W) -> the same, mean 0 and variance 1 in each channel of each image, in any memory format.

    On CPUs it is batch normalisation of one image at a time: as written for channels_last as for any other. (torch's
    own instance_norm copies channels_last images, and of a single one it returns wrong gradients.)
    """

    statistics: tuple[Tensor, Tensor] | None = None  # held: mean and variance (C,)
    heard: list[tuple[Tensor, Tensor, int]] | None = None  # being recorded: mean and variance (C,), and of how many
    pooled: tuple[Tensor, Tensor] | None = None  # recorded last
    flow: float | None = None  # the share that the frames before have in the statistics

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        if self.heard is not None:
            variance, mean = torch.var_mean(x.float(), (0, 2, 3), correction=0)
            self.heard.append((mean, variance, x.numel() // x.shape[1]))
        if self.statistics is not None:
            mean, variance = (value.to(x) for value in self.statistics)
            return F.batch_norm(x, mean, variance, eps=EPSILON)
        if self.flow is not None and self.heard is None:
            return F.batch_norm(x, *self._flowing(x), eps=EPSILON)
        if x.shape[-2:] == (1, 1):
            return x - x  # its mean is itself
        if x.device.type != "cpu":
            return F.group_norm(x, x.shape[1], eps=EPSILON)
        return torch.cat([F.batch_norm(one, None, None, training=True, eps=EPSILON) for one in x.split(1)])

    def _flowing(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance (C,), those of the frames before having their share."""
        variance, mean = torch.var_mean(x.float(), (0, 2, 3), correction=0)
        if self.pooled is not None:
            share = 1 - (self.flow or 0.0)
            mean, variance = torch.lerp(self.pooled[0], mean, share), torch.lerp(self.pooled[1], variance, share)
        self.pooled = mean, variance
        return mean.to(x), variance.to(x)


@contextmanager
def recorded(module: nn.Module) -> Iterator[None]:
    """Inside, the statistics of all that passes are taken down; afterwards `held` has them, pooled."""
    norms = _norms(module)
    for norm in norms:
        norm.heard = []
    try:
        yield
        for norm in norms:
            norm.pooled = pool(norm.heard) if norm.heard else None
    finally:
        for norm in norms:
            norm.heard = None


@contextmanager
def held(module: nn.Module) -> Iterator[None]:
    """Inside, everything is normalised by the statistics that were `recorded` last."""
    norms = _norms(module)
    for norm in norms:
        norm.statistics = norm.pooled
    try:
        yield
    finally:
        for norm in norms:
            norm.statistics = None


@contextmanager
def flowing(module: nn.Module, share: float) -> Iterator[None]:
    """Inside, statistics follow those of the frames that pass, one a call; `share`: what is kept each time."""
    norms = _norms(module)
    for norm in norms:
        norm.flow, norm.pooled = share, None
    try:
        yield
    finally:
        for norm in norms:
            norm.flow = norm.pooled = None


def pool(heard: list[tuple[Tensor, Tensor, int]]) -> tuple[Tensor, Tensor]:
    """Means (C,), variances (C,) and counts of parts -> mean and variance (C,) of the whole."""
    means, variances = (torch.stack([part[k] for part in heard]) for k in (0, 1))  # type: ignore[misc]
    share = torch.tensor([part[2] for part in heard], dtype=means.dtype, device=means.device)[:, None]
    share = share / share.sum()
    mean = (share * means).sum(0)
    return mean, (share * (variances + (means - mean).square())).sum(0)


def _norms(module: nn.Module) -> list[InstanceNorm]:
    return [part for part in module.modules() if isinstance(part, InstanceNorm)]
