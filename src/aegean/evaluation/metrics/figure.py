"""What a metric finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import Any

from torch import Tensor


@dataclass(frozen=True)
class Figure:
    """A number, its standard error over images, and the numbers without which it would mislead."""

    value: float
    images: int
    standard_error: float | None = None
    beside: dict[str, float] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)


def average(per_image: Tensor, settings: dict[str, Any] | None = None, **beside: Tensor) -> Figure:
    """The mean over images (N,) with its standard error; beside it, the means of others."""
    exact = per_image.cpu().double()  # Apple's GPU has no float64
    error = float(exact.std() / len(exact) ** 0.5) if len(exact) > 1 else None
    means = {name: float(values.cpu().double().mean()) for name, values in beside.items()}
    return Figure(float(exact.mean()), len(exact), error, means, settings or {})


def mean_figure(figures: Sequence[Figure]) -> Figure:
    """The mean of the same figure of several draws, term by term; its standard error stays that over images."""
    first = figures[0]
    errors = [figure.standard_error for figure in figures if figure.standard_error is not None]
    return replace(
        first,
        value=fmean(figure.value for figure in figures),
        standard_error=fmean(errors) if errors else None,
        beside={name: fmean(figure.beside[name] for figure in figures) for name in first.beside},
    )
