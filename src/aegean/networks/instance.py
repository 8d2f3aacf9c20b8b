"""Instance normalisation (Ulyanov et al. 2016, arXiv:1607.08022), and its statistics taken from elsewhere.

    y = (x - m) / sqrt(v + eps)        m, v: mean and variance of each channel of each image

A network whose only view of the whole image are m and v becomes a plain convolution once they are given: then a picture
in tiles is the picture in one, and a film does not pulse with what enters or leaves the frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional as F

EPSILON = 1e-5
DRIFT = 0.25  # part by which statistics that flow may differ from a frame's own, in its deviations
Tile = tuple[Tensor, tuple[slice, slice]]  # (B, C, H, W), and which rows and columns of it are not margin


class LayerRecorded(Exception):
    """A layer has recorded a tile: the layers after it are not wanted."""


class InstanceNorm(nn.Module):
    """(B, C, H, W) -> the same, mean 0 and variance 1 in each channel of each image, in any memory format.

    On CPUs it is batch normalisation of one image at a time: as written for channels_last as for any other. (torch's
    own instance_norm copies channels_last images, and of a single one it returns wrong gradients.)
    """

    statistics: tuple[Tensor, Tensor] | None = None  # given: mean and variance (C,)
    parts: list[tuple[Tensor, Tensor, int]] | None = None  # being recorded: mean and variance (C,), and of how many
    inside: list[tuple[int, slice]] | None = None  # of a tile's rows and columns: how many, and which are recorded
    pooled: tuple[Tensor, Tensor] | None = None  # recorded last
    momentum: float | None = None  # the share that the frames before have in the statistics
    moving: tuple[Tensor, Tensor] | None = None  # those of the frames before

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        if self.statistics is not None:
            mean, variance = (value.to(x) for value in self.statistics)
            return F.batch_norm(x, mean, variance, eps=EPSILON)
        if self.parts is not None:
            self._record(x)
        if self.momentum is not None and self.parts is None:
            variance, mean = torch.var_mean(x.float(), (0, 2, 3), correction=0)
            self.moving = mean, variance = self.blended(mean, variance)
            return F.batch_norm(x, mean.to(x), variance.to(x), eps=EPSILON)
        if x.shape[-2:] == (1, 1):
            return x - x  # its mean is itself
        if x.device.type != "cpu" or torch.compiler.is_exporting():
            return F.group_norm(x, x.shape[1], eps=EPSILON)
        if len(x) == 1:  # cat would copy
            return F.batch_norm(x, None, None, training=True, eps=EPSILON)
        return torch.cat([F.batch_norm(one, None, None, training=True, eps=EPSILON) for one in x.split(1)])

    def blended(self, mean: Tensor, variance: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance (C,), those of frames before having their share; near its own, after any cut."""
        if self.momentum is None or self.moving is None:
            return mean, variance
        middle, spread = (
            torch.lerp(moving, now, 1 - self.momentum) for moving, now in zip(self.moving, (mean, variance))
        )
        reach, times = DRIFT * variance.sqrt(), 1 + DRIFT
        return middle.clamp(mean - reach, mean + reach), spread.clamp(variance / times, variance * times)

    def _record(self, x: Tensor) -> None:
        """Record (B, C, H, W), without the margins if it is of a tile, which then ends here."""
        assert self.parts is not None
        for axis, (size, part) in enumerate(self.inside or (), start=2):
            stride = -(-size // x.shape[axis])  # rounded up: networks pad what is no multiple of it
            start, stop = part.start // stride, x.shape[axis] if part.stop == size else part.stop // stride
            x = x.narrow(axis, start, stop - start)
        variance, mean = torch.var_mean(x.float(), (0, 2, 3), correction=0)
        self.parts.append((mean, variance, x.numel() // x.shape[1]))
        if self.inside is not None:
            raise LayerRecorded


@contextmanager
def record_statistics(module: nn.Module) -> Iterator[None]:
    """Inside, the statistics of all that passes are taken down; afterwards `pooled_statistics` has them."""
    norms = _norms(module)
    for norm in norms:
        norm.parts = []
    try:
        yield
        for norm in norms:
            if norm.parts:
                norm.pooled = norm.blended(*pool(norm.parts))
    finally:
        for norm in norms:
            norm.parts = None


def record_tiled_statistics(
    module: nn.Module, function: Callable[[Tensor], Tensor], tiles: Callable[[], Iterable[Tile]]
) -> None:
    """Record the statistics of all tiles' insides together; afterwards `pooled_statistics` has them.

    `function` translates a tile, by a network in `module`.

    The statistics of a layer follow from those of the layers before it: so the tiles pass once for each layer, as far
    as that layer, under the final statistics of those before it. (All layers at once, again and again, come no sooner
    to rest: what the first ones change grows from layer to layer.)
    """
    norms = _norms(module)
    for norm in norms:
        norm.pooled = None
    while _next_layer(module, function, tiles()):
        pass
    for norm in norms:
        if norm.momentum is not None and norm.pooled is not None:
            norm.moving = norm.pooled


@contextmanager
def pooled_statistics(module: nn.Module) -> Iterator[None]:
    """Inside, everything is normalised by the statistics that were recorded last."""
    norms = _norms(module)
    for norm in norms:
        norm.statistics = norm.pooled
    try:
        yield
    finally:
        for norm in norms:
            norm.statistics = None


@contextmanager
def moving_statistics(module: nn.Module, share: float) -> Iterator[None]:
    """Inside, statistics follow those of the frames that pass, one a call; `share`: what is kept each time."""
    norms = _norms(module)
    for norm in norms:
        norm.momentum, norm.moving = share, None
    try:
        yield
    finally:
        for norm in norms:
            norm.momentum = norm.moving = None


def pool(parts: list[tuple[Tensor, Tensor, int]]) -> tuple[Tensor, Tensor]:
    """Means (C,), variances (C,) and counts of parts -> mean and variance (C,) of the whole."""
    means, variances = (torch.stack([part[k] for part in parts]) for k in (0, 1))  # type: ignore[misc]
    share = torch.tensor([part[2] for part in parts], dtype=means.dtype, device=means.device)[:, None]
    share = share / share.sum()
    mean = (share * means).sum(0)
    return mean, (share * (variances + (means - mean).square())).sum(0)


def _next_layer(module: nn.Module, function: Callable[[Tensor], Tensor], tiles: Iterable[Tile]) -> bool:
    """Record the first layer that is not yet; False: there is none."""
    norms = _norms(module)
    with pooled_statistics(module), record_statistics(module):
        try:
            for tile, inside in tiles:
                for norm in norms:
                    norm.inside = list(zip(tile.shape[-2:], inside))
                try:
                    function(tile)
                except LayerRecorded:
                    continue
                return False
        finally:
            for norm in norms:
                norm.inside = None
    return True


def _norms(module: nn.Module) -> list[InstanceNorm]:
    return [part for part in module.modules() if isinstance(part, InstanceNorm)]
