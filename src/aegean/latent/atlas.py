"""Codes as places on a map, and back: what somebody steers by who walks through a model's space by hand.

    PCA:    p = U (z - m)          u_1, u_2: the rows of U, directions of largest variance
    back:   z(p) = sum_i w_i (z_i + U^T (p - p_i)) + sum_k a_k s_k u_k
            w_i ~ 1 / |p - p_i|^6                         (Shepard 1968)

At the place of a code it is that code, all of it, and not only what the plane holds; between codes it passes from one
to the next. On a map by t-SNE, whose plane has no directions in the space of codes, the middle term is z_i alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec

import torch
from torch import Tensor

from aegean.errors import InputError

DIRECTIONS = 8  # of largest variance, that can be walked along
LEAST = 100  # codes for a map by t-SNE


def principal_directions(codes: Tensor, count: int = 2) -> tuple[Tensor, Tensor]:
    """Codes (N, Z) -> up to `count` directions of largest variance (K, Z), and the spread along each (K,)."""
    centred = codes - codes.mean(0)
    with torch.random.fork_rng(devices=[]):  # the low-rank PCA draws from the global generator
        torch.manual_seed(0)
        _, s, v = torch.pca_lowrank(centred, q=min(max(6, count), *centred.shape), center=False, niter=4)
    return v.T[:count], s[:count] / max(len(codes) - 1, 1) ** 0.5


def principal_plane(codes: Tensor) -> tuple[Tensor, float]:
    """Codes (N, Z) -> their two principal components (N, 2), and the part of the variance that these hold."""
    directions, spread = principal_directions(codes)
    centred = codes - codes.mean(0)
    variance = (centred.square().sum() / max(len(codes) - 1, 1)).clamp_min(1e-12)
    return centred @ directions.T, float(spread.square().sum() / variance)


def tsne(codes: Tensor) -> Tensor:
    """Codes (N, Z) -> the plane (N, 2) by t-SNE (van der Maaten & Hinton 2008), the same each time."""
    from openTSNE import TSNE

    return torch.from_numpy(TSNE(random_state=0, n_jobs=1).fit(codes.double().numpy()).copy())


class Atlas:
    """Codes (N, Z) and their maps."""

    def __init__(self, codes: Tensor) -> None:
        if len(codes) < 3 or codes.shape[1] < 2:
            raise InputError(f"{len(codes)} codes of {codes.shape[1]} numbers make no map: at least 3 of 2")
        self.codes = codes
        self.directions, self.spread = principal_directions(codes, DIRECTIONS)
        self._kept: dict[str, Tensor] = {}

    @cached_property
    def kinds(self) -> list[str]:
        """The maps that can be made here."""
        return ["pca", "tsne"] if find_spec("openTSNE") and len(self.codes) >= LEAST else ["pca"]

    def plane(self, kind: str) -> Tensor:
        """The places of all codes on a map. (N, 2)"""
        if kind not in self.kinds:
            raise InputError(f"there is no map {kind!r}: {', '.join(self.kinds)}")
        if kind not in self._kept:
            self._kept[kind] = self._pca() if kind == "pca" else tsne(self.codes).float()
        return self._kept[kind]

    def code(self, kind: str, place: Sequence[float], along: Sequence[float] = ()) -> Tensor:
        """The code (1, Z) at a place (x, y) of a map, then so many spreads along the directions."""
        plane = self.plane(kind)
        step = torch.tensor(place, dtype=plane.dtype) - plane  #                                   (N, 2)
        squared = step.square().sum(1)
        tiny = 1e-9 * squared.mean()
        weight = ((squared.min() + tiny) / (squared + tiny)).pow(3)
        weight = weight / weight.sum()
        code = weight @ (self.codes + step @ self._two() if kind == "pca" else self.codes)
        for amount, spread, direction in zip(along, self.spread, self.directions):
            code = code + amount * spread * direction
        return code[None]

    def _two(self) -> Tensor:
        return self.directions[:2]

    def _pca(self) -> Tensor:
        return (self.codes - self.codes.mean(0)) @ self._two().T
