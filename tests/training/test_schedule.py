from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from aegean.families import TrainingConfig
from aegean.training.augmentation import draw, looked_at
from aegean.training.schedule import BalancedOrder, BatchOrder, learning_rate, seed_of


def seen(image: torch.Tensor, **settings: Any) -> torch.Tensor:
    """(B, C, H, W) as training sees it under these settings."""
    training = TrainingConfig(**settings)
    return looked_at(image, draw(image, training), training.crop)


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
    assert all(sorted(pair) == [0, 1] for batch in batches for pair in has[batch, 0].view(3, 2).tolist())
    assert set(torch.cat(batches).tolist()) == set(range(40))
    assert torch.equal(BalancedOrder(has, batch_size=6, seed=0)(12), batches[12])  # whatever was drawn before


def test_of_several_attributes_each_has_its_turn() -> None:
    has = torch.stack([torch.arange(60) % period == 0 for period in (2, 3, 30)], 1)
    order = BalancedOrder(has, batch_size=6, seed=0)
    for step in range(6):
        seen = {tuple(sorted(has[pair, k].tolist())) for pair in order(step).view(3, 2) for k in (0,)}
        assert (False, True) in seen
        assert has[order(step), 2].any()  # one in 30 has it
    seen = torch.cat([BalancedOrder(has, batch_size=4, seed=0)(step) for step in range(3)])
    assert len(seen) == 12


def test_each_kind_is_among_the_first_images_equally_often() -> None:
    """Penalties look at the first images of a batch alone. Ten attributes, and an image that has one of them alone."""
    has = torch.eye(10, dtype=torch.uint8).repeat(3, 1)
    order, steps, first = BalancedOrder(has, batch_size=16, seed=0), 2000, 3
    seen = torch.cat([order(step)[:first] for step in range(steps)])
    without = BalancedOrder(1 - has, batch_size=16, seed=0)
    counts = torch.bincount(seen % 10, minlength=10) / (first * steps)
    assert counts.sub(0.1).abs().max() < 0.02
    again = torch.cat([without(step)[:first] for step in range(steps)])
    assert (torch.bincount(again % 10, minlength=10) / (first * steps)).sub(0.1).abs().max() < 0.02
    one = BalancedOrder((torch.arange(40)[:, None] % 2), batch_size=4, seed=0)
    assert 0.45 < torch.stack([one(step)[0] % 2 for step in range(steps)]).float().mean() < 0.55
    assert torch.equal(order(7), BalancedOrder(has, batch_size=16, seed=0)(7))
    assert not torch.equal(order(7), BalancedOrder(has, batch_size=16, seed=1)(7))


@pytest.mark.parametrize(
    ("schedule", "middle", "last"),
    [
        ("constant", 1.0, 1.0),
        ("linear", 0.5, 1 / 80),
        ("hold", 1.0, 2 / 80),
        ("cosine", 0.5, 0.5 - 0.5 * math.cos(math.pi / 80)),
    ],
)
def test_each_schedule_at_its_start_top_middle_and_end(schedule: str, middle: float, last: float) -> None:
    config = TrainingConfig(steps=100, warmup=0.2, learning_rate=3.0, schedule=schedule)
    found = [learning_rate(config, step) / 3 for step in (0, 19, 20, 60, 99)]
    assert found == pytest.approx([1 / 21, 20 / 21, 1.0, middle, last])


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
    piece = seen(image, crop=4)
    assert piece.shape == (2, 3, 4, 4)
    for one, whole in zip(piece, image):
        top, left = divmod(int(one[0, 0, 0] - whole[0, 0, 0]), 9)
        assert torch.equal(one, whole[:, top : top + 4, left : left + 4])


def test_mirrors_reach_all_eight_symmetries() -> None:
    torch.manual_seed(0)
    image = torch.tensor([[0.0, 1.0], [2.0, 3.0]]).expand(200, 1, 2, 2)
    assert len({tuple(x.flatten().tolist()) for x in seen(image, turn=True)}) == 8
    assert len({tuple(x.flatten().tolist()) for x in seen(image, flip=True)}) == 2


def test_hold_stays_for_half_of_the_run_and_then_falls_along_a_line() -> None:
    config = TrainingConfig(steps=8, learning_rate=1.0, warmup=0.0, schedule="hold")
    rates = [learning_rate(config, step) for step in range(8)]
    assert rates == [1.0, 1.0, 1.0, 1.0, 1.0, 0.75, 0.5, 0.25]


def test_where_hardly_a_step_is_left_after_the_warmup() -> None:
    config = TrainingConfig(steps=2, warmup=0.1, learning_rate=1.0, schedule="linear")
    assert learning_rate(config, 1) == pytest.approx(1 - 0.8 / 1.8)


def test_batches_come_in_the_order_of_earlier_versions() -> None:
    """Whose runs go on to the same bits: these are the first images that they saw."""
    assert (seed_of(0, "epoch", 0), seed_of(7, "pairs", 3)) == (1887065545650066536, 2294980328899867055)
    order = BatchOrder(10, 4, seed=3)
    assert order(2).tolist() == [7, 8, 3, 1]
    assert set(order.permutations) == {0, 1}  # no more than is in use
    assert order(3).tolist() != order(4).tolist()
    assert set(order.permutations) == {1}
    has = torch.stack([torch.arange(12) % 2 == 0, torch.arange(12) % 3 == 0], 1)
    balanced = BalancedOrder(has, 7, seed=3)
    assert balanced(0).tolist() == [1, 10, 4, 3, 3, 11, 5]
    assert balanced(5).tolist() == [9, 9, 3, 5, 7, 4, 0]
