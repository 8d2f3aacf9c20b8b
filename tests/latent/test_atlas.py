"""Codes as places on a map, and back."""

from __future__ import annotations

import pytest
import torch

from aegean.errors import InputError
from aegean.latent import Atlas


@pytest.fixture
def codes() -> torch.Tensor:
    return torch.randn(80, 5, generator=torch.Generator().manual_seed(0)) * torch.tensor([3.0, 2.0, 1.0, 0.5, 0.5])


def test_at_the_place_of_a_code_is_that_code(codes):
    atlas = Atlas(codes)
    for k, place in enumerate(atlas.plane("pca").tolist()[:10]):
        assert atlas.code("pca", place)[0] == pytest.approx(codes[k], abs=0.05)


def test_the_code_of_a_place_is_seen_at_that_place(codes):
    atlas = Atlas(codes)
    code = atlas.code("pca", (1.5, -0.5))
    assert (code - codes.mean(0)) @ atlas.directions[:2].T == pytest.approx(torch.tensor([[1.5, -0.5]]), abs=1e-4)


def test_a_step_along_a_direction_is_one_spread_long(codes):
    atlas = Atlas(codes)
    step = atlas.code("pca", (0.0, 0.0), (0.0, 2.0)) - atlas.code("pca", (0.0, 0.0))
    assert float(step.norm()) == pytest.approx(
        2 * float(((codes - codes.mean(0)) @ atlas.directions[1]).std()), rel=1e-3
    )


def test_too_few_codes_make_no_map(codes):
    with pytest.raises(InputError, match="make no map"):
        Atlas(codes[:2])
    with pytest.raises(InputError, match="no map 'tsne'"):
        Atlas(codes).plane("tsne")
