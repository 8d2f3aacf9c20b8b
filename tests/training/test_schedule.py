from __future__ import annotations

import itertools

import pytest
import torch

from aegean.families import TrainingConfig, default_config
from aegean.training.augmentation import crop, mirror
from aegean.training.schedule import BalancedOrder, BatchOrder, learning_rate, seed_of


def test_every_epoch_shows_every_image_once() -> None:
    order = BatchOrder(count=10, batch_size=4, seed=0)
    seen = torch.cat([order(step) for step in range(5)])  # 20 images: two epochs, the third batch straddles them
    assert sorted(seen[:10].tolist()) == sorted(seen[10:].tolist()) == list(range(10))
    assert seen[:10].tolist() != seen[10:].tolist()


def test_a_batch_may_be_larger_than_the_set() -> None:
    assert torch.bincount(BatchOrder(3, 9, seed=1)(0)).tolist() == [3, 3, 3]


def test_order_depends_on_seed_and_step_alone() -> None:
    one, other = BatchOrder(50, 7, seed=3), BatchOrder(50, 7, seed=3)
    for step in range(20):
        one(step)
    assert torch.equal(one(20), other(20))
    assert not torch.equal(one(20), BatchOrder(50, 7, seed=4)(20))


def test_half_of_a_balanced_batch_has_the_rare_attribute_and_all_images_come_up() -> None:
    has = torch.zeros(40, 1, dtype=torch.uint8)
    has[[3, 17, 30]] = 1
    order = BalancedOrder(has, batch_size=6, seed=0)
    batches = [order(step) for step in range(13)]
    assert all(has[batch, 0].tolist() == [0, 1, 0, 1, 0, 1] for batch in batches)
    assert set(torch.cat(batches).tolist()) == set(range(40))
    assert torch.equal(BalancedOrder(has, batch_size=6, seed=0)(12), batches[12])  # whatever was drawn before


def test_of_several_attributes_each_has_its_turn() -> None:
    has = torch.stack([torch.arange(60) % period == 0 for period in (2, 3, 30)], 1)
    order = BalancedOrder(has, batch_size=6, seed=0)
    for step in range(6):
        pairs = order(step).reshape(3, 2).tolist()
        assert any(
            all(not has[pairs[place[k]][0], k] and has[pairs[place[k]][1], k] for k in range(3))
            for place in itertools.permutations(range(3))
        )
    seen = torch.cat([BalancedOrder(has, batch_size=4, seed=0)(step) for step in range(3)])
    assert len(seen) == 12


@pytest.mark.parametrize("attributes", [1, 3, 10])
def test_penalties_look_at_all_attributes_alike(attributes: int) -> None:
    """Image n has attribute n // 2 alone where n is odd, and no other image has: a pair tells its attribute."""
    has = torch.zeros(2 * attributes, attributes, dtype=torch.uint8)
    for k in range(attributes):
        has[2 * k + 1, k] = 1
    order, seen = BalancedOrder(has, batch_size=32, seed=0), torch.zeros(2 * attributes)
    for step in range(600):
        seen += torch.bincount(order(step)[:8], minlength=2 * attributes)  # one image in four
    with_it = seen[1::2]
    assert with_it.sum() == 600 * 4  # half of what is looked at has the attribute whose turn it is
    expected = with_it.mean()
    assert (with_it - expected).abs().max() < 5 * expected.sqrt()


SCHEDULES = {"cosine": [1.0, 0.5, 0.0], "linear": [1.0, 0.5, 0.0], "hold": [1.0, 1.0, 0.0], "constant": [1.0, 1.0, 1.0]}


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_schedules_at_their_start_middle_and_end(schedule: str) -> None:
    config = default_config("vae", steps=1000, warmup=0.0, learning_rate=1.0, schedule=schedule).training
    assert [learning_rate(config, step) for step in (0, 500, 1000)] == pytest.approx(SCHEDULES[schedule])
    quarters = {"cosine": 0.1464466, "linear": 0.25, "hold": 0.5, "constant": 1.0}
    assert learning_rate(config, 750) == pytest.approx(quarters[schedule])


def test_learning_rate_rises_then_falls_to_zero() -> None:
    config = TrainingConfig(steps=100, warmup=0.1, learning_rate=1.0)
    rates = [learning_rate(config, step) for step in range(100)]
    assert rates[0] == pytest.approx(1 / 11)
    assert max(rates) == rates[10] == 1.0
    assert rates[55] == pytest.approx(0.5)
    assert 0 < rates[-1] < 0.001


def test_seeds_differ_in_every_part() -> None:
    seeds = {seed_of(*parts) for parts in [(0, "step", 0), (0, "step", 1), (1, "step", 0), (0, "epoch", 0)]}
    assert len(seeds) == 4
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_crops_are_pieces_of_their_own_image() -> None:
    image = torch.arange(2 * 3 * 9 * 9).float().reshape(2, 3, 9, 9)
    piece = crop(image, 4)
    assert piece.shape == (2, 3, 4, 4)
    for one, whole in zip(piece, image):
        top, left = divmod(int(one[0, 0, 0] - whole[0, 0, 0]), 9)
        assert torch.equal(one, whole[:, top : top + 4, left : left + 4])


def test_mirrors_reach_all_eight_symmetries() -> None:
    torch.manual_seed(0)
    image = torch.tensor([[0.0, 1.0], [2.0, 3.0]]).expand(200, 1, 2, 2)
    assert len({tuple(x.flatten().tolist()) for x in mirror(image, turn=True)}) == 8
    assert len({tuple(x.flatten().tolist()) for x in mirror(image, turn=False)}) == 2


def test_hold_stays_for_half_of_the_run_and_then_falls_along_a_line() -> None:
    config = TrainingConfig(steps=8, learning_rate=1.0, warmup=0.0, schedule="hold")
    rates = [learning_rate(config, step) for step in range(8)]
    assert rates == [1.0, 1.0, 1.0, 1.0, 1.0, 0.75, 0.5, 0.25]
