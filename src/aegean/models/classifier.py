"""A small convolutional classifier: metrics judge images by it.

log p(y|x) = log softmax(W h(x) + b)        loss = -mean log p(y|x), nats per image
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aegean.data.types import Batch, DataSpec
from aegean.errors import InputError
from aegean.families.classifier import ClassifierConfig
from aegean.models.capabilities import Classifies
from aegean.models.player import Model, Player
from aegean.networks import Encoder


def shift(image: Tensor, most: int) -> Tensor:
    """Move each image by up to `most` pixels in each direction at random, repeating the border. (B, C, H, W)."""
    batch, _, height, width = image.shape
    padded = F.pad(image, (most,) * 4, mode="replicate").permute(0, 2, 3, 1)  #                 (B, H + 2m, W + 2m, C)
    down, right = torch.randint(2 * most + 1, (2, batch, 1), device=image.device)
    rows = (torch.arange(height, device=image.device) + down)[:, :, None]  #                    (B, H, 1)
    columns = (torch.arange(width, device=image.device) + right)[:, None, :]  #                 (B, 1, W)
    return padded[torch.arange(batch, device=image.device)[:, None, None], rows, columns].permute(0, 3, 1, 2)


class Classifier(Model, Classifies):
    """Residual encoder, dropout, one linear layer."""

    def __init__(self, config: ClassifierConfig, spec: DataSpec) -> None:
        super().__init__()
        if len(spec.classes) < 2:
            raise InputError(f"{spec.name} has no labels of two or more classes, which a classifier needs")
        self.config = config
        self.encoder = Encoder(spec.channels, spec.size, config.features, width=config.width, depth=config.depth)
        self.classify = nn.Sequential(
            nn.SiLU(), nn.Dropout(config.dropout), nn.Linear(config.features, len(spec.classes))
        )

    def players(self) -> Sequence[Player]:
        """One player."""
        return [Player("classifier", [self.encoder, self.classify], self.loss)]

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Cross-entropy, nats per image."""
        if batch.label is None:
            raise InputError("these images have no labels, which a classifier needs")
        image = shift(batch.image, self.config.shift) if self.training and self.config.shift else batch.image
        logits = self.classify(self.encoder(image)).float()
        loss = F.cross_entropy(logits, batch.label)
        accuracy = (logits.detach().argmax(1) == batch.label).float().mean()
        return loss, {"cross_entropy": loss, "accuracy": accuracy}

    def log_probabilities(self, image: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, K)."""
        return self.classify(self.encoder(image)).float().log_softmax(1)

    def features(self, image: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, F)."""
        code: Tensor = self.encoder(image)
        return F.silu(code)
