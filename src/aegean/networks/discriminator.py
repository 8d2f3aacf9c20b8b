"""The discriminator: an image, and its label if there is one -> one logit, larger for what looks real."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn
from torch.nn.functional import silu

from aegean.networks.autoencoding import Encoder
from aegean.networks.condition import given
from aegean.sizes import Size


class Discriminator(nn.Module):
    """Image (B, C, H, W), and labels if there are `classes` -> logit (B,), float32. Nothing is normalised.

    A label is concatenated (Mirza & Osindero 2014): one-hot numbers beside the input of a linear layer, which is the
    same as a learned vector per class beside its output; or projected (Miyato & Koyama 2018, arXiv:1802.05637):

        logit = w . h(x) + v_y . h(x)        h: features; v_y: a learned vector per class
    """

    FEATURES = 128

    def __init__(
        self, channels: int, size: Size | int, classes: int = 0, projection: bool = False, **sizes: Any
    ) -> None:
        """`sizes`: those of an `Encoder`."""
        super().__init__()
        self.features = Encoder(channels, size, self.FEATURES, 0 if projection else classes, **sizes)
        self.linear = nn.Linear(self.FEATURES, 1)
        self.vectors = nn.Embedding(classes, self.FEATURES) if projection else None
        if self.vectors is not None:
            nn.init.zeros_(self.vectors.weight)

    def forward(self, image: Tensor, label: Tensor | None = None) -> Tensor:
        """(B, C, H, W) -> (B,)."""
        features = silu(self.features(image, label))  #                                           (B, F)
        logit: Tensor = self.linear(features)[:, 0].float()
        if self.vectors is None:
            return logit
        return logit + (self.vectors(given(label)) * features).sum(1)


@contextmanager
def frozen(network: nn.Module) -> Iterator[None]:
    """Inside, the network passes gradients on without computing those of its own weights."""
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    for weight in weights:
        weight.requires_grad_(False)
    try:
        yield
    finally:
        for weight in weights:
            weight.requires_grad_(True)
