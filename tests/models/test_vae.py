from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from aegean.data.types import Batch, DataSpec
from aegean.errors import InputError
from aegean.families import change, default_config
from aegean.models import build
from aegean.models._likelihood import BernoulliLikelihood, GaussianLikelihood
from aegean.models.vae import VAE

SPEC = DataSpec("set", 1, 8, classes=("a", "b"))


def make(family: str = "vae", **settings: Any) -> VAE:
    torch.manual_seed(0)
    model = build(family, default_config(family, latent=2, network="mlp", hidden=8, **settings).model, SPEC)
    assert isinstance(model, VAE)
    return model


@pytest.fixture
def image() -> torch.Tensor:
    torch.manual_seed(1)
    return (torch.rand(6, 1, 8, 8) > 0.5).float() * 2 - 1  # black and white: binarising changes nothing


def test_bernoulli_is_binary_cross_entropy() -> None:
    logit, target = torch.randn(3, 1, 4, 4), (torch.rand(3, 1, 4, 4) > 0.5).float()
    bce = torch.nn.functional.binary_cross_entropy_with_logits(logit, target, reduction="none").sum((1, 2, 3))
    torch.testing.assert_close(BernoulliLikelihood().log_prob(logit, target * 2 - 1), -bce)


def test_gaussian_density_in_closed_form() -> None:
    likelihood = GaussianLikelihood()
    value = likelihood.log_prob(torch.zeros(1, 1, 2, 2), torch.ones(1, 1, 2, 2)).detach()
    scale = math.exp(-1.0)
    assert float(value) == pytest.approx(
        4 * (-0.5 / scale**2 - math.log(scale) - 0.5 * math.log(2 * math.pi)), rel=1e-5
    )


def test_loss_is_distortion_plus_beta_times_rate_per_image(image: torch.Tensor) -> None:
    model = make(beta=3.0)
    torch.manual_seed(2)
    loss, terms = model.loss(Batch(image))
    torch.testing.assert_close(loss, terms["distortion"] + 3.0 * terms["rate"])
    q = model.posterior(image)
    torch.testing.assert_close(terms["rate"], kl_divergence(q, Normal(0.0, 1.0)).sum() / 6)
    assert terms["distortion"] > 64 * 0.3  # nats per image, a sum over 64 pixels, not a mean


def test_free_bits_hold_the_rate_from_below(image: torch.Tensor) -> None:
    loss, terms = make(free_bits=50.0).loss(Batch(image))
    torch.testing.assert_close(loss, terms["distortion"] + 2 * 50.0)


def test_iwae_of_one_sample_is_the_elbo_on_average_and_more_samples_tighten_it(image: torch.Tensor) -> None:
    model = make()
    target = model.target(image, seed=0)
    with torch.no_grad():
        distortion, rate = map(torch.stack, zip(*[model.bound(target) for _ in range(4000)]))
        elbo = -(distortion + rate).mean(0)
        weights = model.log_weights(target, 4000)
    torch.testing.assert_close(weights.mean(0), elbo, atol=0.1, rtol=0)
    bounds = [(weights.unflatten(0, (-1, k)).logsumexp(1) - math.log(k)).mean() for k in (1, 10, 100)]
    assert bounds[0] < bounds[1] < bounds[2]


def test_doubly_reparameterised_gradient_agrees_with_the_plain_one(image: torch.Tensor) -> None:
    """Both are unbiased for the gradient of the same bound: averages over many draws meet."""
    model = make(objective="iwae", samples=4)
    image = image[:2].repeat(20000, 1, 1, 1)
    torch.manual_seed(3)
    loss, _ = model.loss(Batch(image))
    loss.backward()
    ours = [w.grad.clone() for w in model.parameters() if w.grad is not None]
    model.zero_grad()
    torch.manual_seed(4)
    weights = model.log_weights(image, 4)
    (-(weights.logsumexp(0) - math.log(4)).mean()).backward()
    plain = [w.grad for w in model.parameters() if w.grad is not None]
    for a, b in zip(ours, plain, strict=True):
        assert (a - b).norm() < 0.15 * b.norm() + 3e-3


def test_binarisation_is_dynamic_and_right_on_average() -> None:
    model = make()
    grey = torch.full((1, 1, 8, 8), 0.5)  # 0.75 of the way from black to white
    draws = torch.stack([model.target(grey) for _ in range(200)])
    assert set(draws.unique().tolist()) == {-1.0, 1.0}
    assert float((draws + 1).mean() / 2) == pytest.approx(0.75, abs=0.02)
    assert torch.equal(make(binarise=False).target(grey), grey)
    assert make().discrete
    assert make(likelihood="logistic").discrete
    assert not make(binarise=False).discrete


def test_conditional_needs_labels(image: torch.Tensor) -> None:
    model = make("conditional_vae")
    with pytest.raises(InputError, match="needs a label"):
        model.encode(image)
    spec = DataSpec("unlabelled", 1, 8)
    with pytest.raises(InputError, match="unlabelled has no labels"):
        build("conditional_vae", default_config("conditional_vae").model, spec)
    z = model.noise(2, seed=0)
    one, other = (model.sample(z, torch.full((2,), label)) for label in (0, 1))
    assert not torch.equal(one, other)


@pytest.mark.parametrize("setting", [{"beta": 4.0}, {"free_bits": 0.5}])
def test_iwae_has_no_weight_for_the_rate(setting: dict[str, float]) -> None:
    config = default_config("vae", objective="iwae", samples=4)
    with pytest.raises(InputError, match="--objective iwae has no weight for the rate"):
        change(config, **setting)
