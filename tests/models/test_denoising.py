from __future__ import annotations

import pytest
import torch

from aegean.data.types import DataSpec
from aegean.families import default_config
from aegean.models import build
from aegean.models.denoising import damage

IMAGE = torch.zeros(2, 3, 64, 64)  # mid grey


def strength(value: float) -> torch.Tensor:
    return torch.full((2, 1, 1, 1), value)


def test_gaussian_noise_has_the_given_deviation_and_is_not_clipped() -> None:
    noisy = damage(IMAGE, "gaussian", strength(0.5))
    assert float(noisy.std() / 2) == pytest.approx(0.5, abs=0.01)  # black to white is 2 in [-1, 1]
    assert noisy.max() > 1


def test_salt_and_pepper_in_equal_parts() -> None:
    noisy = damage(IMAGE, "salt_and_pepper", strength(0.2))
    assert float((noisy == 1).float().mean()) == pytest.approx(0.1, abs=0.02)
    assert float((noisy == -1).float().mean()) == pytest.approx(0.1, abs=0.02)
    assert float((noisy == 0).float().mean()) == pytest.approx(0.8, abs=0.02)


def test_masking_hits_all_channels_of_a_pixel() -> None:
    noisy = damage(IMAGE, "masking", strength(0.3))
    assert float((noisy == -1).float().mean()) == pytest.approx(0.3, abs=0.02)
    assert torch.equal(noisy[:, 0], noisy[:, 1])


def test_residual_denoiser_takes_any_size_and_starts_near_the_identity() -> None:
    config = default_config("denoising", denoiser="residual", width=8, strength=0.1)
    model = build("denoising", config.model, DataSpec("set", 3, 16)).eval()
    image = torch.rand(1, 3, 37, 50) * 2 - 1
    restored = model.restore(image)  # type: ignore[operator]
    assert restored.shape == image.shape
    assert (restored - image).abs().mean() < 0.5
