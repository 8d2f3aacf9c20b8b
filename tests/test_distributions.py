import pytest
import torch
from torch.distributions import Independent, MultivariateNormal, Normal, kl_divergence

from aegean.distributions import DiscretizedLogistic, kl_of_gaussians
from aegean.images import to_float

LEVELS = to_float(torch.arange(256, dtype=torch.uint8).reshape(256, 1, 1, 1)).reshape(256, 1)  # what the data holds


def gaussian(dimensions: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    root = torch.randn(dimensions, dimensions, generator=generator, dtype=torch.float64)
    mean = torch.randn(dimensions, generator=generator, dtype=torch.float64)
    return mean, root @ root.T + 0.5 * torch.eye(dimensions, dtype=torch.float64)


@pytest.mark.parametrize("log_scale", [-30.0, -7.0, -4.0, -2.0, 0.0, 3.0])
@pytest.mark.parametrize("mean", [-1.3, -1.0, 0.0, 0.1234, 1.0])
def test_probabilities_of_the_256_levels_sum_to_one(mean, log_scale):
    log_prob = DiscretizedLogistic(torch.tensor([mean]), torch.tensor([log_scale])).log_prob(LEVELS)
    assert log_prob.isfinite().all()
    torch.testing.assert_close(log_prob.double().exp().sum(), torch.tensor(1.0, dtype=torch.float64), atol=1e-4, rtol=0)


def test_log_prob_is_the_integral_of_the_logistic_density_over_the_bin():
    mean, scale = torch.tensor([0.2], dtype=torch.float64), torch.tensor([0.3], dtype=torch.float64)
    level = LEVELS[140].double()
    points = torch.linspace(-1 / 255, 1 / 255, 2001, dtype=torch.float64) + level
    z = (points - mean) / scale
    density = torch.exp(-z) / (scale * (1 + torch.exp(-z)) ** 2)
    expected = torch.trapezoid(density, points).log()
    torch.testing.assert_close(
        DiscretizedLogistic(mean, scale.log()).log_prob(level)[0], expected, atol=1e-6, rtol=1e-6
    )


def test_no_scale_is_below_the_least():
    mean, near = torch.tensor([0.0]), LEVELS[129]
    least, less, more = (DiscretizedLogistic(mean, torch.tensor([s])).log_prob(near) for s in (-7.0, -30.0, -6.9))
    assert torch.equal(less, least)
    assert more > least


def test_gradients_are_finite_far_out_in_the_tails():
    mean = torch.tensor([-1.0, 1.0, 0.0], requires_grad=True)
    log_scale = torch.tensor([-7.0, -7.0, -6.0], requires_grad=True)
    DiscretizedLogistic(mean, log_scale).log_prob(torch.tensor([1.0, -1.0, LEVELS[30].item()])).sum().backward()
    assert mean.grad.isfinite().all()
    assert log_scale.grad.isfinite().all()
    assert (mean.grad.sign() == torch.tensor([1.0, -1.0, -1.0])).all()  # towards the values


def test_samples_lie_on_the_levels_with_the_stated_probabilities():
    distribution = DiscretizedLogistic(torch.full((200_000,), 0.99), torch.tensor(-4.0))
    draw = distribution.sample(torch.Generator().manual_seed(0))
    share = (draw[:, None] - LEVELS[:, 0][-4:]).abs().lt(1e-4).float().mean(0)
    expected = DiscretizedLogistic(torch.tensor([0.99]), torch.tensor([-4.0])).log_prob(LEVELS[-4:]).exp()[:, 0]
    torch.testing.assert_close(share, expected, atol=0.005, rtol=0)


def test_draws_follow_the_generator_and_beyond_the_edges_lie_on_them():
    wide = DiscretizedLogistic(torch.tensor([-3.0, 0.0, 3.0]), torch.tensor([-3.0, -1.0, -3.0]))
    one, again, other = (wide.sample(torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(one, again)
    assert one[1] != other[1]
    assert (one[0], one[2]) == (-1, 1)
    narrow = DiscretizedLogistic(torch.zeros(2_000), torch.tensor(-1.0)).sample(torch.Generator().manual_seed(0))
    assert (narrow[:, None] - LEVELS.flatten()).abs().amin(1).max() < 1e-6


def test_kl_of_gaussians_agrees_with_torch_also_in_batches():
    ones, twos = [gaussian(4, seed) for seed in (0, 1, 2)], [gaussian(4, seed) for seed in (3, 4, 5)]
    mean_1, covariance_1 = map(torch.stack, zip(*ones))
    mean_2, covariance_2 = map(torch.stack, zip(*twos))
    expected = kl_divergence(MultivariateNormal(mean_1, covariance_1), MultivariateNormal(mean_2, covariance_2))
    torch.testing.assert_close(kl_of_gaussians(mean_1, covariance_1, mean_2, covariance_2), expected)


def test_kl_of_gaussians_agrees_with_monte_carlo():
    (mean_1, covariance_1), (mean_2, covariance_2) = gaussian(3, 0), gaussian(3, 1)
    p, q = MultivariateNormal(mean_1, covariance_1), MultivariateNormal(mean_2, covariance_2)
    torch.manual_seed(0)
    x = p.sample((200_000,))
    ratio = p.log_prob(x) - q.log_prob(x)
    error = ratio.std() / len(x) ** 0.5
    assert abs(ratio.mean() - kl_of_gaussians(mean_1, covariance_1, mean_2, covariance_2)) < 4 * error


def test_kl_of_gaussians_is_the_rate_of_a_vae_when_diagonal():
    mean, deviation = torch.tensor([0.5, -1.0, 2.0]), torch.tensor([0.3, 1.0, 2.0])
    rate = kl_divergence(Independent(Normal(mean, deviation), 1), Independent(Normal(torch.zeros(3), torch.ones(3)), 1))
    found = kl_of_gaussians(mean, torch.diag(deviation**2), torch.zeros(3), torch.eye(3))
    torch.testing.assert_close(found, rate)


def test_kl_of_gaussians_refuses_a_covariance_that_is_none():
    zero, eye = torch.zeros(2), torch.eye(2)
    with pytest.raises(torch.linalg.LinAlgError):
        kl_of_gaussians(zero, -eye, zero, eye)
