"""Translators of any size, the norm beside torch's own, the memory of made images."""

import pytest
import torch
from torch.nn import functional as F

from aegean.images import to_float, to_uint8
from aegean.networks import (
    ImagePool,
    InstanceNorm,
    PatchDiscriminator,
    Translator,
    pooled_statistics,
    record_statistics,
)


@pytest.mark.parametrize("shape", [(2, 3, 32, 32), (1, 1, 17, 30), (1, 4, 5, 3)])
def test_any_size(shape):
    image = torch.rand(shape) * 2 - 1
    made = Translator(shape[1], 4, 2)(image)
    assert made.shape == shape
    assert made.abs().max() <= 1
    assert PatchDiscriminator(shape[1], 4, 3)(image).shape == (shape[0], -(-shape[2] // 8) * -(-shape[3] // 8))


@pytest.mark.parametrize("batch", [1, 3])
def test_the_norm_and_its_gradient_are_those_of_contiguous_images(batch):
    torch.manual_seed(0)
    image, weight = torch.randn(2, batch, 5, 6, 7)
    expected = image.clone().requires_grad_()
    (F.instance_norm(expected) * weight).sum().backward()
    for layout in (torch.contiguous_format, torch.channels_last):
        x = image.clone(memory_format=layout).requires_grad_()
        y = InstanceNorm()(x)
        (y * weight.to(memory_format=layout)).sum().backward()
        torch.testing.assert_close(y, F.instance_norm(image))
        torch.testing.assert_close(x.grad, expected.grad, atol=1e-5, rtol=1e-4)


def test_held_statistics_are_those_of_the_whole_pooled_from_parts():
    torch.manual_seed(0)
    norm, image = InstanceNorm(), torch.randn(1, 3, 8, 12) * 3 + 1
    with record_statistics(norm):
        for part in (image[..., :2], image[..., 2:9], image[..., 9:]):
            norm(part)
    with pooled_statistics(norm):
        torch.testing.assert_close(norm(image[..., 5:7]), F.instance_norm(image)[..., 5:7])
    torch.testing.assert_close(norm(image), F.instance_norm(image))  # afterwards, its own again


def test_a_translation_has_no_pattern_of_two_pixels():
    torch.manual_seed(0)
    image, network = torch.rand(1, 3, 128, 128) * 2 - 1, Translator(3, 4, 1)
    waves = torch.tensor([1.0, -1.0]).repeat(64)
    network.leave[2].weight.data.mul_(100)  # far from grey, and of a very different kind at the four places of a square
    made = network(image).atanh()[..., 2:-2, 2:-2]
    assert made.std() > 0.1
    for pattern in (waves[2:-2, None], waves[None, 2:-2]):
        assert (made * pattern).mean((2, 3)).abs().max() < 0.02 * made.std()


def image_of(*values):
    """Images of one grey each, of values that 8 bits hold."""
    return to_float(torch.tensor(values, dtype=torch.uint8)[:, None, None, None].expand(-1, 2, 2, 1))


def test_the_memory_holds_the_last_images_and_forgets_the_oldest():
    torch.manual_seed(0)
    pool = ImagePool(3, 4)
    assert torch.equal(pool(image_of(1, 2)), image_of(1, 2))  # nothing older to show
    pool(image_of(3, 4))
    assert sorted(pool.images[:, 0].tolist()) == [2, 3, 4]
    pool(image_of(5, 6, 7, 8, 9))
    assert sorted(pool.images[:, 0].tolist()) == [7, 8, 9]


def test_half_of_what_is_shown_is_older():
    torch.manual_seed(0)
    pool = ImagePool(50, 4)
    for k in range(50):
        pool(image_of(k))
    shown = to_uint8(torch.cat([pool(image_of(200)) for _ in range(25)]))[:, 0, 0, 0]
    older = shown[shown < 200]
    assert 5 <= len(older) <= 20
    assert len(older.unique()) > 3


def test_smaller_images_fit_and_a_memory_of_nothing_remembers_nothing():
    pool = ImagePool(2, 16)
    pool(image_of(1, 2))
    assert {tuple(to_uint8(pool(image_of(1, 1))).flatten().unique().tolist())} <= {(1,), (1, 2), (2,)}
    none = ImagePool(0, 16)
    assert torch.equal(none(image_of(1)), image_of(1))
    assert none.count == 0
