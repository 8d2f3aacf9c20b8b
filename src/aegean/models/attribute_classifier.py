"""A classifier of attributes, each present or absent: the judge of edits.

log p(a_k = 1 | x) = log s(w_k . h(x) + b_k)        loss = -mean over images and attributes of log p(a | x), nats each
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aegean.data.types import Batch, DataSpec
from aegean.errors import InputError
from aegean.families.attribute_classifier import AttributeClassifierConfig
from aegean.models.capabilities import ClassifiesAttributes
from aegean.models.classifier import shift
from aegean.models.player import Model, Player
from aegean.networks import Encoder


class AttributeClassifier(Model, ClassifiesAttributes):
    """The classifier's residual encoder, dropout, one linear layer; a sigmoid for each attribute."""

    def __init__(self, config: AttributeClassifierConfig, spec: DataSpec) -> None:
        super().__init__()
        if not spec.attributes:
            raise InputError(f"{spec.name} has no attributes, which an attribute_classifier needs")
        self.config = config
        self.encoder = Encoder(spec.channels, spec.size, config.features, width=config.width, depth=config.depth)
        self.classify = nn.Sequential(
            nn.SiLU(), nn.Dropout(config.dropout), nn.Linear(config.features, len(spec.attributes))
        )

    def players(self) -> Sequence[Player]:
        """One player."""
        return [Player("classifier", [self.encoder, self.classify], self.loss)]

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Binary cross-entropy, nats per attribute."""
        if batch.attributes is None:
            raise InputError("these images have no attributes, which an attribute_classifier needs")
        image = shift(batch.image, self.config.shift) if self.training and self.config.shift else batch.image
        logits = self.classify(self.encoder(image)).float()  #                                    (B, A)
        loss = F.binary_cross_entropy_with_logits(logits, batch.attributes)
        accuracy = ((logits.detach() > 0) == (batch.attributes > 0.5)).float().mean()
        return loss, {"cross_entropy": loss, "accuracy": accuracy}

    def attribute_probabilities(self, image: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, A)."""
        return torch.sigmoid(self.classify(self.encoder(image)).float())

    def features(self, image: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, F)."""
        code: Tensor = self.encoder(image)
        return F.silu(code)
