"""From one code to another, along the straight line or along the sphere.

    lerp(a, b, t)  = (1 - t) a + t b
    slerp(a, b, t) = |.| (sin((1 - t) w) a/|a| + sin(t w) b/|b|) / sin w      w: angle between a and b

A draw of N(0, I) in Z dimensions is about sqrt(Z) long. The straight line between two draws dips to sqrt(Z / 2), where
the prior has almost no mass; the arc keeps the length, and so stays among codes that the decoder was trained on
(White 2016, arXiv:1609.04468; Shoemake 1985).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from PIL import Image
from torch import Tensor

from aegean.images import grid, to_pil
from aegean.models.capabilities import Encodes, Samples
from aegean.models.player import Model

AT_ONCE = 256  # codes
Curve = Callable[[Tensor, Tensor, Tensor], Tensor]


def lerp(start: Tensor, end: Tensor, fraction: Tensor) -> Tensor:
    """The straight line: `start` and `end` (..., Z), `fraction` broadcastable to (..., 1) -> (..., Z)."""
    return (1 - fraction) * start + fraction * end


def slerp(start: Tensor, end: Tensor, fraction: Tensor) -> Tensor:
    """The arc: the direction turns evenly from `start` to `end` (..., Z), the length changes evenly.

    Where the arc is not defined (opposite codes, or a code of length 0) it is the straight line.
    """
    start_length, end_length = start.norm(dim=-1, keepdim=True), end.norm(dim=-1, keepdim=True)  # (..., 1)
    tiny = torch.finfo(start.dtype).tiny
    a, b = start / start_length.clamp_min(tiny), end / end_length.clamp_min(tiny)
    # atan2 of chords: exact for small angles too, where acos of the cosine loses half its digits (Kahan 2006)
    angle = 2 * torch.atan2((a - b).norm(dim=-1, keepdim=True), (a + b).norm(dim=-1, keepdim=True))
    sine = angle.sin()
    straight = (sine.abs() < 1e-4) | (start_length == 0) | (end_length == 0)
    turn = ((1 - fraction) * angle).sin() * a + (fraction * angle).sin() * b
    arc = lerp(start_length, end_length, fraction) * turn / torch.where(straight, torch.ones_like(sine), sine)
    return torch.where(straight, lerp(start, end, fraction), arc)


def between(start: Tensor, end: Tensor, count: int, curve: Curve = slerp) -> Tensor:
    """`count` codes from `start` to `end` (Z,) or (1, Z), both included -> (count, Z)."""
    fraction = torch.linspace(0, 1, count, dtype=start.dtype, device=start.device)[:, None]  # (count, 1)
    return curve(start.reshape(1, -1), end.reshape(1, -1), fraction)


def walk(model: Model, start: Tensor, end: Tensor, count: int, label: Tensor | None = None) -> Tensor:
    """Images (count, C, H, W) on the way from code `start` to code `end` (Z,) or (1, Z); `label` (1,) if conditional.

    Along the arc where the codes are Gaussian (the model samples), else along the line: an autoencoder's codes have no
    known length to keep.
    """
    codes = between(start, end, count, slerp if isinstance(model, Samples) else lerp)
    return draw(model, codes, None if label is None else label.expand(count))


def draw(model: Model, codes: Tensor, labels: Tensor | None = None) -> Tensor:
    """Codes (N, Z) -> images (N, C, H, W), decoded or sampled."""
    if not isinstance(model, Encodes | Samples):
        raise TypeError(f"{type(model).__name__} has no codes to walk between")
    make = model.decode if isinstance(model, Encodes) else model.sample
    some = [None] * len(codes) if labels is None else labels.split(AT_ONCE)
    return torch.cat([make(*part) for part in zip(codes.split(AT_ONCE), some)])


def within(corners: Tensor, across: Tensor, down: Tensor, curve: Curve = slerp) -> Tensor:
    """Codes inside the square of four `corners` (4, Z), row by row; fractions broadcastable to (..., 1) -> (..., Z)."""
    top, bottom = curve(corners[:1], corners[1:2], across), curve(corners[2:3], corners[3:], across)
    return curve(top, bottom, down)


def carpet(model: Model, corners: Tensor, side: int, label: Tensor | None = None) -> Tensor:
    """Images (side * side, C, H, W), row by row, between the codes `corners` (4, Z); `label` (1,) if conditional."""
    curve = slerp if isinstance(model, Samples) else lerp
    fraction = torch.linspace(0, 1, side, dtype=corners.dtype, device=corners.device)[:, None]  #  (side, 1)
    codes = within(corners, fraction, fraction[:, None], curve).flatten(0, 1)  #                  (side * side, Z)
    return draw(model, codes, None if label is None else label.expand(len(codes)))


def tour(model: Model, corners: Tensor, count: int, label: Tensor | None = None) -> Tensor:
    """`count` images (count, C, H, W) from the first of the codes (K, Z) to the next and so on, and home again."""
    legs = [count // len(corners) + (k < count % len(corners)) for k in range(len(corners))]
    ends = zip(corners, corners.roll(-1, 0), legs)
    return torch.cat([walk(model, a, b, steps + 1, label)[:-1] for a, b, steps in ends if steps])


def strip(images: Tensor, columns: int | None = None, gap: int = 2) -> Tensor:
    """Images (N, C, H, W) side by side, in reading order when `columns` are fewer -> one picture (1, C, ., .)."""
    return grid(images, columns or len(images), gap)


def film(images: Tensor, scale: int = 1, return_home: bool = True) -> list[Image.Image]:
    """Images (N, C, H, W) -> frames, enlarged by nearest; there and back again, so that the loop has no jump."""
    frames = [to_pil(image) for image in images]
    if scale > 1:
        frames = [f.resize((f.width * scale, f.height * scale), Image.Resampling.NEAREST) for f in frames]
    return frames + frames[-2:0:-1] if return_home else frames
