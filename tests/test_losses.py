"""Losses against their equations by hand, penalties against closed forms, in float32 and under autocast."""

from __future__ import annotations

import math
from typing import get_args

import pytest
import torch
from torch import nn

from aegean.families.adversarial import GameName
from aegean.losses import (
    ADVERSARIAL_LOSSES,
    between,
    discriminator_statistics,
    diversity,
    logits_and_penalties,
    logits_and_penalty,
    nearest,
    one_lipschitz,
    squared_gradient,
)

REAL, FAKE = torch.tensor([2.0, -1.0]), torch.tensor([0.5, -3.0])


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def mean(formula) -> float:
    return sum(formula(float(r), float(f)) for r, f in zip(REAL, FAKE)) / len(REAL)


@pytest.mark.parametrize(
    ("game", "discriminator", "generator"),
    [
        (
            "minimax",
            lambda r, f: -math.log(sigmoid(r)) - math.log(1 - sigmoid(f)),
            lambda r, f: math.log(1 - sigmoid(f)),
        ),
        (
            "nonsaturating",
            lambda r, f: -math.log(sigmoid(r)) - math.log(1 - sigmoid(f)),
            lambda r, f: -math.log(sigmoid(f)),
        ),
        ("hinge", lambda r, f: max(0, 1 - r) + max(0, 1 + f), lambda r, f: -f),
        ("least_squares", lambda r, f: ((r - 1) ** 2 + f**2) / 2, lambda r, f: (f - 1) ** 2 / 2),
        ("wasserstein", lambda r, f: f - r, lambda r, f: -f),
        ("relativistic", lambda r, f: -math.log(sigmoid(r - f)), lambda r, f: -math.log(sigmoid(f - r))),
    ],
)
def test_every_game_is_its_equation(game: str, discriminator, generator) -> None:
    assert float(ADVERSARIAL_LOSSES[game].discriminator(REAL, FAKE)) == pytest.approx(mean(discriminator), rel=1e-5)
    assert float(ADVERSARIAL_LOSSES[game].generator(REAL, FAKE)) == pytest.approx(mean(generator), rel=1e-5)


def test_the_settings_offer_each_game_and_no_other() -> None:
    assert set(get_args(GameName)) == set(ADVERSARIAL_LOSSES)


@pytest.mark.parametrize("game", ADVERSARIAL_LOSSES)
def test_only_a_paired_game_needs_real_logits_in_the_generators_move(game: str) -> None:
    moved = ADVERSARIAL_LOSSES[game].generator(REAL + 1, FAKE) != ADVERSARIAL_LOSSES[game].generator(REAL, FAKE)
    assert bool(moved) == ADVERSARIAL_LOSSES[game].paired


@pytest.mark.parametrize("game", ADVERSARIAL_LOSSES)
def test_losses_stay_finite_where_a_player_is_sure(game: str) -> None:
    for loss in (ADVERSARIAL_LOSSES[game].discriminator, ADVERSARIAL_LOSSES[game].generator):
        assert loss(torch.tensor([1e4]), torch.tensor([-1e4])).isfinite()
        assert loss(torch.tensor([-1e4]), torch.tensor([1e4])).isfinite()


@pytest.mark.parametrize("game", ADVERSARIAL_LOSSES)
def test_the_boundary_is_where_a_discriminator_that_cannot_tell_settles(game: str) -> None:
    """Where real and made images are alike, its loss is lowest there; without a boundary it is the same everywhere."""
    lost = lambda logit: ADVERSARIAL_LOSSES[game].discriminator(torch.tensor([logit]), torch.tensor([logit]))  # noqa: E731
    boundary = ADVERSARIAL_LOSSES[game].boundary
    if boundary is None:
        assert lost(3.0) == lost(-2.0)
    else:
        assert float(lost(boundary + 3)) == pytest.approx(float(lost(boundary - 3)))
        assert lost(boundary) < lost(boundary + 3)


