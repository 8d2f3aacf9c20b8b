"""The classifier sees training images moved a little."""

from __future__ import annotations

import torch
from torch import Tensor

from aegean.data.types import Batch, DataSpec
from aegean.families import default_config
from aegean.models.classifier import Classifier


def test_a_classifier_is_trained_on_moved_images_and_measured_on_whole_ones() -> None:
    spec = DataSpec("set", 1, 12, classes=("a", "b"))
    model = Classifier(default_config("classifier", width=4, features=4, dropout=0.0, shift=3).model, spec)
    seen: list[Tensor] = []
    network = next(child for child in model.children())
    network.register_forward_pre_hook(lambda _, given: seen.append(given[0].detach().clone()))
    image = torch.randn(8, 1, 12, 12)
    batch = Batch(image, label=torch.arange(8) % 2)
    torch.manual_seed(0)
    for training in (True, False):
        model.train(training).players()[0].loss(batch)
    moved, whole = seen[0], seen[-1]
    assert torch.equal(whole, image)
    assert not torch.equal(moved, image)
