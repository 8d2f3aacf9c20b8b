"""A walk between four draws of z."""

from __future__ import annotations

import torch
from torch import Tensor

from aegean.models.capabilities import Conditional, Samples
from aegean.report.figure import Figure
from aegean.report.pictures import PAGE, per_row, sheet
from aegean.runs import Run


def between_four(run: Run) -> Figure | None:
    """A grid that walks between four draws of z."""
    model = run.model
    if not isinstance(model, Samples):
        return None
    across = per_row(run.spec.size, 9, PAGE)
    codes = blend(model.noise(4, seed=0), square(across))
    label = torch.zeros(len(codes), dtype=torch.int64) if isinstance(model, Conditional) else None
    caption = (
        "Four draws of z in the corners, and between them mixtures of the four, kept as long as a draw is. Where every"
        " image on the way is a good one, the model has learned a continuous space, not a list of pictures."
    )
    if label is not None:
        caption += f" All are asked for as {run.spec.classes[0]}."
    return Figure("A walk between four", caption, sheet(model.sample(codes, label), across, "a walk between four"))


def blend(draws: Tensor, weight: Tensor) -> Tensor:
    """sum_k w_k z_k / |w|: independent draws (K, Z) of N(0, I), weights (N, K) -> again draws of N(0, I), (N, Z)."""
    return weight @ draws / weight.norm(dim=1, keepdim=True)


def square(side: int) -> Tensor:
    """The weights of four corners at the side x side points of a square, row by row; each row sums to 1. (N, 4)"""
    place = torch.linspace(0, 1, side)
    down, right = (axis.flatten() for axis in torch.meshgrid(place, place, indexing="ij"))
    return torch.stack([(1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right], dim=1)