def test_squared_gradient_of_a_quadratic_and_its_own_gradient() -> None:
    weight = torch.tensor(3.0, requires_grad=True)
    image = torch.randn(4, 2, 3, 3, requires_grad=True)
    squared = squared_gradient(0.5 * weight * image.square().flatten(1).sum(1), image)  # (w x)^2
    torch.testing.assert_close(squared, 9 * image.square().flatten(1).sum(1))
    squared.sum().backward()
    torch.testing.assert_close(weight.grad, 6 * image.square().sum())


def test_the_penalty_is_half_gamma_and_only_where_gradients_are_wanted() -> None:
    direction = torch.randn(12)
    image = torch.randn(5, 3, 2, 2)
    logit, penalty = logits_and_penalty(lambda x: x.flatten(1) @ direction, image, gamma=4.0)
    torch.testing.assert_close(logit, image.flatten(1) @ direction)
    torch.testing.assert_close(penalty, 2 * direction.square().sum())
    with torch.no_grad():
        assert logits_and_penalty(lambda x: x.flatten(1) @ direction, image, gamma=4.0)[1] == 0
    assert logits_and_penalty(lambda x: x.flatten(1) @ direction, image, gamma=0.0)[1] == 0


def test_a_small_gamma_is_a_penalty_too_and_by_default_of_all_images() -> None:
    image = torch.randn(5, 3, 2, 2)
    _, penalty = logits_and_penalty(lambda x: x.flatten(1).square().sum(1), image, gamma=0.5)
    torch.testing.assert_close(penalty, 0.25 * 4 * image.flatten(1).square().sum(1).mean())
    _, _, both = logits_and_penalties(lambda x: x.flatten(1).square().sum(1), image, 2 * image, (0.5, 0.5))
    torch.testing.assert_close(both, 5 * penalty)


def test_squares_of_a_coarse_image_are_summed_in_float32() -> None:
    image = torch.ones(1, 3, 16, 16, dtype=torch.bfloat16, requires_grad=True)
    squared = squared_gradient(image.float().sum((1, 2, 3)), image)
    assert (squared.dtype, squared.tolist()) == (torch.float32, [768.0])


