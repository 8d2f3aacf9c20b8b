from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from aegean.errors import InputError
from aegean.pretrained import Network
from aegean.pretrained.layers import first_tensor, head_of, list_layers, nearest_layers, pooled, watched


def hooks(module: nn.Module) -> int:
    return sum(len(part._forward_hooks) + len(part._forward_pre_hooks) for part in module.modules())


def test_layers_tell_shapes_and_parameters():
    module = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 9, 5))
    found = list_layers(module, lambda: module(torch.zeros(1, 3, 7, 7)))
    assert [(one.name, one.kind, one.shape, one.parameters) for one in found] == [
        ("0", "Conv2d", (8, 3, 3), 3 * 8 * 9 + 8),
        ("1", "ReLU", (8, 3, 3), 0),
        ("2", "Flatten", (72,), 0),
        ("3", "Linear", (5,), 72 * 5 + 5),
    ]
    assert hooks(module) == 0


def test_pooling_is_over_positions():
    image = torch.arange(24.0).reshape(1, 2, 3, 4)
    assert pooled(image, "avg").tolist() == [[5.5, 17.5]]
    assert pooled(image, "max").tolist() == [[11.0, 23.0]]
    assert pooled(image, "none").shape == (1, 2, 3, 4)
    tokens = torch.tensor([[[1.0, 2.0], [3.0, 8.0]]])  # (1, 2 tokens, 2 channels)
    assert pooled(tokens, "avg").tolist() == [[2.0, 5.0]]
    assert pooled(torch.ones(1, 7), "avg").shape == (1, 7)


def test_what_follows_in_place_does_not_reach_what_was_kept():
    module = nn.Sequential(nn.Identity(), nn.ReLU(inplace=True))
    image = torch.tensor([[-1.0, 2.0]])
    with watched(module, ["0", "1"], "none") as outputs:
        module(image)
        kept = outputs()
    assert kept["0"].tolist() == [[-1.0, 2.0]]
    assert kept["1"].tolist() == [[0.0, 2.0]]


class Breaks(nn.Module):
    def forward(self, image: Tensor) -> Tensor:
        raise ArithmeticError("in the middle of the network")


def test_hooks_are_removed_when_the_network_fails():
    module = nn.Sequential(nn.Identity(), Breaks())
    network = Network("breaks", module, lambda picture: torch.zeros(3, 2, 2), input_shape=(3, 2, 2))
    for look in (lambda: network.features(torch.zeros(3, 2, 2), ["0", "1"]), network.layers):
        with pytest.raises(ArithmeticError):
            look()
        assert hooks(module) == 0


def test_hooks_are_removed_when_the_reader_leaves_early_and_for_a_wrong_name(colours: Network):
    stream = colours.features_each([torch.zeros(3, 4, 4)] * 40, ["body.same"])
    next(stream)
    assert hooks(colours.module) == 1
    stream.close()
    assert hooks(colours.module) == 0
    with pytest.raises(InputError, match=r"no layer is called 'body.sam'. Did you mean 'body.same'"):
        colours.features(torch.zeros(3, 4, 4), ["body.pool", "body.sam"])
    assert hooks(colours.module) == 0


def test_a_layer_far_from_any_name_is_answered_with_what_lies_below_its_right_part():
    names = ["stages", "stages.0", "stages.1", "stages.0.conv", "head"]
    assert nearest_layers("stages.zzzzzzzzzzzz", names).startswith(" Did you mean 'stages.0' or 'stages.1'?")
    assert nearest_layers("zzz", names).startswith(" Did you mean 'stages' or 'head'?")


def test_a_layer_that_no_image_reaches_is_named():
    module = nn.Sequential(nn.Identity())
    module.add_module("unused", nn.ModuleDict({"deep": nn.Linear(2, 2)}))
    network = Network(
        "x", module, lambda _: torch.zeros(3, 2, 2), input_shape=(3, 2, 2), logits=lambda m, image: m[0](image)
    )
    with pytest.raises(InputError, match=r"'unused.deep' puts out no tensor"):
        network.features(torch.zeros(3, 2, 2), "unused.deep")


def test_outputs_may_be_tuples_and_records():
    tensor = torch.ones(2)
    assert first_tensor((None, {"a": [tensor]})) is tensor
    assert first_tensor("words") is None


def test_the_head_is_the_last_linear_layer_of_as_many_outputs_as_classes():
    module = nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 3), nn.Linear(3, 2))
    assert head_of(module, 3) == "1"
    assert head_of(module, 7) is None
