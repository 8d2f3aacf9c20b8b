"""Against closed forms and sets made by hand."""

import math

import pytest
import torch

from aegean.evaluation.metrics import fidelity, modes


def test_frechet_distance_of_gaussians_in_closed_form():
    mean, other_mean = torch.tensor([0.0, 1.0]).double(), torch.tensor([3.0, 5.0]).double()
    a, b = torch.diag(torch.tensor([1.0, 4.0])).double(), torch.diag(torch.tensor([9.0, 16.0])).double()
    expected = 25 + (1 - 3) ** 2 + (2 - 4) ** 2  # |m - m'|^2 + |a^1/2 - b^1/2|^2, as they commute
    assert fidelity.frechet_distance_of_gaussians(mean, a, other_mean, b) == pytest.approx(expected)


def test_frechet_distance_of_covariances_that_do_not_commute():
    """2 x 2: Tr (A B)^1/2 = (Tr AB + 2 (det A det B)^1/2)^1/2."""
    a = torch.tensor([[2.0, 0.5], [0.5, 1.0]]).double()
    b = torch.tensor([[1.0, -0.3], [-0.3, 3.0]]).double()
    root = math.sqrt((a @ b).trace() + 2 * math.sqrt(a.det() * b.det()))
    zero = torch.zeros(2).double()
    expected = float(a.trace() + b.trace()) - 2 * root
    assert fidelity.frechet_distance_of_gaussians(zero, a, zero, b) == pytest.approx(expected)


def test_frechet_distance_of_samples_and_of_a_set_with_itself():
    torch.manual_seed(0)
    real, made = torch.randn(20_000, 3), 2 * torch.randn(20_000, 3) + 1
    assert fidelity.frechet_distance(real, real) == pytest.approx(0, abs=1e-9)
    assert fidelity.frechet_distance(real, made) == pytest.approx(3 + 3, rel=0.03)
    assert fidelity.frechet_distance(real, made) == pytest.approx(fidelity.frechet_distance(made, real))


def test_frechet_distance_where_covariances_are_singular():
    line = torch.randn(50, 1) @ torch.ones(1, 4)
    assert fidelity.frechet_distance(line, line + 1) == pytest.approx(4, rel=1e-6)


def test_squared_mmd_by_hand():
    real, made = torch.tensor([[1.0], [2.0]]).double(), torch.tensor([[0.0], [1.0]]).double()
    within = (1 * 2 + 1) ** 3, 1.0
    across = (1 + 8 + 1 + 27) / 4  # (x y + 1)^3 of 1, 2 and 0, 1
    assert float(fidelity.squared_mmd(real, made)) == pytest.approx(sum(within) - 2 * across)


def test_kid_is_unbiased_and_its_standard_error_is_honest():
    generator = torch.Generator().manual_seed(0)
    blocks = []
    for _ in range(40):
        real, made = torch.randn(2, 200, 4, generator=generator)
        blocks.append(fidelity.kernel_distance(real, made))
    means = torch.stack([block.mean() for block in blocks])
    errors = torch.stack([block.std() / len(block) ** 0.5 for block in blocks])
    assert len(blocks[0]) == 10
    assert abs(means.mean()) < 3 * means.std() / 40**0.5
    assert float(errors.mean() / means.std()) == pytest.approx(1, abs=0.35)


def test_a_set_sorted_by_class_is_as_far_as_the_same_set_shuffled():
    """Consecutive blocks of a sorted set would be of one class each, and far from blocks of all classes."""
    torch.manual_seed(0)
    made = torch.randn(1000, 4) + torch.arange(1000)[:, None] % 10
    for order in (torch.arange(1000), torch.arange(1000).reshape(100, 10).T.flatten()):
        real = (torch.randn(1000, 4) + torch.arange(1000)[:, None] % 10)[order]
        blocks = fidelity.kernel_distance(real, made)
        assert len(blocks) == 10
        assert abs(blocks.mean()) < 3 * blocks.std() / 10**0.5
        assert torch.equal(blocks, fidelity.kernel_distance(real, made))


def test_blocks_are_ten_or_of_a_thousand():
    assert [fidelity.block_size(count) for count in (4, 35, 200, 10_000, 60_000)] == [2, 3, 20, 1000, 1000]


SQUARE = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


def test_radii_are_distances_to_the_kth_neighbour_but_oneself():
    assert fidelity.radii(SQUARE, 1).tolist() == [1, 1, 1, 1]
    assert fidelity.radii(SQUARE, 3).tolist() == pytest.approx([2**0.5] * 4)
    with pytest.raises(ValueError, match="4 vectors have no neighbour 4"):
        fidelity.radii(SQUARE, 4)


def test_precision_and_recall_are_not_swapped():
    made = torch.tensor([[0.5, 0.5], [0.5, 0.5], [9.0, 9.0]])  # two good ones, alike, and one that is far off
    assert fidelity.precision_of_features(SQUARE, made, 1).tolist() == [1, 1, 0]
    near = torch.tensor([[0.1, 0.0], [0.0, 0.1]])  # good, but all of one corner
    assert fidelity.precision_of_features(SQUARE, near, 1).mean() == 1
    assert fidelity.precision_of_features(near, SQUARE, 1).tolist() == [1, 0, 0, 0]


