"""Random views of training images."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from aegean.data.types import Batch
from aegean.families import TrainingConfig
from aegean.networks.augment import colour
from aegean.training.augmentation import augment, draw, looked_at


def seen(image: torch.Tensor, **settings: Any) -> torch.Tensor:
    """(B, C, H, W) as training sees it under these settings."""
    training = TrainingConfig(**settings)
    return looked_at(image, draw(image, training), training.crop)


def crop(image: torch.Tensor, side: int) -> torch.Tensor:
    return seen(image, crop=side)


def jitter(image: torch.Tensor, strength: float) -> torch.Tensor:
    return seen(image, jitter=strength)


def mirror(image: torch.Tensor, turn: bool) -> torch.Tensor:
    return seen(image, flip=True, turn=turn)


def slope(size: int = 32) -> torch.Tensor:
    """Brighter from left to right, (1, 1, S, S)."""
    return torch.linspace(-0.8, 0.8, size).expand(1, 1, size, size)


def test_jitter_changes_a_little_each_image_its_own_way() -> None:
    torch.manual_seed(0)
    image = slope().repeat(64, 3, 1, 1)
    shown = seen(image, jitter=1.0)
    assert shown.shape == image.shape
    assert shown.is_contiguous(memory_format=torch.channels_last)
    assert shown.abs().max() <= 1
    change = (shown - image).flatten(1).square().mean(1).sqrt()
    assert change.min() > 0.02
    assert change.max() < 0.4
    assert change.unique().numel() == 64
    weaker = (seen(image, jitter=0.1) - image).square().mean().sqrt()
    assert 0 < weaker < 0.2 * change.square().mean().sqrt()


def test_alpha_is_no_colour() -> None:
    image = torch.cat([slope().repeat(8, 3, 1, 1), torch.ones(8, 1, 32, 32)], 1)
    assert (seen(image, jitter=1.0)[:, 3] > 0.999).all()  # but for rounding
    changed = colour(image)
    assert (changed[:, 3] == 1).all()
    assert (changed[:, :3] != image[:, :3]).any()


def test_jitter_zooms_about_the_centre_and_moves_by_what_it_says() -> None:
    torch.manual_seed(1)
    image = torch.full((256, 1, 33, 33), -0.5)
    image[:, :, 14:19, 14:19] = 0.5
    shown = (seen(image, jitter=1.0) > 0)[:, 0].float()
    area = shown.sum((1, 2)) / 25
    place = torch.arange(33.0) - 16
    across = (shown.sum(1) * place).sum(1) / shown.sum((1, 2))
    assert 0.6 < area.min() < 0.95 < 1.05 < area.max() < 1.6
    assert 1.0 < across.abs().max() < 0.05 * 33 * 1.3  # a zoom carries it further
    assert abs(across.mean()) < 0.2


def test_crop_and_mirror_keep_pixels_as_they_are() -> None:
    torch.manual_seed(0)
    image = torch.rand(16, 3, 12, 12)
    part = seen(image, crop=5)
    assert part.shape == (16, 3, 5, 5)
    for whole, some in zip(image, part):
        windows = whole.unfold(1, 5, 1).unfold(2, 5, 1)  # (3, 8, 8, 5, 5)
        assert (windows == some[:, None, None]).all(-1).all(-1).all(0).any()
    turned = seen(image, flip=True)
    same, flipped = ((turned == other).flatten(1).all(1) for other in (image, image.flip(3)))
    assert (same ^ flipped).all()
    assert same.any()
    assert flipped.any()


def test_what_is_wanted_is_seen_as_what_goes_in() -> None:
    """A pair of one picture and itself twice as large stays one, whatever the view."""
    torch.manual_seed(2)
    small = torch.rand(32, 3, 16, 16)
    large = small.repeat_interleave(2, 2).repeat_interleave(2, 3)
    for settings in ({"crop": 8}, {"flip": True}, {"turn": True}, {"crop": 8, "turn": True}):
        both = augment(Batch(small, target=large), TrainingConfig(**settings))
        assert both.target is not None
        assert torch.equal(both.target[..., ::2, ::2], both.image)
        assert not torch.equal(both.image, small)
    same = augment(Batch(small, target=small[:, :1]), TrainingConfig(jitter=1.0))
    assert same.target is not None
    assert same.target.shape == (32, 1, 16, 16)
    grey = small[:, :1].expand(-1, 3, -1, -1)  # in grey all three contrasts are one, their mean
    told = draw(grey, TrainingConfig(jitter=1.0))
    assert told.shaken is not None
    alike = told._replace(shaken=(told.shaken[0], told.shaken[1].mean(1, keepdim=True).expand(-1, 3, -1, -1)))
    torch.testing.assert_close(looked_at(grey[:, :1], told, 0), looked_at(grey, alike, 0)[:, :1])
    wide = augment(Batch(small[..., :12], target=large[..., :24]), TrainingConfig(crop=8))
    assert wide.target is not None
    assert wide.target.shape == (32, 3, 16, 16)
    three = augment(Batch(small, target=small), TrainingConfig(jitter=1.0, crop=12, flip=True))
    assert three.target is not None
    assert torch.equal(three.target, three.image)


def test_crops_begin_at_every_place_that_there_is() -> None:
    torch.manual_seed(0)
    places = torch.stack(torch.meshgrid(torch.arange(6.0), torch.arange(7.0), indexing="ij")).repeat(300, 1, 1, 1)
    part = crop(places, 4)
    assert {tuple(x) for x in part[:, :, 0, 0].int().tolist()} == {(top, left) for top in range(3) for left in range(4)}


@pytest.mark.parametrize("strength", [1.0, 3.0])
@pytest.mark.parametrize("aspect", [1, 2])
def test_jitter_is_a_turn_a_zoom_and_a_shift_of_the_sizes_that_it_says(strength: float, aspect: int) -> None:
    """Alpha is sampled, but not tinted: where it holds a coordinate, what comes out is where each pixel came from.

    Coordinates are in pixels, with 8 as 1: of images twice as high, too, it is a turn.
    """
    lines = ((2 * torch.arange(16.0 * times) + 1) / 16 - times for times in (aspect, 1))
    y, x = torch.meshgrid(*lines, indexing="ij")
    inner = (x.square() + y.square() < 0.1).flatten()  # what the reflected border does not reach
    from_place = []
    for coordinate in (x, y / aspect):
        torch.manual_seed(0)
        image = torch.stack([torch.zeros(16 * aspect, 16)] * 3 + [coordinate]).repeat(1000, 1, 1, 1)
        from_place.append(jitter(image, strength)[:, 3].flatten(1)[:, inner])
    points = torch.stack([x.flatten()[inner], y.flatten()[inner], torch.ones(int(inner.sum()))], 1)
    came_from = torch.stack(from_place, 2) * torch.tensor([1.0, aspect])
    affine = (torch.linalg.pinv(points) @ came_from).mT  #                                      (B, 2, 3)
    torch.testing.assert_close(affine[:, 0, 0], affine[:, 1, 1], atol=1e-4, rtol=0)
    torch.testing.assert_close(affine[:, 0, 1], -affine[:, 1, 0], atol=1e-4, rtol=0)
    turned = torch.atan2(affine[:, 1, 0], affine[:, 0, 0]).rad2deg() / 10
    zoomed = affine[:, :, :2].det().log() / 2 / 0.1
    moved = affine[:, :, 2].T / 0.1 / torch.tensor([[1.0], [aspect]])  # a twentieth of each side
    for evenly in (turned, zoomed, *moved):
        assert evenly.min() == pytest.approx(-strength, abs=0.02)
        assert evenly.max() == pytest.approx(strength, abs=0.02)
        assert abs(evenly.mean()) < 0.08 * strength
        assert evenly.std() == pytest.approx(strength / 3**0.5, rel=0.06)


def test_jitter_tints_by_a_contrast_of_each_channel_and_one_brightness() -> None:
    def flat(value: float) -> torch.Tensor:
        torch.manual_seed(0)
        return jitter(torch.full((1000, 3, 4, 4), value), 1.0)[:, :, 1, 1]

    light = flat(0.0)
    assert torch.equal(light, light[:, :1].expand(-1, 3))
    contrast = ((flat(0.5) - light) / 0.5).log()
    for evenly in (light[:, 0], *contrast.T):
        assert evenly.min() == pytest.approx(-0.1, abs=2e-3)
        assert evenly.max() == pytest.approx(0.1, abs=2e-3)
        assert abs(evenly.mean()) < 0.008
    assert (contrast[:, 0] - contrast[:, 1]).abs().mean() > 0.03
    assert (flat(1.0).max(), flat(-1.0).min()) == (1, -1)


@pytest.mark.parametrize(
    ("settings", "views"),
    [({}, 1), ({"flip": True}, 2), ({"turn": True}, 8), ({"flip": True, "turn": True}, 8), ({"crop": 2}, 4)],
)
def test_a_batch_is_seen_as_its_settings_say(settings: dict[str, Any], views: int) -> None:
    torch.manual_seed(0)
    image = torch.arange(9.0).view(1, 1, 3, 3).expand(200, -1, -1, -1)
    batch = Batch(image, other=-image)
    seen = augment(batch, TrainingConfig(**settings))
    assert len({tuple(x.flatten().tolist()) for x in seen.image}) == views
    assert len({tuple(x.flatten().tolist()) for x in seen.other}) == views
    assert seen.other.max() <= 0
    assert augment(Batch(image), TrainingConfig(**settings)).other is None
    assert (seen is batch) == (not settings)


def test_shaken_batches_are_shaken_as_much_as_they_should_be() -> None:
    image = slope().repeat(8, 1, 1, 1)
    torch.manual_seed(0)
    alone = jitter(image, 0.5)
    torch.manual_seed(0)
    assert torch.equal(augment(Batch(image), TrainingConfig(jitter=0.5)).image, alone)
