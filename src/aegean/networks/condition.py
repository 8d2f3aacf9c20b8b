"""The one place where a label enters a network."""

from __future__ import annotations

from torch import Tensor, nn

from aegean.errors import InputError


def given(label: Tensor | None) -> Tensor:
    """The labels, without which a conditional model can do nothing: InputError."""
    if label is None:
        raise InputError("this model is conditional: it needs a label for every image")
    return label


class Condition(nn.Module):
    """Adds a learned vector per class to the channels of a feature map, or to a vector; without classes, nothing."""

    def __init__(self, classes: int, channels: int) -> None:
        super().__init__()
        self.vectors = nn.Embedding(classes, channels) if classes else None

    def forward(self, features: Tensor, label: Tensor | None) -> Tensor:
        """(B, C, ...) and labels (B,) int64 -> (B, C, ...)."""
        if self.vectors is None:
            return features
        shift: Tensor = self.vectors(given(label)).to(features.dtype)  # autocast leaves embeddings in float32
        return features + shift.reshape(*shift.shape, *[1] * (features.dim() - 2))
