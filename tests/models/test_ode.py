"""The solvers, against equations that are solved in closed form."""

from __future__ import annotations

import math

import pytest
import torch

from aegean.errors import InputError
from aegean.models.ode import SOLVERS, integrate, moments


@pytest.mark.parametrize(("solver", "order"), [("euler", 1), ("midpoint", 2), ("heun", 2)])
def test_error_falls_with_the_steps_as_the_order_says(solver: str, order: int) -> None:
    """dx/dt = cos(t) x has the solution x(0) exp(sin t)."""
    start = torch.tensor([1.0, -2.0], dtype=torch.float64)
    true = start * math.exp(math.sin(1.0))

    def error(steps: int) -> float:
        end = integrate(lambda x, t: math.cos(t) * x, start, 0, 1, steps, solver)
        return float((end - true).abs().max())

    assert math.log2(error(32) / error(64)) == pytest.approx(order, abs=0.1)


@pytest.mark.parametrize("solver", sorted(SOLVERS))
def test_backwards_leads_back(solver: str) -> None:
    start = torch.randn(3, 2, dtype=torch.float64)
    there = integrate(lambda x, t: (1 + t) * x.sin(), start, 0, 1, 400, solver)
    back = integrate(lambda x, t: (1 + t) * x.sin(), there, 1, 0, 400, solver)
    torch.testing.assert_close(back, start, rtol=0.02, atol=0.01)
    assert not torch.allclose(there, start, atol=0.1)


def test_steps_are_equal_and_one_is_enough() -> None:
    assert moments(0, 1, 4) == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert moments(1, 0, 1) == [1.0, 0.0]
    seen: list[float] = []

    def velocity(x: torch.Tensor, t: float) -> torch.Tensor:
        seen.append(t)
        return x

    assert integrate(velocity, torch.ones(1), 0, 1, 2, "euler") == 2.25
    assert seen == [0.0, 0.5]
    assert all(type(t) is float for t in seen)


def test_bad_input_says_what_to_do() -> None:
    with pytest.raises(InputError, match="midpoint"):
        integrate(lambda x, t: x, torch.ones(1), 0, 1, 3, "midpont")
    with pytest.raises(InputError, match="1 or more"):
        integrate(lambda x, t: x, torch.ones(1), 0, 1, -3, "euler")


@pytest.mark.parametrize("steps", [1, 2, 5, 11])
def test_both_ends_are_met_to_the_last_digit(steps: int) -> None:
    for start, end in ((0.1, 0.9), (0.9, 0.1), (0.3, 1.0), (1.0, 0.3)):
        met = moments(start, end, steps)
        assert (met[0], met[-1], len(met)) == (start, end, steps + 1)
