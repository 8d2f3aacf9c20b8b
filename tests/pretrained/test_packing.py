from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from aegean.pretrained.efficientnet_lite import SameConv
from aegean.pretrained.packing import Packed, pack, packs_here


@pytest.fixture(autouse=True)
def _packs() -> None:
    if not packs_here():
        pytest.skip("this build of torch has no oneDNN, or other names for its operations")


@pytest.mark.parametrize(
    "convolution",
    [
        nn.Conv2d(6, 8, 3, stride=2, padding=1),
        nn.Conv2d(6, 6, 5, padding=2, groups=6, bias=False),
        nn.Conv2d(6, 9, (1, 3), dilation=(1, 2), groups=3),
        SameConv(6, 8, 3, stride=2),
    ],
)
@torch.no_grad()
def test_the_arithmetic_is_the_same(convolution: nn.Conv2d):
    image = torch.randn(4, 6, 12, 10).contiguous(memory_format=torch.channels_last)
    packed = copy.deepcopy(convolution).to(memory_format=torch.channels_last)
    pack(packed, 4)
    torch.testing.assert_close(packed(image), convolution(image), rtol=1e-5, atol=1e-5)
    assert packed._conv_forward.kept is not None
    torch.testing.assert_close(packed(image[:3]), convolution(image[:3]), rtol=1e-5, atol=1e-5)
    taller = torch.randn(4, 6, 16, 10)
    torch.testing.assert_close(packed(taller), convolution(taller), rtol=1e-5, atol=1e-5)


def test_what_it_does_not_concern_is_left_alone():
    module = nn.Sequential(
        nn.Conv2d(3, 3, 3, padding=1, padding_mode="reflect"),
        nn.Conv2d(3, 3, 3, padding="same"),
        nn.Conv2d(3, 3, 3, dtype=torch.float64),
    )
    pack(module, 1)
    assert not any(isinstance(part._conv_forward, Packed) for part in module)


@torch.no_grad()
def test_in_bfloat16_the_usual_way_is_taken():
    convolution = nn.Conv2d(3, 4, 3)
    pack(convolution, 2)
    with torch.autocast("cpu", torch.bfloat16):
        assert convolution(torch.ones(2, 3, 5, 5)).dtype == torch.bfloat16
    assert convolution._conv_forward.kept is None
