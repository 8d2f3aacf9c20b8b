"""Films without flicker, and the measure of it.

    r = y - x          what the translation y adds to a frame x
    w = s exp(-(m / T)^2)      m: how far x is from o_last, mean absolute difference around a pixel
    r' = (1 - w) r + w r'_last         y' = x + r'
    o  = (1 - w) x + w o_last          the frames of which r' is

Where the film stands still, what is added stands still; where it moves, or has slowly become another, each frame has
its own.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

STILL = 0.08  # T: change, black to white being 2, up to which a place stands still
AROUND = 9  # pixels a side


def frame_change(before: Tensor, after: Tensor) -> Tensor:
    """Mean absolute difference of two frames (B, C, H, W) in grey levels, of 255. ()"""
    return (after - before).abs().mean() * 127.5


def stillness(before: Tensor, after: Tensor) -> Tensor:
    """1 where nothing has changed, 0 where something moves. (B, C, H, W) -> (B, 1, H, W)"""
    motion = (after - before).abs().mean(1, keepdim=True)
    motion = avg_pool2d(motion, AROUND, stride=1, padding=AROUND // 2, count_include_pad=False)
    return (-(motion / STILL).square()).exp()


class Steadied:
    """Called with each frame and its translation, in order, gives the steadied translation; keeps a few frames."""

    def __init__(self, strength: float) -> None:
        """`strength`: s, from 0 (nothing is done) towards 1 (what stands still never changes)."""
        self.strength, self.frames = strength, 0
        self.changes = [0.0, 0.0, 0.0]  # sums: of the frames, of their translations, of these steadied
        self.last: tuple[Tensor, Tensor, Tensor] | None = None
        self.origin = torch.empty(0)  # o

    def __call__(self, frame: Tensor, translated: Tensor) -> Tensor:
        """(B, C, H, W), (B, C, H, W) -> (B, C, H, W) in [-1, 1]."""
        steady, origin = translated, frame
        if self.last is not None and self.last[0].shape == frame.shape:  # a film may change its size
            weight = self.strength * stillness(self.origin, frame)
            added = torch.lerp(translated - frame, self.last[2] - self.last[0], weight)
            origin = torch.lerp(frame, self.origin, weight)
            steady = (frame + added).clamp(-1, 1)
            pairs = zip(self.last, (frame, translated, steady))
            self.changes = [total + float(frame_change(*pair)) for total, pair in zip(self.changes, pairs)]
        self.last, self.origin, self.frames = (frame, translated, steady), origin, self.frames + 1
        return steady

    def means(self) -> tuple[float, ...]:
        """Frame-to-frame change, in grey levels: of the film, of its translation, of the steadied one."""
        return tuple(total / max(1, self.frames - 1) for total in self.changes)
