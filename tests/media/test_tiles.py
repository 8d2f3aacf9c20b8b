"""A picture in overlapping squares equals the picture in one."""

import pytest
import torch

from aegean.data.types import DataSpec
from aegean.families import default_config
from aegean.media import in_tiles, margin_of
from aegean.models import build


@pytest.mark.parametrize("shape", [(40, 56), (16, 70), (33, 9)])
def test_a_convolution_in_tiles_is_the_convolution(shape):
    torch.manual_seed(0)
    blur = torch.nn.Conv2d(1, 1, 9, padding=4, dtype=torch.float64).requires_grad_(False)
    image = torch.randn(1, 1, *shape, dtype=torch.float64)
    torch.testing.assert_close(in_tiles(blur, image, side=16, margin=4), blur(image))
    if max(shape) > 24:
        assert not torch.allclose(in_tiles(blur, image, side=16, margin=0), blur(image))  # the margin is needed


@pytest.mark.parametrize("depth", [1, 2])
def test_a_denoiser_in_tiles_is_the_denoiser(depth):
    torch.manual_seed(0)
    config = default_config("denoising", denoiser="residual", width=4, depth=depth).model
    model = build("denoising", config, DataSpec("grey", 1, 16)).eval().requires_grad_(False)
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.1)
    image = torch.randn(1, 1, 150, 203).clamp(-1, 1)
    margin = margin_of(model.reach)
    torch.testing.assert_close(in_tiles(model.restore, image, side=16, margin=margin), model.restore(image))


def test_a_small_picture_is_done_in_one():
    sizes = []

    def note(image):
        sizes.append(tuple(image.shape[-2:]))
        return image

    in_tiles(note, torch.zeros(1, 1, 20, 20), side=16, margin=4)
    in_tiles(note, torch.zeros(1, 1, 16, 40), side=16, margin=4)
    assert sizes == [(20, 20), (16, 20), (16, 24), (16, 12)]
