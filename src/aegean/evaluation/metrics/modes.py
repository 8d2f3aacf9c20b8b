"""How many of the triples of a stacked set occur among samples, as the judge reads them colour by colour."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor

from aegean.evaluation import requirements
from aegean.evaluation.context import EvaluationContext
from aegean.evaluation.judge import Judge
from aegean.evaluation.metric import Metric
from aegean.evaluation.metrics.fidelity import over_samples
from aegean.evaluation.metrics.figure import Figure

SAMPLES = 26_000  # of the published protocol


def count_modes(label: Tensor, count: int) -> int:
    """How many of the `count` modes occur among labels (M,)."""
    return int((torch.bincount(label, minlength=count) > 0).sum())


def divergence_of_modes(label: Tensor, expected: Tensor) -> float:
    """KL(made || expected) in nats, of how often each mode occurs among labels (M,); `expected` (K,) sums to 1.

    Of M draws from `expected` itself it is about (K - 1) / 2M.
    """
    made = torch.bincount(label.cpu(), minlength=len(expected)).double() / len(label)
    terms = torch.where(made > 0, made * (made / expected.cpu().double()).log(), 0.0)
    return float(terms.sum())


def modes(context: EvaluationContext) -> Figure:
    """How many modes occur."""
    label, count = context.once(_read), _modes(context)
    return Figure(count_modes(label, count), len(label), settings=_settings(context))


def mode_divergence(context: EvaluationContext) -> Figure:
    """KL from the uniform distribution, as published; beside it, from the real one, and what chance alone makes."""
    label, count = context.once(_read), _modes(context)
    beside = {"real": divergence_of_modes(label, _real(context))}
    if len(label) > count:  # where samples are fewer, chance alone is not so simply told
        beside["floor"] = (count - 1) / (2 * len(label))
    value = divergence_of_modes(label, torch.full((count,), 1 / count))
    return Figure(value, len(label), beside=beside, settings=_settings(context))


def _read(context: EvaluationContext) -> Tensor:
    """The mode of each sample: the judge's classes of its colours as the digits of one number. (M,)"""
    judge, count = cast(Judge, context.judge), min(context.limit or SAMPLES, SAMPLES)
    return torch.cat(over_samples(context, count, judge.read))


def _real(context: EvaluationContext) -> Tensor:
    """How often each mode is to be expected: the product of how often the training set has each class. (K^3,)"""
    labels, kinds = cast(Tensor, context.dataset.train.labels), len(cast(Judge, context.judge).run.spec.classes)
    often = torch.bincount(labels // kinds**2, minlength=kinds).double() / len(labels)
    return torch.einsum("r,g,b->rgb", often, often, often).flatten()


def _modes(context: EvaluationContext) -> int:
    return len(cast(Judge, context.judge).run.spec.classes) ** 3


def _settings(context: EvaluationContext) -> dict[str, Any]:
    return {**cast(Judge, context.judge).settings(context), **context.sampling}


METRICS = {
    "modes": Metric(
        modes,
        (requirements.samples, requirements.labelled, requirements.judged_by_colour),
        "modes",
        "larger",
        "of a stacked set: how many of the triples occur among 26,000 samples",
        default=True,
    ),
    "mode_divergence": Metric(
        mode_divergence,
        (requirements.samples, requirements.labelled, requirements.judged_by_colour),
        "nats",
        "smaller",
        "KL of how often each triple occurs from the uniform; beside it, from the training set's, and that of chance",
        default=True,
    ),
}
