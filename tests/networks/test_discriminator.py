import pytest
import torch

from aegean import InputError
from aegean.networks import Discriminator, frozen
from aegean.networks.blocks import LayerNorm


@pytest.mark.parametrize("projection", [False, True])
def test_the_label_counts(projection):
    torch.manual_seed(0)
    network = Discriminator(1, 12, classes=3, projection=projection, width=4)
    if projection:  # its vectors start at zero
        torch.nn.init.normal_(network.vectors.weight)
    image = torch.randn(4, 1, 12, 12)
    one, other = (network(image, torch.full((4,), k)) for k in (0, 1))
    assert one.shape == (4,)
    assert not torch.allclose(one, other)
    with pytest.raises(InputError, match="needs a label"):
        network(image)


def test_projection_is_the_inner_product_of_features_and_the_classs_vector():
    network = Discriminator(1, 12, classes=3, projection=True, width=4)
    torch.nn.init.normal_(network.vectors.weight)
    image, label = torch.randn(4, 1, 12, 12), torch.tensor([0, 1, 2, 1])
    features = torch.nn.functional.silu(network.features(image))
    by_hand = network.linear(features)[:, 0] + (features * network.vectors.weight[label]).sum(1)
    torch.testing.assert_close(network(image, label), by_hand)


def test_frozen_passes_gradients_on_and_keeps_none():
    network = Discriminator(1, 12, width=4)
    image = torch.randn(4, 1, 12, 12, requires_grad=True)
    with frozen(network):
        logit = network(image)
    logit.sum().backward()
    assert (image.grad != 0).any()
    assert all(weight.grad is None and weight.requires_grad for weight in network.parameters())


def test_layer_norm_is_over_the_channels_of_each_pixel():
    x = 3 + 2 * torch.randn(2, 64, 5, 5)
    y = LayerNorm(64)(x)
    torch.testing.assert_close(y.mean(1), torch.zeros(2, 5, 5), atol=1e-5, rtol=0)
    torch.testing.assert_close(y.var(1, correction=0), torch.ones(2, 5, 5), atol=1e-4, rtol=0)
    torch.testing.assert_close(LayerNorm(64)(x[:1]), y[:1])
