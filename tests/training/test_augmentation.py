"""Random views of training images."""

from __future__ import annotations

from typing import Any

import torch

from aegean.data.types import Batch
from aegean.families import TrainingConfig
from aegean.networks.augment import colour
from aegean.training.augmentation import augment, draw, looked_at


def seen(image: torch.Tensor, **settings: Any) -> torch.Tensor:
    """(B, C, H, W) as training sees it under these settings."""
    training = TrainingConfig(**settings)
    return looked_at(image, draw(image, training), training.crop)


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
    three = augment(Batch(small, target=small), TrainingConfig(jitter=1.0, crop=12, flip=True))
    assert three.target is not None
    assert torch.equal(three.target, three.image)
