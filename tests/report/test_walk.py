"""Mixtures of draws, and the nearest of many images."""

import torch

from aegean.report.nearest import nearest_in, views
from aegean.report.walk import blend, square


def test_mixtures_of_draws_are_draws():
    weight = square(3)
    torch.testing.assert_close(weight.sum(1), torch.ones(9))
    assert weight[[0, 2, 6, 8]].tolist() == torch.eye(4).tolist()
    draws = torch.randn(4, 50_000, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(blend(draws, weight).std(1), torch.ones(9), rtol=0, atol=0.02)


def test_the_nearest_image_is_found_across_chunks(monkeypatch):
    monkeypatch.setattr("aegean.report.nearest.CHUNK", 7 * 12)
    pixels = torch.randint(256, (40, 2, 2, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    image = pixels[[3, 39, 17]].permute(0, 3, 1, 2) / 127.5 - 1
    image[1] = image[1] * 0.9
    index, distance = nearest_in(pixels, image)
    assert index.tolist() == [3, 39, 17]
    expected = (image[1] * 0.1 / 0.9 / 2).square().mean().sqrt()
    torch.testing.assert_close(distance, torch.tensor([0.0, float(expected), 0.0]), rtol=1e-3, atol=1e-4)


def test_a_mirrored_training_image_is_a_training_image():
    pixels = torch.randint(256, (5, 4, 4, 1), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    image = pixels[2:3].permute(0, 3, 1, 2) / 127.5 - 1

    def distance(seen, flip, turn):
        return float(torch.stack([nearest_in(pixels, view)[1] for view in views(seen, flip, turn)]).min())

    assert distance(image.flip(3), False, False) > 0.1
    assert distance(image.flip(3), True, False) < 1e-3
    assert distance(image.transpose(2, 3).flip(3), True, False) > 0.1
    assert distance(image.transpose(2, 3).flip(3), False, True) < 1e-3
    assert [len(views(image, *how)) for how in ((False, False), (True, False), (True, True))] == [1, 2, 8]
