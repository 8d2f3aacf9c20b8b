"""Settings of `classifier`, and its training defaults."""

from __future__ import annotations

from dataclasses import dataclass

from aegean.families.bounds import Count, Positive, Share
from aegean.families.family import Family
from aegean.families.settings import Settings
from aegean.families.training import TrainingConfig


@dataclass(frozen=True)
class ClassifierConfig(Settings):
    """A small convolutional classifier: the judge of samples, and an extractor of features."""

    width: Positive = 32
    """Channels at half resolution."""

    depth: Count = 1
    """Residual blocks per resolution."""

    features: Positive = 128
    """Numbers before the last linear layer."""

    dropout: Share = 0.3
    """Part of the features dropped in training."""

    shift: Count = 2
    """Training images are moved by up to this many pixels."""


FAMILY = Family(
    ClassifierConfig,
    TrainingConfig(weight_decay=0.05),
    model="aegean.models.classifier:Classifier",
)
