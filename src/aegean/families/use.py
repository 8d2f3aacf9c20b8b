"""Checks of what is set when a model is used, not when it is trained."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any

from aegean.errors import InputError, did_you_mean


def check_temperature(temperature: float) -> float:
    """What noise is multiplied by before images are made of it, or InputError."""
    if not 0 <= temperature < math.inf:
        raise InputError(f"--temperature {temperature}: must be 0 or more, and finite")
    return temperature


def check_seed(seed: int) -> int:
    """A seed that torch's generators take, 64 bits, or InputError."""
    if not -(2**63) <= seed < 2**64:
        raise InputError(f"--seed {seed}: must be from -2^63 to 2^64 - 1")
    return seed


def settings_of(method: Callable[..., Any]) -> list[str]:
    """The settings of use that a model's method takes: its arguments that are given by name alone."""
    return [p.name for p in inspect.signature(method).parameters.values() if p.kind is p.KEYWORD_ONLY]


def check_settings(family: str, method: Callable[..., Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of use given, or InputError if the model's method does not take one of them."""
    known = settings_of(method)
    for name in settings:
        if name not in known:
            hint = did_you_mean(name, known, otherwise="" if known else " It has none.")
            raise InputError(f"{family} has no setting {name!r} of {method.__name__}.{hint}")
    return dict(settings)
