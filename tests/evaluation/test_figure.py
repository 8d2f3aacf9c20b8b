import math

import pytest
import torch

from aegean.evaluation.metrics.figure import average


def test_a_figure_is_the_mean_its_standard_error_and_the_means_beside_it():
    figure = average(torch.tensor([1.0, 2.0, 3.0, 6.0]), {"k": 3}, other=torch.tensor([1.0, 2.0]))
    assert (figure.value, figure.images, figure.beside, figure.settings) == (3.0, 4, {"other": 1.5}, {"k": 3})
    assert figure.standard_error == pytest.approx(math.sqrt((4 + 1 + 0 + 9) / 3) / math.sqrt(4))
    assert average(torch.tensor([1.0, 3.0])).standard_error == pytest.approx(1.0)


def test_one_image_has_no_error_and_nothing_given_is_nothing():
    figure = average(torch.tensor([2.0]))
    assert (figure.value, figure.standard_error, figure.beside, figure.settings) == (2.0, None, {}, {})


def test_means_are_exact_where_float32_would_round():
    odd = torch.tensor([16_777_216.0, 16_777_218.0])  # whose mean is no float32
    figure = average(odd, beside=odd)
    assert (figure.value, figure.beside["beside"]) == (16_777_217.0, 16_777_217.0)
