import math

import pytest
import torch
from torch.distributions import MultivariateNormal, Normal

from aegean.evaluation.metrics.likelihood import log_mean_weights, share_of_a_call, to_bits_per_dimension
from aegean.models.capabilities import Density


class LinearGaussian(Density):
    """z ~ N(0, I), x | z ~ N(W z, s^2 I), so that x ~ N(0, W W^T + s^2 I) and z | x is a Gaussian that is known too."""

    def __init__(self, widening: float = 1.0) -> None:
        generator = torch.Generator().manual_seed(0)
        self.weight = torch.randn(6, 2, generator=generator, dtype=torch.float64)  # W
        self.scale, self.widening = 0.7, widening
        precision = torch.eye(2, dtype=torch.float64) + self.weight.T @ self.weight / self.scale**2
        self.covariance = torch.linalg.inv(precision)
        self.largest = 0

    def marginal(self) -> MultivariateNormal:
        noise = self.scale**2 * torch.eye(6, dtype=torch.float64)
        return MultivariateNormal(torch.zeros(6, dtype=torch.float64), self.weight @ self.weight.T + noise)

    def proposal(self, x: torch.Tensor) -> MultivariateNormal:
        mean = x @ self.weight @ self.covariance / self.scale**2
        return MultivariateNormal(mean, self.covariance * self.widening**2)

    discrete = False

    def target(self, image, seed=None):
        return image

    def bound(self, target, label=None):
        weights = self.log_weights(target, 1)[0]
        return -weights, torch.zeros_like(weights)

    def log_weights(self, target, count, label=None):
        self.largest = max(self.largest, count)
        q = self.proposal(target)
        z = q.sample((count,))
        explained = Normal(z @ self.weight.T, self.scale).log_prob(target).sum(-1)
        return explained + Normal(0.0, 1.0).log_prob(z).sum(-1) - q.log_prob(z)


@pytest.mark.parametrize(("samples", "chunk"), [(1, 1), (7, 3), (64, 1000)])
def test_with_the_posterior_as_proposal_the_estimate_is_the_likelihood_for_any_k(samples, chunk):
    model = LinearGaussian()
    x = model.marginal().sample((20,))
    found = log_mean_weights(lambda count: model.log_weights(x, count), samples, chunk)
    torch.testing.assert_close(found, model.marginal().log_prob(x))
    assert model.largest <= chunk


def test_with_another_proposal_it_is_a_lower_bound_that_tightens_with_k():
    torch.manual_seed(0)
    model = LinearGaussian(widening=2.0)
    x = model.marginal().sample((2000,))
    truth = model.marginal().log_prob(x).mean()
    draw = lambda count: model.log_weights(x, count)  # noqa: E731
    gaps = [float(truth - log_mean_weights(draw, k, 100).mean()) for k in (1, 10, 1000)]
    assert gaps[0] > gaps[1] > abs(gaps[2])
    assert abs(gaps[2]) < 0.01


def test_weights_that_would_overflow_are_averaged_over_chunks_of_unequal_size():
    weights = torch.tensor([-3000.0, -1000.0, -1001.0, 2000.0, 1999.0])[:, None]
    parts = iter([weights[:2], weights[2:4], weights[4:]])
    found = log_mean_weights(lambda count: next(parts), 5, 2)
    torch.testing.assert_close(found, torch.tensor([2000.0 + math.log1p(math.exp(-1.0)) - math.log(5)]))


def test_as_many_draws_are_asked_for_as_are_averaged():
    asked = []
    log_mean_weights(lambda count: asked.append(count) or torch.zeros(count, 1), 5000, 256)
    assert sum(asked) == 5000
    assert max(asked) <= 256


@pytest.mark.parametrize("samples", [1, 50, 5000])
@pytest.mark.parametrize("dimensions", [64, 784, 3 * 256 * 256, 10**8])
@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_a_call_decodes_a_bounded_number_of_pixels_and_at_least_one_image(samples, dimensions, device):
    draws, images = share_of_a_call(samples, dimensions, torch.device(device))
    assert 1 <= draws <= samples
    assert images >= 1
    most = 784 * (8192 if device == "cuda" else 256 * torch.get_num_threads())
    assert draws * images * dimensions <= max(most, dimensions)


def test_to_bits_per_dimension_of_a_uniform_256_level_image_are_eight():
    nats = torch.tensor([784 * math.log(256.0)])
    torch.testing.assert_close(to_bits_per_dimension(nats, 784), torch.tensor([8.0]))
