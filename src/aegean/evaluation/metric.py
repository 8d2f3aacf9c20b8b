"""What a metric is: a function of an `EvaluationContext`, and what must be said about its figure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from aegean.evaluation.context import EvaluationContext
from aegean.evaluation.metrics.figure import Figure
from aegean.evaluation.requirements import Requirement


@dataclass(frozen=True)
class Metric:
    """One metric: of the registry, or your own."""

    measure: Callable[[EvaluationContext], Figure | float]
    """context -> a number, or a `Figure` with its standard error and the numbers that belong beside it."""

    requirements: tuple[Requirement, ...] = ()
    """What the model and the images must have: each says, in a few words, why a context lacks it, or gives None."""

    unit: str = ""

    better: Literal["smaller", "larger"] = "larger"

    what: str = ""
    """What it measures, in one line."""

    default: bool = False
    """Whether it is measured where no metric is asked for by name."""

    def lack(self, context: EvaluationContext) -> str | None:
        """Why this model on these images cannot have it; None if it can."""
        return next((reason for needed in self.requirements if (reason := needed(context))), None)

    def figure(self, context: EvaluationContext) -> Figure:
        """What it finds; a bare number counts for all images of the split."""
        found = context.once(self.measure)
        return found if isinstance(found, Figure) else Figure(float(found), len(context.images))
