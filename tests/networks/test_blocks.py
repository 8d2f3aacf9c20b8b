from __future__ import annotations

import pytest
import torch

from aegean.errors import InputError
from aegean.networks import Decoder, Encoder
from aegean.networks.autoencoding import plan
from aegean.networks.blocks import DepthToSpace, Residual, SpaceToDepth


def test_space_to_depth_and_back() -> None:
    x = torch.randn(2, 3, 6, 8)
    deep = SpaceToDepth()(x)
    assert deep.shape == (2, 12, 3, 4)
    assert torch.equal(deep[:, :3], x[:, :, ::2, ::2])  # the first C channels: the top left pixel of each square
    assert torch.equal(DepthToSpace()(deep), x)


def test_a_residual_block_starts_as_the_identity() -> None:
    x = torch.randn(2, 4, 5, 5)
    block = Residual(4)
    torch.testing.assert_close(block(x) - x, block.second.bias[None, :, None, None].expand_as(x))


@pytest.mark.parametrize("size", [8, 9, 16, 28, 30, 33, 64, 100, 128, 256])
@pytest.mark.parametrize("channels", [1, 3])
def test_any_size_and_channels(size: int, channels: int) -> None:
    image = torch.randn(2, channels, size, size)
    code = Encoder(channels, size, 5, width=4)(image)
    assert code.shape == (2, 5)
    assert Decoder(channels, size, 5, width=4)(code).shape == image.shape


def test_plan() -> None:
    assert plan(28, 32, 2) == (7, [32, 64])
    assert plan(64, 32, 2) == (8, [32, 64, 128])
    assert plan(256, 16, 2) == (8, [16, 32, 64, 64, 64])
    with pytest.raises(InputError, match="8 to 256"):
        plan(512, 32, 2)
