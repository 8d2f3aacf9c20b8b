"""The game of two: who moves what, at what cost, and what is sampled."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from aegean import InputError
from aegean.data.types import Batch, DataSpec
from aegean.families import default_config
from aegean.models import build

SPEC = DataSpec("set", 1, 16, classes=("a", "b", "c"))


def make(family: str = "gan", spec: DataSpec = SPEC, **changes: Any) -> tuple[Any, Batch]:
    torch.manual_seed(0)
    model = build(family, default_config(family, **{"width": 4, "latent": 5, **changes}).model, spec)
    return model.train(), Batch(torch.rand(6, *spec.shape) * 2 - 1, torch.arange(6) % 3)


class Counter(TorchDispatchMode):
    """Counts the arithmetic of convolutions and matrix products, also inside autograd.grad."""

    total = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if count := flop_registry.get(func._overloadpacket):
            self.total += count(*args, **(kwargs or {}), out_val=out)
        return out


def flops(work: Any) -> int:
    with Counter() as counter:
        work()
    return counter.total


@pytest.mark.parametrize("loss", ["relativistic", "nonsaturating", "minimax", "hinge", "least_squares", "wasserstein"])
@pytest.mark.parametrize("penalties", [{"r1": 0.0, "r2": 0.0}, {"r1": 2.0, "r2": 0.5}, {"gradient_penalty": 10.0}])
def test_each_player_moves_its_own_network_alone(loss: str, penalties: dict[str, float]) -> None:
    model, batch = make(loss=loss, **penalties)
    for mover, other in (("discriminator", "generator"), ("generator", "discriminator")):
        model.zero_grad()
        (player,) = [player for player in model.players() if player.name == mover]
        player.loss(batch)[0].backward()
        assert all(weight.grad is not None for weight in getattr(model, mover).parameters())
        assert all(weight.grad is None for weight in getattr(model, other).parameters())
        assert all(weight.requires_grad for weight in model.parameters())


@pytest.mark.parametrize("loss", ["nonsaturating", "relativistic"])
def test_a_round_costs_no_more_arithmetic_than_it_needs(loss: str) -> None:
    """Counted, not timed. Forward F; a backward pass is about 2 F, 1 F where weights or inputs need none."""
    model, batch = make(loss=loss, r1=0.0, r2=0.0, width=8)
    discriminator, generator = model.players()
    with torch.no_grad():
        d = flops(lambda: model.discriminator(batch.image))
        g = flops(lambda: model.sample(model.draw(batch)))
    paired = d if loss == "relativistic" else 0
    assert flops(lambda: discriminator.loss(batch)[0].backward()) <= g + 2 * 3 * d
    assert flops(lambda: generator.loss(batch)[0].backward()) <= 2 * g + 2 * d + paired  # what was made serves both


def test_what_was_made_serves_the_batch_it_was_made_for_and_serves_it_once() -> None:
    model, batch = make(turns=2)
    discriminator, generator = model.players()
    made: list[torch.Tensor] = []
    model.generator.register_forward_hook(lambda module, given, out: made.append(out))
    other = Batch(batch.image.flip(0), batch.label)
    for played in (batch, other):
        discriminator.loss(played)[0].backward()
    assert [image.requires_grad for image in made] == [True, False]  # the generator moves on the first batch alone
    generator.loss(batch)[0].backward()
    assert len(made) == 2
    assert all(weight.grad.any() for weight in model.generator.body[-1].parameters())
    generator.loss(batch)
    assert len(made) == 3
    discriminator.loss(batch)
    generator.loss(other)
    assert len(made) == 5


def test_a_penalty_costs_its_two_more_passes_and_no_more() -> None:
    """R1 and R2: forward, gradient of the input, and the backward pass through both, twice 2 F: 6 F of each half."""
    model, batch = make(width=8)
    discriminator, _ = model.players()
    with torch.no_grad():
        d = flops(lambda: model.discriminator(batch.image))
        g = flops(lambda: model.sample(model.draw(batch)))
    assert flops(lambda: discriminator.loss(batch)[0].backward()) <= 1.02 * (g + 2 * 6 * d)


def test_validation_needs_no_gradient_and_has_no_penalty() -> None:
    model, batch = make(gradient_penalty=1.0)
    with torch.no_grad():
        loss, terms = model.eval().players()[0].loss(batch)
    assert loss.isfinite()
    assert "penalty" not in terms


def test_diversity_and_standing_are_logged() -> None:
    model, batch = make()
    logged = [set(player.loss(batch)[1]) for player in model.players()]
    assert logged == [{"accuracy_real", "accuracy_fake", "gap", "penalty"}, {"diversity", "nearest"}]


def test_turns_of_the_discriminator() -> None:
    model, _ = make(turns=5)
    assert [(player.name, player.turns) for player in model.players()] == [("discriminator", 5), ("generator", 1)]


@pytest.mark.parametrize("normalise", ["none", "layer"])
def test_no_image_depends_on_the_others_of_its_batch(normalise: str) -> None:
    model, _ = make(normalise=normalise)
    noise = model.noise(4, seed=0)
    torch.testing.assert_close(model.sample(noise)[:1], model.sample(noise[:1]), atol=1e-6, rtol=1e-5)


def test_batch_normalisation_keeps_its_statistics_for_sampling() -> None:
    model, batch = make(normalise="batch")
    model.players()[1].loss(batch)
    model.eval()
    noise = model.noise(4, seed=0)
    torch.testing.assert_close(model.sample(noise)[:1], model.sample(noise[:1]), atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("label", ["projection", "concatenate"])
def test_a_conditional_gan_is_told_the_label_on_both_sides(label: str) -> None:
    model, batch = make("conditional_gan", label=label)
    noise = model.noise(6, seed=0)
    assert not torch.allclose(model.sample(noise, torch.zeros(6).long()), model.sample(noise, torch.ones(6).long()))
    discriminator, generator = model.players()
    discriminator.loss(batch)[0].backward()
    told = [name for name, weight in model.discriminator.named_parameters() if "vectors" in name]
    assert len(told) == 1
    assert (dict(model.discriminator.named_parameters())[told[0]].grad != 0).any()
    with pytest.raises(InputError, match="needs a label"):
        generator.loss(batch._replace(label=None))


def test_a_smooth_generator_makes_no_pattern_of_two_pixels() -> None:
    model, _ = make(smooth=True)
    board = (torch.arange(16)[:, None] + torch.arange(16)) % 2 * 2.0 - 1
    plain, _ = make()
    assert {name: w.shape for name, w in model.state_dict().items()} == {
        n: w.shape for n, w in plain.state_dict().items()
    }
    with torch.no_grad():
        made, raw = (each.generator(each.noise(4, seed=0))[..., 1:-1, 1:-1] for each in (model, plain))
    board = board[1:-1, 1:-1]
    assert (made * board).mean((1, 2, 3)).abs().max() < 0.1 * (raw * board).mean((1, 2, 3)).abs().max()


def test_a_conditional_gan_needs_labels() -> None:
    with pytest.raises(InputError, match="`gan` does without"):
        make("conditional_gan", spec=dataclasses.replace(SPEC, classes=()))


def test_a_few_rounds_bring_the_made_images_to_the_brightness_of_the_real_ones() -> None:
    model, _ = make(network="mlp", hidden=16)
    image = torch.full((32, 1, 16, 16), 0.6) + 0.1 * torch.randn(32, 1, 1, 1)
    players = model.players()
    optimisers = [torch.optim.Adam(p.networks[0].parameters(), lr=0.01, betas=(0.0, 0.99)) for p in players]

    def off() -> float:
        with torch.no_grad():
            return float((model.sample(model.noise(64, 0)).mean() - 0.6).abs())

    before = off()
    for _ in range(80):
        for player, optimiser in zip(players, optimisers):
            optimiser.zero_grad()
            player.loss(Batch(image))[0].backward()
            optimiser.step()
    assert off() < 0.3 * before


def test_the_discriminator_may_be_narrower_than_the_generator() -> None:
    def shapes(player: str, **sizes: int) -> list[Any]:
        return [weight.shape for weight in getattr(make(**sizes)[0], player).parameters()]

    assert shapes("generator", width=8, discriminator=4) == shapes("generator", width=8)
    assert shapes("discriminator", width=8, discriminator=4) == shapes("discriminator", width=4)
