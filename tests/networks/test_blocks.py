from __future__ import annotations

import pytest
import torch

from aegean.errors import InputError
from aegean.networks import Decoder, Encoder
from aegean.networks.autoencoding import plan
from aegean.networks.blocks import DepthToSpace, Residual, SpaceToDepth
from aegean.sizes import Size


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


@pytest.mark.parametrize("size", [8, 9, 16, 28, 30, 33, 64, 100, 128, 256, "16x24", "50x70", "8x256", "33x9"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("network", ["conv", "mlp"])
def test_any_size_and_channels(size: int | str, channels: int, network: str) -> None:
    of = Size.of(size)
    image = torch.randn(2, channels, *of)
    code = Encoder(channels, of, 5, width=4, hidden=8, network=network)(image)
    assert code.shape == (2, 5)
    assert Decoder(channels, of, 5, width=4, hidden=8, network=network)(code).shape == image.shape


def test_plan() -> None:
    assert plan(Size.of(28), 32, 2) == ((7, 7), [32, 64])
    assert plan(Size.of(64), 32, 2) == ((8, 8), [32, 64, 128])
    assert plan(Size.of(256), 16, 2) == ((8, 8), [16, 32, 64, 64, 64])
    assert plan(Size(96, 64), 32, 2) == ((6, 4), [32, 64, 128, 128])
    assert plan(Size(50, 70), 32, 2) == ((4, 5), [32, 64, 128, 128])
    for size in (512, "64x300", "7x64"):
        with pytest.raises(InputError, match="8 to 256"):
            plan(Size.of(size), 32, 2)
