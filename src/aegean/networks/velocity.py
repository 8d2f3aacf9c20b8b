"""The network of a flow: where does each number move at time t? A small U-Net, told the time and what is wanted.

    time    sin and cos of t at many frequencies -> two linear layers        (Vaswani et al. 2017)
    block   x + conv(act(norm * (1 + scale) + shift)), conv(act(norm(x)))    scale, shift: of time and condition (ADM)
    waist   every place looks at every other                                 (attention, at the coarsest level alone)
    v       ((t - (1 - t) s^2) x_t + s sqrt(d) U(x_t / sqrt(d), t)) / d      d = (1 - t)^2 s^2 + t^2: variance of x_t

U is the U-Net, s the spread of images. The first part of v is the best guess that is linear in x_t: the noise need not
be carried through U, and what U is given and is to say is of size 1 at every time (Karras et al. 2022,
arXiv:2206.00364, section 5). For CPUs, images enter U by SpaceToDepth and leave by DepthToSpace; codes as they are.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aegean.networks.blocks import DepthToSpace, LayerNorm, SpaceToDepth, down, to_multiple, up

HEAD = 32  # channels of an attention head


class TimeEmbedding(nn.Module):
    """Time (B,) in [0, 1] -> (B, features)."""

    def __init__(self, features: int, frequencies: int = 32) -> None:
        super().__init__()
        self.frequency: Tensor  # from 1 to 1000 radians
        rates = torch.linspace(0, math.log(1000.0), frequencies).exp()
        self.register_buffer("frequency", rates, persistent=False)
        self.mix = nn.Sequential(nn.Linear(2 * frequencies, features), nn.SiLU(), nn.Linear(features, features))

    def forward(self, time: Tensor) -> Tensor:
        """(B,) -> (B, features)."""
        angle = time[:, None] * self.frequency
        mixed: Tensor = self.mix(torch.cat([angle.sin(), angle.cos()], 1))
        return mixed


class TimedResidual(nn.Module):
    """A residual block whose second norm is scaled and shifted by what is known; it starts close to the identity."""

    def __init__(self, channels: int, known: int) -> None:
        super().__init__()
        self.enter, self.between = LayerNorm(channels), LayerNorm(channels)
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        self.tell = nn.Linear(known, 2 * channels)
        nn.init.normal_(self.second.weight, std=1e-3)

    def forward(self, x: Tensor, known: Tensor) -> Tensor:
        """(B, C, H, W), (B, known) -> (B, C, H, W)."""
        scale, shift = self.tell(known)[:, :, None, None].chunk(2, 1)
        change = self.between(self.first(F.silu(self.enter(x)))) * (1 + scale) + shift
        second: Tensor = self.second(F.silu(change))
        return x + second


class Blocks(nn.ModuleList):
    """`depth` timed residual blocks."""

    def __init__(self, channels: int, known: int, depth: int) -> None:
        super().__init__(TimedResidual(channels, known) for _ in range(depth))

    def forward(self, x: Tensor, known: Tensor) -> Tensor:
        """(B, C, H, W), (B, known) -> (B, C, H, W)."""
        for block in self:
            x = block(x, known)
        return x


class Attention(nn.Module):
    """Every place looks at every other (Vaswani et al. 2017); it starts as the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.heads = max(1, channels // HEAD)
        self.norm = LayerNorm(channels)
        self.ask, self.answer = nn.Linear(channels, 3 * channels), nn.Linear(channels, channels)
        nn.init.zeros_(self.answer.weight)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        places = self.norm(x).permute(0, 2, 3, 1).flatten(1, 2)  #                                   (B, HW, C)
        query, key, value = self.ask(places).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)  #      (B, HW, C)
        answer: Tensor = self.answer(seen)
        return x + answer.unflatten(1, x.shape[2:]).permute(0, 3, 1, 2)


class Velocity(nn.Module):
    """State (B, C, H, W), time (B,), what is wanted (B, wishes) -> how the state moves, (B, C, H, W), float32.

    `patch` 2: an image, worked on at half its resolution; 1: a code. `halvings` below that, each `growth` times as
    wide, up to four times. `spread`: root mean square of the numbers of an image or a code.
    """

    def __init__(
        self,
        channels: int,
        width: int,
        growth: int,
        depth: int,
        halvings: int,
        patch: int,
        wishes: int = 0,
        spread: float = 1.0,
    ) -> None:
        super().__init__()
        self.spread = spread
        widths = [min(width * growth**level, 4 * width) for level in range(halvings + 1)]
        self.multiple, known = patch * 2**halvings, 4 * width
        self.time = TimeEmbedding(known)
        self.wish = nn.Linear(wishes, known, bias=False) if wishes else None
        fold, unfold = (SpaceToDepth(), DepthToSpace()) if patch == 2 else (nn.Identity(), nn.Identity())
        self.stem = nn.Sequential(fold, nn.Conv2d(patch**2 * channels, width, 3, padding=1))
        self.fine = nn.ModuleList(Blocks(w, known, depth) for w in widths[:-1])
        self.down = nn.ModuleList(down(a, b) for a, b in zip(widths, widths[1:]))
        self.waist = nn.ModuleList(Blocks(widths[-1], known, 2 * depth))
        self.look = nn.ModuleList(Attention(widths[-1]) for _ in self.waist)
        self.up = nn.ModuleList(up(b, a) for a, b in zip(widths, widths[1:]))
        self.join = nn.ModuleList(Blocks(w, known, depth) for w in widths[:-1])
        leave = nn.Conv2d(width, patch**2 * channels, 3, padding=1)
        self.head = nn.Sequential(LayerNorm(width), nn.SiLU(), leave, unfold)

    def forward(self, state: Tensor, time: Tensor, wish: Tensor | None = None) -> Tensor:
        """(B, C, H, W), (B,), (B, wishes) -> (B, C, H, W)."""
        t = time[:, None, None, None]
        variance = (1 - t) ** 2 * self.spread**2 + t**2
        linear = (t - (1 - t) * self.spread**2) / variance * state
        told = self.told(state * variance.rsqrt(), self.known(time, wish))
        return linear + self.spread * variance.rsqrt() * told

    def known(self, time: Tensor, wish: Tensor | None) -> Tensor:
        """(B,), (B, wishes) -> (B, features)."""
        known = self.time(time)
        if self.wish is not None and wish is not None:
            known = known + self.wish(wish)
        return F.silu(known)

    def told(self, state: Tensor, known: Tensor) -> Tensor:
        """What the U-Net says. (B, C, H, W), (B, features) -> (B, C, H, W)"""
        height, width = state.shape[-2:]
        x = self.stem(to_multiple(state, self.multiple))
        skips = []
        for fine, narrower in zip(self.fine, self.down):
            x = fine(x, known)
            skips.append(x)
            x = narrower(x)
        for block, look in zip(self.waist, self.look):
            x = look(block(x, known))
        for level in reversed(range(len(skips))):
            x = self.join[level](self.up[level](x) + skips[level], known)
        moved: Tensor = self.head(x)
        return moved[..., :height, :width].float()
