from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from aegean import pretrained
from aegean.errors import InputError
from aegean.pretrained import Network
from aegean.pretrained.streaming import in_order

RED = Image.new("RGB", (9, 7), (255, 0, 0))


def test_guesses_come_best_first_with_softmax_probabilities(colours: Network):
    guesses = colours.classify(Image.new("RGB", (9, 7), (255, 51, 0)), top=2)
    total = math.exp(10) + math.exp(2) + 1
    assert [(g.name, g.number) for g in guesses] == [("red", 0), ("green", 1)]
    assert guesses[0].probability == pytest.approx(math.exp(10) / total, rel=1e-5)
    assert guesses[1].probability == pytest.approx(math.exp(2) / total, rel=1e-4)


def test_one_image_gives_guesses_and_several_give_lists_of_them(colours: Network):
    assert colours.classify(RED, top=1)[0].name == "red"
    both = colours.classify([RED, Image.new("RGB", (3, 3), (0, 0, 255))], top=99)
    assert [len(some) for some in both] == [3, 3]
    assert [some[0].name for some in both] == ["red", "blue"]
    batch = torch.full((2, 3, 4, 4), -1.0)
    batch[0, 1], batch[1, 2] = 1.0, 1.0
    assert [some[0].name for some in colours.classify(batch)] == ["green", "blue"]
    assert colours.classify(batch[1])[0].name == "blue"
    with pytest.raises(InputError, match="no image"):
        colours.classify([])


def test_default_features_are_what_goes_into_the_last_classifier(colours: Network):
    rows = colours.features([RED, Image.new("L", (4, 4), 51)])
    torch.testing.assert_close(rows, torch.tensor([[1.0, 0, 0], [0.2, 0.2, 0.2]]))
    both = colours.features(RED, ["body.same", "classifier"], pool="none")
    assert both["body.same"].shape == (1, 3, 4, 4)
    torch.testing.assert_close(both["classifier"], torch.tensor([[10.0, 0, 0]]))


@pytest.mark.usefixtures("two_threads")
def test_many_pictures_keep_their_order_and_what_is_unreadable_is_left_out(colours: Network, tmp_path: Path, paint):
    paths = paint(tmp_path, 70)
    paths[3].write_text("no picture")
    paths[69].unlink()
    chunks = list(colours.features_each(paths))
    rows = {place: row for chunk in chunks for place, row in zip(chunk.kept, chunk.result["features"], strict=True)}
    assert sorted(rows) == [k for k in range(70) if k not in (3, 69)]
    for k in rows:
        torch.testing.assert_close(rows[k] * 255, torch.tensor([k * 7 % 256, k * 13 % 256, k * 29 % 256.0]))
    left_out = [one for chunk in chunks for one in chunk.unreadable]
    assert [one.place for one in left_out] == [3, 69]
    assert str(paths[3]) in left_out[0].reason
    assert torch.get_num_threads() == 2
    with pytest.raises(InputError, match=r"003\.png"):
        colours.features(paths)


@pytest.mark.usefixtures("two_threads")
def test_an_error_in_a_thread_arrives_and_the_threads_of_torch_are_given_back():
    def work(item: int) -> int:
        if item == 5:
            raise InputError("five")
        return item

    seen = []
    with pytest.raises(InputError, match="five"):
        seen.extend(iter_into(seen, in_order(work, range(50))))
    assert seen == [0, 1, 2, 3, 4]
    assert torch.get_num_threads() == 2


def iter_into(seen: list[int], items) -> list[int]:
    for item in items:
        seen.append(item)
    return []


def test_a_network_without_classes_does_not_classify():
    network = Network("bare", nn.Flatten(), lambda _: torch.zeros(3, 2, 2), input_shape=(3, 2, 2))
    with pytest.raises(InputError, match="bare does not classify"):
        network.classify(RED)
    with pytest.raises(InputError, match="name a layer"):
        network.features(RED)


def test_layers_at_another_size(colours: Network):
    assert {one.name: one.shape for one in colours.layers(size=10)}["body.same"] == (3, 10, 10)
    fixed = Network(
        "fixed", nn.Sequential(nn.Flatten(), nn.Linear(12, 2)), lambda _: torch.zeros(3, 2, 2), input_shape=(3, 2, 2)
    )
    with pytest.raises(InputError, match="fixed takes no images of 5 pixels; its own are 2"):
        fixed.layers(size=5)


def test_the_fingerprint_tells_weights_apart(colours: Network):
    other = Network("colours", nn.Sequential(nn.Linear(1, 1)), lambda _: torch.zeros(3, 4, 4), input_shape=(3, 4, 4))
    assert colours.fingerprint != other.fingerprint
    assert len(colours.fingerprint) == 24


def test_a_wrapped_vector_is_what_features_give():
    def vector(module: nn.Module, image: Tensor) -> Tensor:
        return image.amax((2, 3))

    network = Network("v", nn.Identity(), lambda _: torch.ones(3, 2, 2), input_shape=(3, 2, 2), vector=vector)
    assert network.features(RED).tolist() == [[1.0, 1.0, 1.0]]


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(InputError, match="Did you mean 'resnet50'"):
        pretrained.load("resnet5")
    with pytest.raises(InputError, match=r"'efficientnet-lite9'.*Did you mean"):
        pretrained.load("efficientnet-lite9")


def test_a_device_that_is_not_there(colours: Network):
    with pytest.raises(InputError, match="device 'nonsense' cannot be used"):
        colours.to("nonsense")
