"""Checks of what is set when a model is used, not when it is trained."""

from __future__ import annotations

import math

from aegean.errors import InputError


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
