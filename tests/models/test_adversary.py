"""The adversarial game that families share: one meaning of `penalty_every`, one protocol between the players."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from aegean import InputError
from aegean.data.types import Batch
from aegean.families import FAMILIES, default_config
from aegean.families.adversarial import AdversarialConfig, FeatureAdversarialConfig, PenaltyConfig
from aegean.losses import logits_and_penalty
from aegean.models.adversary import Handed, penalty_share

PENALISED = [name for name, family in FAMILIES.items() if issubclass(family.settings, PenaltyConfig)]
SEE_FEATURES = [name for name, family in FAMILIES.items() if issubclass(family.settings, FeatureAdversarialConfig)]


def test_the_families_of_the_game() -> None:
    adversarial = {name for name, family in FAMILIES.items() if issubclass(family.settings, AdversarialConfig)}
    others = {"context_encoder", "cyclegan", "multi_attribute_editor", "paired_translator"}
    assert adversarial == {"gan", "conditional_gan", *others}
    assert {*PENALISED} == adversarial | {"attribute_editor"}


def test_what_is_handed_over_is_for_one_batch_and_is_taken_once() -> None:
    handed, batch, other = Handed[str](), Batch(torch.zeros(1)), Batch(torch.zeros(1))
    handed.put(batch, "made")
    assert handed.waits
    assert handed.take(batch) == "made"
    assert not handed.waits
    assert handed.take(batch) is None
    handed.put(batch, "made")
    assert handed.take(other) is None  # an equal batch is not the same one
    assert not handed.waits  # and nothing stays behind
    with torch.no_grad():
        handed.put(batch, "made")
    assert not handed.waits


@pytest.mark.parametrize(("count", "every"), [(1, 4), (3, 4), (4, 4), (5, 4), (8, 4), (1, 1), (7, 2)])
def test_penalties_are_of_one_image_in_so_many_and_on_average_of_all(count: int, every: int) -> None:
    """D(x) = x^2 / 2 of one pixel: its R1 is gamma / 2 E x^2."""
    torch.manual_seed(0)
    image = torch.ones(count, 1)
    config, looked_at, penalties = AdversarialConfig(r1=2.0, r2=0.0, penalty_every=every), [], []
    for _ in range(2000):
        (gamma, _), share = penalty_share(config, count, training=True)
        _, penalty = logits_and_penalty(lambda x: 0.5 * x.square().sum(1), image, gamma, share)
        looked_at.append(-(-count // share) if gamma else 0)
        penalties.append(float(penalty.detach()))
    wanted = count / every if count < every else -(-count // every)
    assert sum(looked_at) / 2000 == pytest.approx(wanted, rel=0.2)
    assert sum(penalties) / 2000 == pytest.approx(1.0, rel=0.2)
    assert count < every or set(penalties) == {1.0}


def test_outside_training_a_small_batch_is_penalised_as_it_is() -> None:
    config = AdversarialConfig(r1=2.0, r2=0.5)
    assert {penalty_share(config, 1, training=False) for _ in range(50)} == {((2.0, 0.5), 1)}


def test_no_penalty_draws_no_random_number() -> None:
    before = torch.random.get_rng_state()
    assert penalty_share(FeatureAdversarialConfig(), 1, training=True) == ((0.0, 0.0), 4)
    penalty_share(AdversarialConfig(), 4, training=True)
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("family", SEE_FEATURES)
@pytest.mark.parametrize("changes", [{"sees": "features"}, {"sees": "pixels"}])
def test_a_discriminator_without_channels_is_refused_in_one_line(family: str, changes: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"^--discriminator 0: must be 1 or more$"):
        default_config(family, discriminator=0, **changes)


@pytest.mark.parametrize("family", PENALISED)
def test_a_penalty_at_no_image_is_refused_in_one_line(family: str) -> None:
    with pytest.raises(InputError, match=r"^--penalty-every 0: must be 1 or more$"):
        default_config(family, penalty_every=0)
