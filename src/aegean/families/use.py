"""What is set when a model is used, not when it is trained: one check of it, for the command line and Python alike."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from aegean.errors import InputError, did_you_mean
from aegean.families.bounds import Positive, Seed, Weight
from aegean.families.flow import Solver
from aegean.families.settings import Settings, check, types_of

PriorKind = Literal["gaussian", "gmm", "flow"]


@dataclass(frozen=True)
class FlowUse(Settings):
    """How a flow is followed. What is not given is as the run's config has it."""

    steps: Positive | None = None
    """In how many steps a flow is followed. None: as the run has it."""

    solver: Solver | None = None
    """How a flow is followed; all but euler look twice a step. None: as the run has it."""

    @property
    def given(self) -> dict[str, Any]:
        """What is not left to the run."""
        return {name: value for name, value in vars(self).items() if value is not None}

    @property
    def words(self) -> list[str]:
        """The same, for the name of a file."""
        return [f"{name}-{value}" for name, value in self.given.items()]


@dataclass(frozen=True)
class SamplingUse(FlowUse):
    """How new images are made."""

    guidance: Weight | None = None
    """How far what is wanted is exaggerated, by flows that are told. 1: not. None: as the run has it."""


@dataclass(frozen=True)
class Use(SamplingUse):
    """All there is."""

    seed: Seed = 0
    """Decides every draw."""

    seeds: Positive = 1
    """Draws of samples, by one seed after another, that a figure is the mean of."""

    prior: PriorKind | None = None
    """The density of codes that images are made from, fitted after the training. None: the model's own."""

    temperature: Weight = 1.0
    """Factor of the noise that images are made of."""

    strength: float = 1.0
    """How much of an edit."""

    sigma: Weight | None = None
    """Standard deviation of noise; white is 255."""

    limit: Positive | None = None
    """Images measured on."""

    starts: Positive = 8
    """Draws that a projection begins with."""

    perceptual: Weight = 0.3
    """Weight of what a network sees beside that of pixels."""

    samples: Positive = 50
    """Draws for an estimate of a likelihood."""


def check_use(**settings: Any) -> dict[str, Any]:
    """Settings of use, each as its type here has it, or InputError; a family's own, which have none, as they are."""
    known = types_of(Use)
    return {name: check(Use, name, value) if name in known else value for name, value in settings.items()}


def settings_of(method: Callable[..., Any]) -> list[str]:
    """The settings of use that a model's method takes: its arguments that are given by name alone."""
    return [p.name for p in inspect.signature(method).parameters.values() if p.kind is p.KEYWORD_ONLY]


def check_settings(family: str, method: Callable[..., Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of use given, each checked; InputError if the model's method does not take one of them."""
    known = settings_of(method)
    for name in settings:
        if name not in known:
            hint = did_you_mean(name, known, otherwise="" if known else " It has none.")
            raise InputError(f"{family} has no setting {name!r} of {method.__name__}.{hint}")
    return check_use(**settings)
