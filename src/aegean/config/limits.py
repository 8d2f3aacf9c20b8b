"""Between which numbers each setting makes sense, whichever family has it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

from aegean.config.run import RunConfig
from aegean.errors import InputError

LEAST: Mapping[str, float] = {
    **dict.fromkeys(("steps", "batch_size", "log_every", "save_every", "turns", "samples", "ode_steps"), 1),
    **dict.fromkeys(("penalty_every", "identity_every"), 1),
    **dict.fromkeys(("width", "growth", "hidden", "latent", "features", "levels", "halvings", "code_channels"), 1),
    **dict.fromkeys(("preview_every", "crop", "depth", "blocks", "history", "shift", "overlap", "discriminator"), 0),
    **dict.fromkeys(("weight_decay", "clip", "jitter", "beta", "free_bits", "r1", "r2", "gradient_penalty"), 0),
    **dict.fromkeys(
        ("adversarial", "cycle", "identity", "classify", "keep", "back", "sparse", "dual", "perceptual"), 0
    ),
}
PARTS = ("warmup", "average", "betas", "dropout", "drop")  # from 0 to less than 1
HOLES = ("hole",)  # above 0, up to 1
ABOVE = ("learning_rate",)  # above 0


def problem(config: RunConfig) -> str | None:
    """What is wrong with the settings, in one line."""
    for part in (config.training, config.model):
        for field in dataclasses.fields(part):
            given = getattr(part, field.name)
            for value in given if isinstance(given, tuple) else (given,):
                if wanted := _wanted(field.name, value):
                    return f"--{field.name.replace('_', '-')} {value}: must be {wanted}"
    if getattr(config.model, "objective", "") == "iwae":
        for name, value in (("beta", 1), ("free_bits", 0)):
            if (given := getattr(config.model, name)) != value:
                return (
                    f"--{name.replace('_', '-')} {given}: must be {value}: --objective iwae has no weight for the rate"
                )
    return None


def check_temperature(temperature: float) -> float:
    """By which noise is multiplied before images are made of it: itself, or InputError."""
    if not 0 <= temperature < math.inf:
        raise InputError(f"--temperature {temperature}: must be 0 or more, and finite")
    return temperature


def check_seed(seed: int) -> int:
    """Of a generator of random numbers, which takes 64 bits: itself, or InputError."""
    if not -(2**63) <= seed < 2**64:
        raise InputError(f"--seed {seed}: must be from -2^63 to 2^64 - 1")
    return seed


def _wanted(name: str, value: object) -> str | None:
    """What a value that is wrong ought to be."""
    if not isinstance(value, (int, float)):
        return None
    if not math.isfinite(value):
        return "a finite number"
    if name in LEAST and value < LEAST[name]:
        return f"{LEAST[name]:g} or more"
    if name in PARTS and not 0 <= value < 1:
        return "0 or more, and less than 1"
    if name in HOLES and not 0 < value <= 1:
        return "above 0, and at most 1"
    return "above 0" if name in ABOVE and not value > 0 else None
