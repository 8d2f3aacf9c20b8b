from __future__ import annotations

import torch
from torch import Tensor, nn

from aegean.pretrained.folding import normalised_convolutions, quickened

IMAGE = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(1))


def norm(channels: int) -> nn.BatchNorm2d:
    layer = nn.BatchNorm2d(channels)
    with torch.no_grad():
        for tensor in (layer.weight, layer.bias, layer.running_mean):
            tensor.normal_()
        layer.running_var.uniform_(0.5, 2)
    return layer


@torch.no_grad()
def run(module: nn.Module) -> Tensor:
    return module(IMAGE)


def count(module: nn.Module, kind: type) -> int:
    return sum(isinstance(part, kind) for part in module.modules())


def test_the_faster_copy_has_no_normalisation_left_and_gives_the_same():
    torch.manual_seed(0)
    module = nn.Sequential(
        nn.Conv2d(3, 6, 3), norm(6), nn.ReLU(), nn.Conv2d(6, 6, 3, groups=6, bias=False), norm(6), nn.SiLU()
    ).eval()
    expected, before = run(module), {name: tensor.clone() for name, tensor in module.state_dict().items()}
    fast = quickened(module, run)
    assert count(fast, nn.BatchNorm2d) == 0
    assert fast[2].inplace
    torch.testing.assert_close(run(fast), expected, rtol=1e-5, atol=1e-5)
    assert count(module, nn.BatchNorm2d) == 2
    assert not module[2].inplace
    assert all(torch.equal(tensor, before[name]) for name, tensor in module.state_dict().items())


class PreActivation(nn.Module):
    """Here an activation in place would spoil the shortcut."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.norm, self.relu, self.second = nn.Conv2d(3, 4, 1), norm(4), nn.ReLU(), nn.Conv2d(4, 4, 1)

    def forward(self, image: Tensor) -> Tensor:
        hidden = self.norm(self.first(image))
        return hidden + self.second(self.relu(hidden))


def test_in_place_is_given_up_where_it_is_wrong():
    torch.manual_seed(0)
    module = PreActivation().eval()
    fast = quickened(module, run)
    assert count(fast, nn.BatchNorm2d) == 0
    assert not fast.relu.inplace
    torch.testing.assert_close(run(fast), run(module), rtol=1e-5, atol=1e-5)


class Fork(nn.Module):
    """The convolution's own output is wanted too: folding would be wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 4, 1), norm(4)

    def forward(self, image: Tensor) -> Tensor:
        hidden = self.conv(image)
        return hidden + self.norm(hidden)


def test_where_folding_is_wrong_the_network_itself_is_used():
    torch.manual_seed(0)
    module = Fork().eval()
    assert quickened(module, run) is module


def test_a_convolution_used_twice_is_not_folded():
    torch.manual_seed(0)
    conv, first, second = nn.Conv2d(3, 3, 1), norm(3), norm(3)
    module = nn.Sequential(conv, first, conv, second).eval()
    assert normalised_convolutions(module, run) == []
    torch.testing.assert_close(run(quickened(module, run)), run(module))
