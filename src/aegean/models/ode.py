"""Ordinary differential equations: dx/dt = v(x, t), solved in equal steps, forwards or backwards.

euler      x' = x + h v(x, t)                                        error of a whole way: O(h)
midpoint   x' = x + h v(x + h/2 v(x, t), t + h/2)                    O(h^2), two looks at v a step
heun       x' = x + h/2 (v(x, t) + v(x + h v(x, t), t + h))          O(h^2), two looks at v a step
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from torch import Tensor

from aegean.errors import InputError, did_you_mean

Velocity = Callable[[Tensor, float], Tensor]  # x (B, ...), t -> dx/dt (B, ...)
Step = Callable[[Velocity, Tensor, float, float], Tensor]  # v, x, t, h -> x at t + h


def euler(velocity: Velocity, state: Tensor, time: float, step: float) -> Tensor:
    """Straight on."""
    return state + step * velocity(state, time)


def midpoint(velocity: Velocity, state: Tensor, time: float, step: float) -> Tensor:
    """A step by the velocity half-way."""
    half = state + 0.5 * step * velocity(state, time)
    return state + step * velocity(half, time + 0.5 * step)


def heun(velocity: Velocity, state: Tensor, time: float, step: float) -> Tensor:
    """A step by the mean of the velocities at both ends."""
    here = velocity(state, time)
    there = velocity(state + step * here, time + step)
    return state + 0.5 * step * (here + there)


SOLVERS: dict[str, Step] = {"euler": euler, "midpoint": midpoint, "heun": heun}


def moments(start: float, end: float, steps: int) -> list[float]:
    """The `steps` + 1 times from `start` to `end`."""
    if steps < 1:
        raise InputError(f"--ode-steps {steps}: must be 1 or more")
    step = (end - start) / steps  # from both ends, so that both are met
    return [start + k * step if 2 * k < steps else end - (steps - k) * step for k in range(steps + 1)]


def integrate(velocity: Velocity, state: Tensor, start: float, end: float, steps: int, solver: str) -> Tensor:
    """The state at `end` of what is `state` at `start`. InputError for a solver that there is not."""
    if solver not in SOLVERS:
        raise InputError(f"no solver is called {solver!r}.{did_you_mean(solver, list(SOLVERS))}")
    for now, then in pairwise(moments(start, end, steps)):
        state = SOLVERS[solver](velocity, state, now, then - now)
    return state
