"""A ladder: up from the image to a code, and down again with more codes at each resolution on the way.

The parts of a hierarchical VAE as in Sonderby et al. 2016 (arXiv:1602.02282), each code told relative to its prior as
in NVAE (Vahdat & Kautz 2020, arXiv:2007.03898). Sizes as of `Encoder` and `Decoder`: 28 -> 14 -> 7.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aegean.networks.autoencoding import Fold, plan
from aegean.networks.blocks import down, head, residuals, stem, up
from aegean.sizes import Size


class Climb(nn.Module):
    """Image (B, C, H, W) -> features (B, W, h, w) of each resolution, the coarsest first."""

    def __init__(self, channels: int, size: Size, width: int, growth: int, depth: int) -> None:
        super().__init__()
        base, widths = plan(size, width, growth)
        down_to, right_to = base.times(2 ** len(widths))
        self.pad = (0, right_to - size.width, 0, down_to - size.height)
        self.stem = stem(channels, widths[0])
        self.halve = nn.ModuleList(down(narrow, wide) for narrow, wide in zip(widths, widths[1:]))
        self.body = nn.ModuleList(nn.Sequential(*residuals(each, depth)) for each in widths)

    def forward(self, image: Tensor) -> list[Tensor]:
        """(B, C, H, W) -> [(B, W, h, w), ..., (B, width, H/2, W/2)]."""
        features = [self.body[0](self.stem(F.pad(image, self.pad, mode="replicate")))]
        for halve, body in zip(self.halve, self.body[1:]):
            features.append(body(halve(features[-1])))
        return features[::-1]


class Top(nn.Module):
    """The topmost code: a vector u ~ N(0, I)."""

    def __init__(self, width: int, base: Size, latent: int) -> None:
        super().__init__()
        self.shape: tuple[int, ...] = (latent,)
        self.enlarged = nn.Identity()
        self.ask = nn.Sequential(nn.SiLU(), nn.Flatten(), nn.Linear(width * base.pixels, 2 * latent))
        self.bring = nn.Sequential(nn.Linear(latent, width * base.pixels), Fold(width, base))

    def posterior(self, state: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of u, (B, Z) each, from the features (B, W, h, w) of the image."""
        mean, log_variance = self.ask(seen).float().chunk(2, 1)
        return mean, log_variance

    def forward(self, state: Tensor, u: Tensor) -> Tensor:
        """u (B, Z) -> the first state (B, W, h, w)."""
        brought: Tensor = self.bring(u)
        return brought


class Layer(nn.Module):
    """A code below: z = m(state) + s(state) u with u ~ N(0, 1), so that u is told in units of its prior."""

    def __init__(self, width: int, size: Size, maps: int, depth: int, enlarged: nn.Module) -> None:
        """`enlarged`: what happens to the state first, where it comes from a coarser resolution."""
        super().__init__()
        self.shape: tuple[int, ...] = (maps, *size)
        self.enlarged = enlarged
        self.ask = nn.Sequential(
            nn.Conv2d(2 * width, width, 1), *residuals(width, 1), nn.SiLU(), _zero(width, 2 * maps)
        )
        self.prior = nn.Sequential(nn.SiLU(), _zero(width, 2 * maps))
        self.bring = nn.Conv2d(maps, width, 1)
        self.after = nn.Sequential(*residuals(width, depth))

    def posterior(self, state: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of u, (B, maps, h, w) each, from the state and the features of the image."""
        mean, log_variance = self.ask(torch.cat([state, seen], 1)).float().chunk(2, 1)
        return mean, log_variance

    def forward(self, state: Tensor, u: Tensor) -> Tensor:
        """The state (B, W, h, w) with what u (B, maps, h, w) adds."""
        mean, log_scale = self.prior(state).chunk(2, 1)
        after: Tensor = self.after(state + self.bring(mean + log_scale.exp() * u))
        return after


class Ladder(nn.Module):
    """All layers from the top down, and the way up beside them."""

    def __init__(
        self,
        channels: int,
        size: Size | int,
        *,
        width: int,
        growth: int,
        depth: int,
        latent: int,
        layers: int,
        maps: int,
    ) -> None:
        """`layers` of codes of so many `maps` at each resolution, below a vector of `latent` numbers."""
        super().__init__()
        self.size = size = Size.of(size)
        base, widths = plan(size, width, growth)
        self.climb = Climb(channels, size, width, growth, depth)
        self.top, below = Top(widths[-1], base, latent), list[Layer]()
        self.sees = [0]  # which of the features each layer sees, the topmost first
        for level, wide in enumerate(reversed(widths)):
            for k in range(layers):
                enters = up(widths[-level], wide) if level and k == 0 else nn.Identity()
                below.append(Layer(wide, base.times(2**level), maps, depth, enters))
                self.sees.append(level)
        self.below = nn.ModuleList(below)
        self.head = head(widths[0], channels)

    @property
    def layers(self) -> list[Top | Layer]:
        """The topmost first."""
        return [self.top, *cast("list[Layer]", list(self.below))]

    def posterior(self, k: int, state: Tensor, features: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of the code of layer k, given the state above it and what `climb` saw."""
        return self.layers[k].posterior(state, features[self.sees[k]])

    def descend(self, code: Callable[[int, Tensor], Tensor]) -> Tensor:
        """From the top down, `code(k, state)` giving the code of layer k -> (B, C, H, W), unbounded, float32."""
        state = torch.empty(0)  # there is nothing above the topmost
        for k, layer in enumerate(self.layers):
            state = layer.enlarged(state)
            state = layer(state, code(k, state))
        image: Tensor = self.head(state)
        return image[..., : self.size.height, : self.size.width].float()


def _zero(width: int, outputs: int) -> nn.Conv2d:
    """A convolution that gives nothing at first."""
    layer = nn.Conv2d(width, outputs, 3, padding=1)
    nn.init.zeros_(layer.weight)
    assert layer.bias is not None
    nn.init.zeros_(layer.bias)
    return layer
