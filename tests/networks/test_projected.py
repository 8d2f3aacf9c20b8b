"""Discriminators of features: what is judged, what is never learned, what is seen in training."""

from collections import Counter

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aegean.networks import FeatureAttributeDiscriminator, FeatureDiscriminator
from aegean.networks.projected import NOISE


class Halves:
    """Three sizes of an image itself; remembers what it was shown."""

    CHANNELS = (3, 3, 3)

    def __call__(self, image: Tensor) -> list[Tensor]:
        self.shown = image
        return [F.avg_pool2d(image, 2**k, ceil_mode=True) for k in (1, 2, 3)]


def test_patches_of_each_size_count_alike():
    torch.manual_seed(0)
    network = FeatureDiscriminator(Halves(), Halves.CHANNELS, 8).eval()
    logit = network(torch.randn(2, 3, 24, 17))
    assert logit.shape == (2, 3 * 12 * 9)  # as many of each of the three sizes
    fine, middle, coarse = logit.view(2, 3, 12, 9).unbind(1)
    assert len(fine.unique()) == 2 * 12 * 9
    assert len(middle.unique()) == 2 * 6 * 5
    assert len(coarse.unique()) == 2 * 3 * 3


def test_how_features_are_mixed_is_never_learned_and_their_network_is_not_kept():
    torch.manual_seed(0)
    network = FeatureDiscriminator(Halves(), Halves.CHANNELS, 8)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    optimizer = torch.optim.SGD((p for p in network.parameters() if p.requires_grad), 1.0)
    image = torch.randn(2, 3, 24, 24, requires_grad=True)
    network(image).square().mean().backward()
    optimizer.step()
    changed = {name for name, value in network.state_dict().items() if not value.equal(before[name])}
    assert changed == {name for name in before if name.startswith("judges")}
    assert {name.partition(".")[0] for name in before} == {"across", "down", "judges"}
    assert image.grad.abs().sum() > 0


def test_in_training_a_crop_is_seen_at_a_random_place_under_noise():
    torch.manual_seed(0)
    look = Halves()
    network, image = FeatureDiscriminator(look, look.CHANNELS, 4), torch.randn(1, 3, 24, 24)
    places = Counter()
    for _ in range(160):
        network.train()(image)
        assert look.shown.shape == (1, 3, 21, 21)
        noise = {(i, j): look.shown - image[..., i : i + 21, j : j + 21] for i in range(4) for j in range(4)}
        place = min(noise, key=lambda place: noise[place].std())
        assert noise[place].std() == pytest.approx(NOISE, rel=0.1)
        places[place] += 1
    assert len(places) == 16
    network.eval()(image)
    assert look.shown is image


def test_what_is_claimed_of_an_image_weighs_by_a_vector_for_each_attribute():
    torch.manual_seed(0)
    network = FeatureAttributeDiscriminator(Halves(), Halves.CHANNELS, 8, claims=2, attributes=5).eval()
    image = torch.randn(3, 3, 24, 24)
    nothing, first, second, both = (
        network(image, torch.tensor(claimed).float().expand(3, 2))[0] for claimed in ([0, 0], [1, 0], [0, -1], [1, -1])
    )
    torch.testing.assert_close(both - nothing, (first - nothing) + (second - nothing))
    assert not torch.allclose(first, nothing)
    logit, seen = network(image, torch.ones(3, 2))
    assert seen.shape == (3, 5)
    fine = network.eyes[0](network.project(image)[0])
    by_hand = nn.functional.conv2d(
        fine, (network.judges[0].weight * torch.tensor([1, 0.5, 0.5])[:, None, None, None]).sum(0, True)
    )
    by_hand += (network.judges[0].bias * torch.tensor([1, 0.5, 0.5])).sum()
    torch.testing.assert_close(logit[:, : 12 * 12], by_hand.flatten(1))
