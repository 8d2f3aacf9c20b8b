from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from aegean.data.types import Batch, DataSpec
from aegean.families import default_config
from aegean.models import build
from aegean.models.hierarchical_vae import HierarchicalVAE

SPEC = DataSpec("set", 1, 16)
LENGTHS = [3, 2 * 8 * 8, 2 * 8 * 8]  # a vector, and two layers of two maps at the only resolution below


def make(**settings: Any) -> HierarchicalVAE:
    """One whose convolutions that begin at zero do something."""
    torch.manual_seed(0)
    own = {"width": 4, "latent": 3, "maps": 2, "layers": 2, **settings}
    model = build("hierarchical_vae", default_config("hierarchical_vae", **own).model, SPEC)
    assert isinstance(model, HierarchicalVAE)
    for part in model.modules():
        if isinstance(part, nn.Conv2d) and not part.weight.any():
            nn.init.normal_(part.weight, std=0.05)
    return model


@pytest.fixture
def image() -> Tensor:
    torch.manual_seed(1)
    return (torch.rand(6, 1, 16, 16) > 0.5).float() * 2 - 1  # black and white: binarising changes nothing


def test_codes_are_a_vector_and_maps_laid_end_to_end() -> None:
    model = make()
    assert [math.prod(layer.shape) for layer in model.ladder.layers] == LENGTHS
    noise = model.noise(5, seed=3)
    assert noise.shape == (5, sum(LENGTHS))
    assert torch.equal(noise, model.noise(5, seed=3))
    assert model.sample(noise).shape == (5, 1, 16, 16)
    for start in (0, LENGTHS[0], LENGTHS[0] + LENGTHS[1]):  # each layer has its say
        other = noise.clone()
        other[:, start] += 1
        assert not torch.allclose(model.sample(other), model.sample(noise))


def test_at_first_the_image_says_nothing_of_the_lower_codes(image: Tensor) -> None:
    torch.manual_seed(0)
    fresh = build("hierarchical_vae", default_config("hierarchical_vae", width=4, latent=3).model, SPEC)
    assert isinstance(fresh, HierarchicalVAE)
    _, posteriors, _ = fresh.infer(image)
    for q in posteriors[1:]:
        assert torch.equal(q.loc, torch.zeros_like(q.loc))
        assert torch.equal(q.scale, torch.ones_like(q.scale))


def test_loss_is_distortion_plus_beta_times_the_rates(image: Tensor) -> None:
    model = make(beta=2.0)
    torch.manual_seed(2)
    loss, terms = model.loss(Batch(image))
    torch.manual_seed(2)
    distortion, rate = model.bound(model.target(image))
    torch.testing.assert_close(loss, (distortion + 2 * rate).mean())
    torch.testing.assert_close(terms["rate"], rate.mean())
    torch.manual_seed(2)
    output, posteriors, _ = model.infer(model.target(image))
    by_hand = sum(0.5 * (q.loc**2 + q.scale**2 - 1 - 2 * q.scale.log()).sum() for q in posteriors) / 6
    torch.testing.assert_close(terms["rate"], torch.as_tensor(by_hand))
    bits = nn.functional.binary_cross_entropy_with_logits(output, (image + 1) / 2, reduction="sum") / 6
    torch.testing.assert_close(terms["distortion"], bits)


def test_free_bits_hold_each_layer_from_below(image: Tensor) -> None:
    loss, terms = make(free_bits=500.0).loss(Batch(image))
    torch.testing.assert_close(loss, terms["distortion"] + 3 * 500.0)


def test_importance_weights_are_the_ratio_of_joint_and_posterior(image: Tensor) -> None:
    model = make()
    torch.manual_seed(3)
    weights = model.log_weights(image, 4)
    torch.manual_seed(3)
    output, posteriors, drawn = model.infer(image, 4)
    assert weights.shape == (4, 6)
    codes = torch.cat([u.flatten(1) for u in drawn], 1)
    q = torch.cat([q.log_prob(u).flatten(1) for q, u in zip(posteriors, drawn)], 1).sum(1)
    p = (-0.5 * codes**2 - 0.5 * math.log(2 * math.pi)).sum(1)
    x = -nn.functional.binary_cross_entropy_with_logits(output, (image.repeat(4, 1, 1, 1) + 1) / 2, reduction="none")
    torch.testing.assert_close(weights.flatten(), x.flatten(1).sum(1) + p - q, rtol=1e-4, atol=1e-3)
    many = torch.cat([-model.log_weights(image, 50) for _ in range(8)]).mean()
    distortion, rate = model.bound(image.repeat(400, 1, 1, 1))
    torch.testing.assert_close(many, (distortion + rate).mean(), rtol=2e-3, atol=0.0)


def test_codes_of_images_are_the_means_and_what_was_drawn_is_decoded_alike(image: Tensor) -> None:
    model = make()
    _, posteriors, _ = model.infer(image)
    codes = model.encode(image)
    torch.testing.assert_close(codes[:, :3], posteriors[0].loc)  # below, the means depend on what was drawn above
    assert codes.shape == (6, sum(LENGTHS))
    output, _, drawn = model.infer(image)
    again = model.decode(torch.cat([u.flatten(1) for u in drawn], 1))
    torch.testing.assert_close(again, torch.sigmoid(output) * 2 - 1)
