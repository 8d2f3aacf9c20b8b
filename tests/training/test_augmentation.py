"""Random views of training images."""

from __future__ import annotations

import torch

from aegean.networks.augment import colour
from aegean.training.augmentation import crop, jitter, mirror


def slope(size: int = 32) -> torch.Tensor:
    """Brighter from left to right, (1, 1, S, S)."""
    return torch.linspace(-0.8, 0.8, size).expand(1, 1, size, size)


def test_jitter_changes_a_little_each_image_its_own_way() -> None:
    torch.manual_seed(0)
    image = slope().repeat(64, 3, 1, 1)
    seen = jitter(image, 1.0)
    assert seen.shape == image.shape
    assert seen.is_contiguous(memory_format=torch.channels_last)
    assert seen.abs().max() <= 1
    change = (seen - image).flatten(1).square().mean(1).sqrt()
    assert change.min() > 0.02
    assert change.max() < 0.4
    assert change.unique().numel() == 64
    weaker = (jitter(image, 0.1) - image).square().mean().sqrt()
    assert 0 < weaker < 0.2 * change.square().mean().sqrt()


def test_alpha_is_no_colour() -> None:
    image = torch.cat([slope().repeat(8, 3, 1, 1), torch.ones(8, 1, 32, 32)], 1)
    assert (jitter(image, 1.0)[:, 3] > 0.999).all()  # but for rounding
    changed = colour(image)
    assert (changed[:, 3] == 1).all()
    assert (changed[:, :3] != image[:, :3]).any()


def test_jitter_zooms_about_the_centre_and_moves_by_what_it_says() -> None:
    torch.manual_seed(1)
    image = torch.full((256, 1, 33, 33), -0.5)
    image[:, :, 14:19, 14:19] = 0.5
    seen = (jitter(image, 1.0) > 0)[:, 0].float()
    area = seen.sum((1, 2)) / 25
    place = torch.arange(33.0) - 16
    across = (seen.sum(1) * place).sum(1) / seen.sum((1, 2))
    assert 0.6 < area.min() < 0.95 < 1.05 < area.max() < 1.6
    assert 1.0 < across.abs().max() < 0.05 * 33 * 1.3  # a zoom carries it further
    assert abs(across.mean()) < 0.2


def test_crop_and_mirror_keep_pixels_as_they_are() -> None:
    torch.manual_seed(0)
    image = torch.rand(16, 3, 12, 12)
    part = crop(image, 5)
    assert part.shape == (16, 3, 5, 5)
    for whole, some in zip(image, part):
        windows = whole.unfold(1, 5, 1).unfold(2, 5, 1)  # (3, 8, 8, 5, 5)
        assert (windows == some[:, None, None]).all(-1).all(-1).all(0).any()
    turned = mirror(image, turn=False)
    same, flipped = ((turned == other).flatten(1).all(1) for other in (image, image.flip(3)))
    assert (same ^ flipped).all()
    assert same.any()
    assert flipped.any()