def test_density_and_coverage_by_hand():
    made = torch.tensor([[0.5, 0.5], [0.1, 0.0], [9.0, 9.0]])
    assert fidelity.density_of_features(SQUARE, made, 1).tolist() == [4, 2, 0]
    assert fidelity.coverage_of_features(SQUARE, torch.tensor([[0.0, 0.2]]), 1).tolist() == [1, 1, 0, 0]


def test_a_set_has_density_and_coverage_one_against_itself():
    real = torch.randn(50, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert float(fidelity.density_of_features(real, real, 5).mean()) == pytest.approx(
        1, abs=0.03
    )  # 1.2 with the edges of balls
    assert float(fidelity.coverage_of_features(real, real, 5).mean()) == 1


def test_alike_sets_have_density_and_coverage_near_one():
    torch.manual_seed(0)
    real, made = torch.randn(2, 2000, 2)
    assert float(fidelity.density_of_features(real, made, 5).mean()) == pytest.approx(1, abs=0.06)
    assert float(fidelity.coverage_of_features(real, made, 5).mean()) == pytest.approx(
        1 - 2**-5, abs=0.03
    )  # Naeem et al., eq. 8


def test_modes_and_their_divergence():
    label = torch.tensor([0, 0, 2, 2])
    assert modes.count_modes(label, 4) == 2
    assert modes.divergence_of_modes(label, torch.full((4,), 0.25)) == pytest.approx(math.log(2))
    assert modes.divergence_of_modes(torch.arange(4), torch.full((4,), 0.25)) == pytest.approx(0)


def test_the_floor_of_the_divergence_is_what_chance_makes():
    label = torch.randint(1000, (26_000,), generator=torch.Generator().manual_seed(0))
    assert modes.divergence_of_modes(label, torch.full((1000,), 0.001)) == pytest.approx(999 / 52_000, rel=0.1)


@pytest.mark.parametrize("name", ["precision_of_features", "density_of_features", "coverage_of_features"])
def test_what_all_features_have_in_common_changes_nothing(name):
    torch.manual_seed(0)
    real, made = 0.05 * torch.randn(2, 300, 64)
    figure = getattr(fidelity, name)
    torch.testing.assert_close(figure(real + 100, made + 100).mean(), figure(real, made).mean(), atol=0.01, rtol=0)


def test_kid_of_features_of_several_numbers_is_its_sum_over_pairs():
    torch.manual_seed(0)
    real, made = torch.randn(4, 3).double(), torch.randn(5, 3).double()
    kernel = lambda x, y: (float(x @ y) / 3 + 1) ** 3  # noqa: E731
    within = lambda some: [kernel(x, y) for i, x in enumerate(some) for j, y in enumerate(some) if i != j]  # noqa: E731
    across = [kernel(x, y) for x in real for y in made]
    expected = sum(within(real)) / 12 + sum(within(made)) / 20 - 2 * sum(across) / 20
    assert float(fidelity.squared_mmd(real, made)) == pytest.approx(expected)


def test_a_frechet_distance_is_never_negative():
    for seed in range(20):
        same = torch.randn(30, 8, generator=torch.Generator().manual_seed(seed))
        assert fidelity.frechet_distance(same, same) >= 0


def test_recall_is_precision_the_other_way_round_with_as_many_neighbours():
    torch.manual_seed(0)
    real, made = torch.randn(60, 2), torch.randn(50, 2) + 1
    for neighbour in (1, 2, 6):
        found = fidelity.recall_of_features(real, made, neighbour)
        assert torch.equal(found, fidelity.precision_of_features(made, real, neighbour))
    assert torch.equal(fidelity.recall_of_features(real, made), fidelity.recall_of_features(real, made, 3))
    counts = [int(fidelity.recall_of_features(real, made, neighbour).sum()) for neighbour in (1, 2, 3, 4)]
    assert counts == sorted(set(counts))


def test_what_lies_on_the_border_of_a_ball_is_not_in_it():
    real = torch.tensor([[0.0], [4.0]])
    assert fidelity.coverage_of_features(real, torch.tensor([[-4.0], [10.0]]), 1).tolist() == [0, 0]
    assert fidelity.coverage_of_features(real, torch.tensor([[-3.5], [10.0]]), 1).tolist() == [1, 0]


def test_blocks_are_of_the_smaller_set():
    figure = fidelity.kernel_figure(torch.randn(300, 2), torch.randn(60, 2), {"own": 1})
    assert figure.settings == {"own": 1, "block": 6, "blocks": 10}
    assert figure.images == 60


def test_a_mode_that_occurs_once_occurs():
    assert modes.count_modes(torch.tensor([0, 0, 2]), 5) == 2
    expected = torch.tensor([0.5, 0.2, 0.3], dtype=torch.float64)
    by_hand = 2 / 3 * math.log(2 / 3 / 0.5) + 1 / 3 * math.log(1 / 3 / 0.3)
    assert modes.divergence_of_modes(torch.tensor([0, 0, 2]), expected) == pytest.approx(by_hand, rel=1e-12)