@pytest.mark.parametrize(
    ("gammas", "every", "passes"),
    [
        ((2.0, 2.0), 1, 1),
        ((2.0, 2.0), 2, 2),
        ((2.0, 1.0), 1, 2),
        ((2.0, 1.0), 2, 4),
        ((0.0, 0.0), 2, 2),
        ((0.0, 1.0), 1, 2),
    ],
)
def test_no_image_is_looked_at_more_often_or_with_a_gradient_than_is_needed(
    gammas: tuple[float, float], every: int, passes: int
) -> None:
    seen: list[tuple[int, bool]] = []

    def critic(image: torch.Tensor) -> torch.Tensor:
        seen.append((len(image), image.requires_grad))
        return image.flatten(1).square().sum(1)

    real, fake = torch.randn(2, 6, 3, 2, 2)
    logits_and_penalties(critic, real, fake, gammas, every)
    assert len(seen) == passes
    assert sum(count for count, _ in seen) == 12
    assert sum(count for count, watched in seen if watched) == sum(6 // every for gamma in gammas if gamma)
    seen.clear()
    with torch.no_grad():
        logits_and_penalties(critic, real, fake, gammas, every)
    assert seen == [(6, False), (6, False)]


def test_a_discriminators_penalty_moves_nothing_but_the_discriminator() -> None:
    scale = torch.ones((), requires_grad=True)
    logit, penalty = logits_and_penalty(lambda x: x.flatten(1).square().sum(1), scale * torch.randn(4, 1, 2, 2), 1.0)
    assert logit.requires_grad
    assert torch.autograd.grad((logit.sum() + penalty), scale, allow_unused=True) == (None,)


@pytest.mark.parametrize("gammas", [(3.0, 3.0), (3.0, 1.0)])
def test_a_discriminator_of_several_outputs_is_held_by_its_critic(gammas: tuple[float, float]) -> None:
    """D gives (a, b), and the critic is 2 b: R1 is gamma / 2 E |2 db/dx|^2."""
    real, fake = torch.randn(2, 5, 3, 2, 2)
    square = lambda x: x.flatten(1).square().sum(1)  # noqa: E731
    give = lambda x: (x.flatten(1), square(x))  # noqa: E731
    for image, gamma in ((real, gammas[0]), (fake, gammas[1])):
        (first, second), penalty = logits_and_penalty(give, image, gamma, 2, critic=lambda out: 2 * out[1])
        torch.testing.assert_close((first, second), give(image))
        torch.testing.assert_close(penalty, gamma / 2 * 16 * square(image[:3]).mean())
    _, _, both = logits_and_penalties(square, real, fake, gammas, 2, critic=lambda out: 2 * out)
    torch.testing.assert_close(both, 8 * (gammas[0] * square(real[:3]).mean() + gammas[1] * square(fake[:3]).mean()))


def test_a_penalty_of_some_images_is_the_mean_over_them() -> None:
    image, label = torch.randn(8, 3, 2, 2), torch.arange(8)
    seen = []

    def critic(x: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        seen.append(label.tolist())
        return x.flatten(1).square().sum(1)

    logit, penalty = logits_and_penalty(critic, image, 3.0, 4, [label])
    torch.testing.assert_close(logit, image.flatten(1).square().sum(1))
    torch.testing.assert_close(penalty, 1.5 * 4 * image[:2].flatten(1).square().sum(1).mean())
    assert seen == [[0, 1], list(range(2, 8))]  # none twice


@pytest.mark.parametrize("gammas", [(3.0, 3.0), (3.0, 1.0), (0.0, 2.0), (0.0, 0.0)])
@pytest.mark.parametrize("every", [1, 2, 4])
def test_both_penalties_at_once_are_those_of_each(gammas: tuple[float, float], every: int) -> None:
    torch.manual_seed(0)
    weight = torch.randn(12, requires_grad=True)
    real, fake, label = torch.randn(5, 3, 2, 2), torch.randn(5, 3, 2, 2), torch.arange(5.0)

    def critic(image: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        return (image.flatten(1) @ weight).pow(3) + label

    of_real, of_fake, penalty = logits_and_penalties(critic, real, fake, gammas, every, [label])
    (said_of_real, r1), (said_of_fake, r2) = (
        logits_and_penalty(critic, image, gamma, every, [label]) for image, gamma in zip((real, fake), gammas)
    )
    torch.testing.assert_close((of_real, of_fake, penalty), (said_of_real, said_of_fake, r1 + r2))
    if any(gammas):
        found, wanted = (torch.autograd.grad(value, weight)[0] for value in (penalty, r1 + r2))
        torch.testing.assert_close(found, wanted)


def test_one_lipschitz_wants_gradients_of_norm_one_and_is_safe_at_zero() -> None:
    assert one_lipschitz(torch.ones(3)) == pytest.approx(0.0, abs=1e-9)
    assert one_lipschitz(torch.tensor([4.0, 9.0])) == pytest.approx((1 + 4) / 2)
    zero = torch.zeros(1, requires_grad=True)
    one_lipschitz(zero).backward()
    assert zero.grad.isfinite().all()


def test_between_lies_on_the_line_from_each_real_to_its_made_image() -> None:
    real, fake = torch.zeros(50, 1, 2, 2), torch.ones(50, 1, 2, 2)
    image = between(real, fake)
    assert image.shape == real.shape
    assert (image.flatten(1).std(1) == 0).all()
    assert 0 <= image.min() < 0.2 < 0.8 < image.max() <= 1


def test_penalties_under_bfloat16_autocast_are_those_of_float32() -> None:
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Conv2d(1, 16, 3, 2, 1), nn.SiLU(), nn.Conv2d(16, 16, 3, 2, 1), nn.SiLU())
    critic = nn.Sequential(*layers, nn.Flatten(), nn.Linear(16 * 49, 1))
    image = torch.randn(16, 1, 28, 28)
    weights = list(critic.parameters())

    def penalty_and_gradient() -> tuple[torch.Tensor, torch.Tensor]:
        _, penalty = logits_and_penalty(lambda x: critic(x)[:, 0].float(), image, gamma=10.0)
        flat = torch.autograd.grad(penalty, weights, allow_unused=True)
        return penalty, torch.cat([g.flatten() for g in flat if g is not None])

    exact, exact_gradient = penalty_and_gradient()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough, rough_gradient = penalty_and_gradient()
    assert rough.dtype == torch.float32
    torch.testing.assert_close(rough, exact, rtol=0.01, atol=0)
    assert torch.cosine_similarity(rough_gradient, exact_gradient, dim=0) > 0.999


def test_a_sum_of_many_small_squares_is_not_lost_under_autocast() -> None:
    """In bfloat16 a sum stops growing at 256 times its addends."""
    image = torch.zeros(1, 3, 128, 128)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        _, penalty = logits_and_penalty(lambda x: 0.01 * x.flatten(1).sum(1), image, gamma=2.0)
    assert float(penalty) == pytest.approx(3 * 128 * 128 * 1e-4, rel=1e-3)


def test_statistics_by_a_boundary_and_by_the_middle() -> None:
    real, fake = torch.tensor([3.0, 1.0, -1.0, 5.0]), torch.tensor([-2.0, 0.5, -4.0, -6.5])
    found = {name: float(value) for name, value in discriminator_statistics(real, fake, boundary=0.0).items()}
    assert found == {"accuracy_real": 0.75, "accuracy_fake": 0.75, "gap": 5.0}
    moved = discriminator_statistics(real + 100, fake + 100, boundary=None)
    assert float(moved["accuracy_real"]) == 0.75
    assert float(moved["gap"]) == 5.0


def test_statistics_at_the_boundary_itself_and_not_in_the_middle() -> None:
    real, fake = torch.tensor([3.0, 2.0, 1.0, 0.0]), torch.tensor([2.0, 1.0, -5.0, -6.0])
    found = discriminator_statistics(real, fake, boundary=2.0)  # who is on it is told by neither
    assert (float(found["accuracy_real"]), float(found["accuracy_fake"])) == (0.25, 0.75)
    found = discriminator_statistics(real, fake, boundary=None)  # the middle is -0.25
    assert (float(found["accuracy_real"]), float(found["accuracy_fake"])) == (1.0, 0.5)


def test_diversity_is_the_ratio_of_distances_between_pairs() -> None:
    torch.manual_seed(0)
    real, fake = torch.randn(9, 1, 4, 4), 0.5 * torch.randn(9, 1, 4, 4)
    by_pairs = [torch.pdist(image.flatten(1)).square().mean().sqrt() for image in (real, fake)]
    torch.testing.assert_close(diversity(real, fake), by_pairs[1] / by_pairs[0])
    assert diversity(real, fake[:1].expand(9, -1, -1, -1)) < 1e-3


def test_nearest_is_the_ratio_of_distances_to_the_most_alike() -> None:
    torch.manual_seed(0)
    real, fake = torch.randn(9, 1, 4, 4), 0.5 * torch.randn(9, 1, 4, 4)
    apart = [torch.cdist(image.flatten(1), image.flatten(1)) + torch.eye(9) * 1e9 for image in (real, fake)]
    torch.testing.assert_close(nearest(real, fake), apart[1].amin(1).mean() / apart[0].amin(1).mean())
    assert nearest(real, real) == 1
    torch.testing.assert_close(nearest(real, fake[:5]), apart[1][:5, :5].amin(1).mean() / apart[0].amin(1).mean())
    assert nearest(real.bfloat16(), fake.bfloat16()) == nearest(real.bfloat16().float(), fake.bfloat16().float())


def test_two_images_over_and_over_are_diverse_but_near() -> None:
    torch.manual_seed(0)
    real = torch.randn(32, 3, 16, 16)
    two = real[torch.arange(32) % 2]
    assert diversity(real, two) > 0.6
    assert nearest(real, two) < 0.01


def test_a_batch_of_one_says_nothing_against_the_generator() -> None:
    real, fake = torch.randn(2, 1, 1, 4, 4)
    assert diversity(real, fake) == nearest(real, fake) == 1
