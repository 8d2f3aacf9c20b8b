"""Settings of `attribute_classifier`, and its training defaults."""

from __future__ import annotations

from dataclasses import dataclass

from aegean.families.classifier import ClassifierConfig
from aegean.families.family import Family
from aegean.families.training import TrainingConfig


@dataclass(frozen=True)
class AttributeClassifierConfig(ClassifierConfig):
    """A classifier of attributes, each present or absent: the judge of edits."""


FAMILY = Family(
    AttributeClassifierConfig,
    TrainingConfig(weight_decay=0.05),
    model="aegean.models.attribute_classifier:AttributeClassifier",
)
