"""Of stacked sets: how many of the triples occur among samples, as the judge reads them colour by colour."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor

from aegean.evaluation import distances
from aegean.evaluation.measures.comparing import samples
from aegean.evaluation.measures.figure import Figure
from aegean.evaluation.subject import Judge, Subject

SAMPLES = 26_000  # of the published protocol


def modes(subject: Subject) -> Figure:
    """How many modes occur."""
    label, count = subject.once(_read), _modes(subject)
    return Figure(distances.modes(label, count), len(label), settings=_settings(subject))


def mode_divergence(subject: Subject) -> Figure:
    """KL from the uniform distribution, as published; beside it, from the real one, and what chance alone makes."""
    label, count = subject.once(_read), _modes(subject)
    beside = {"real": distances.mode_divergence(label, _real(subject))}
    if len(label) > count:  # where samples are fewer, chance alone is not so simply told
        beside["floor"] = (count - 1) / (2 * len(label))
    value = distances.mode_divergence(label, torch.full((count,), 1 / count))
    return Figure(value, len(label), beside=beside, settings=_settings(subject))


def _read(subject: Subject) -> Tensor:
    """The mode of each sample: the judge's classes of its colours as the digits of one number. (M,)"""
    judge, count = cast(Judge, subject.judge), min(subject.limit or SAMPLES, SAMPLES)
    return torch.cat([judge.read(image) for image, _ in samples(subject, count)])


def _real(subject: Subject) -> Tensor:
    """How often each mode is to be expected: the product of how often the training set has each class. (K^3,)"""
    labels, kinds = cast(Tensor, subject.dataset.train.labels), len(cast(Judge, subject.judge).run.spec.classes)
    often = torch.bincount(labels // kinds**2, minlength=kinds).double() / len(labels)
    return torch.einsum("r,g,b->rgb", often, often, often).flatten()


def _modes(subject: Subject) -> int:
    return len(cast(Judge, subject.judge).run.spec.classes) ** 3


def _settings(subject: Subject) -> dict[str, Any]:
    return {**cast(Judge, subject.judge).settings(subject), **subject.sampling}
