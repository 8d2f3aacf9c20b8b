import pytest
import torch

from aegean.networks.augment import CHANGES, augment


@pytest.mark.parametrize("kind", CHANGES)
@pytest.mark.parametrize("channels", [1, 3])
def test_changes_are_random_keep_the_shape_and_pass_gradients(kind, channels):
    torch.manual_seed(0)
    image = (torch.rand(8, channels, 12, 12) * 2 - 1).requires_grad_()
    changed = augment(image, (kind,))
    assert changed.shape == image.shape
    assert not torch.equal(changed, augment(image, (kind,)))
    changed.square().sum().backward()
    assert image.grad.isfinite().all()
    assert (image.grad != 0).any()


def test_translation_moves_whole_images_and_lets_black_in():
    image = torch.full((200, 1, 16, 16), -1.0)
    image[:, :, 8, 8] = 1.0
    moved = CHANGES["translation"](image)
    rows, columns = torch.where(moved[:, 0] == 1)[1:]
    assert len(rows) == 200
    assert set(rows.tolist()) == set(columns.tolist()) == set(range(6, 11))
    assert set(moved.unique().tolist()) == {-1.0, 1.0}


def test_images_that_are_not_square_are_moved_and_cut_by_parts_of_their_own_sides():
    image = torch.full((400, 1, 16, 32), -1.0)
    image[:, :, 8, 16] = 1.0
    rows, columns = torch.where(CHANGES["translation"](image)[:, 0] == 1)[1:]
    assert (set(rows.tolist()), set(columns.tolist())) == (set(range(6, 11)), set(range(12, 21)))
    cut = CHANGES["cutout"](torch.ones(400, 1, 16, 32))[:, 0] == 0
    assert [int(cut.any(side).sum(1).max()) for side in (2, 1)] == [8, 16]


def test_cutout_takes_a_square_of_half_the_side_where_it_fits():
    cut = CHANGES["cutout"](torch.ones(300, 3, 16, 16)) == 0
    assert (cut[:, 0] == cut[:, 2]).all()
    sizes = cut[:, 0].flatten(1).sum(1)
    assert sizes.max() <= 81
    assert sizes.min() >= 16
    assert (sizes >= 64).any()


def test_nothing_asked_for_changes_nothing():
    image = torch.randn(2, 1, 8, 8)
    assert augment(image, ()) is image
