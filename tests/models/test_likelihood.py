"""What a decoder's output means, against each density written out."""

from __future__ import annotations

import math

import pytest
import torch

from aegean.models._likelihood import LIKELIHOODS

torch.manual_seed(0)
OUTPUT = torch.randn(2, 3, 2, 4, 5)  # of two draws and three images
LEVEL = torch.randint(1, 255, (3, 2, 4, 5))  # of 0 to 255, but for the edges
TARGET = LEVEL / 127.5 - 1


def written_out(name: str, output: torch.Tensor, scale: float) -> torch.Tensor:
    """log p of each number."""
    x, grey = TARGET.double(), LEVEL.double() / 255
    m = output.double()
    if name == "bernoulli":
        white = 1 / (1 + (-m).exp())
        return grey * white.log() + (1 - grey) * (1 - white).log()
    if name == "gaussian":
        return -(((x - m) / scale) ** 2) / 2 - math.log(scale) - math.log(2 * math.pi) / 2
    below, above = (1 / (1 + (-(x + side - m) / scale).exp()) for side in (-1 / 255, 1 / 255))
    return (above - below).log()


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_log_probability_is_the_sum_over_an_image_of_the_density_written_out(name: str) -> None:
    likelihood = LIKELIHOODS[name]()
    found = likelihood.log_prob(OUTPUT, TARGET)
    assert found.shape == (2, 3)
    want = written_out(name, OUTPUT, math.exp(-1)).sum((2, 3, 4))
    torch.testing.assert_close(found.double(), want, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("name", ["gaussian", "logistic"])
def test_the_scale_is_learned_and_saved(name: str) -> None:
    likelihood = LIKELIHOODS[name]()
    assert [parameter.tolist() for parameter in likelihood.parameters()] == [-1.0]
    likelihood.log_prob(OUTPUT, TARGET).sum().backward()
    step = 1e-3
    up, down = (written_out(name, OUTPUT, math.exp(-1 + sign * step)).sum() for sign in (1, -1))
    assert float(likelihood.log_scale.grad) == pytest.approx(float(up - down) / (2 * step), rel=1e-3)


def test_the_expected_image_lies_between_black_and_white() -> None:
    output = torch.tensor([-5.0, -1.0, 0.25, 1.0, 1.5])
    torch.testing.assert_close(LIKELIHOODS["bernoulli"]().mean(output), torch.tanh(output / 2))  # 2 s(x) - 1
    for name in ("gaussian", "logistic"):
        assert LIKELIHOODS[name]().mean(output).tolist() == [-1.0, -1.0, 0.25, 1.0, 1.0]
