"""Settings of `attribute_editor`, and its training defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from aegean.families.adversarial import PenaltyConfig
from aegean.families.bounds import Count, Positive, Weight
from aegean.families.family import Family
from aegean.families.own import OwnNetworksConfig, Place
from aegean.families.training import TrainingConfig


@dataclass(frozen=True)
class AttributeEditorConfig(PenaltyConfig, OwnNetworksConfig):
    """Attribute editor: two networks, of which one adds an attribute to a face and one removes it."""

    replaceable: ClassVar[Mapping[str, Place]] = {
        "editor": Place(attributes=("adds", "removes")),
        "discriminator": Place(),
    }

    attribute: str = ""
    """Which attribute of the data set it learns to add and to remove, such as Eyeglasses."""

    width: Positive = 32
    """Channels at half resolution; they grow with each further halving, up to four times."""

    growth: Positive = 2
    """Factor by which the channels grow."""

    depth: Count = 1
    """Residual blocks per resolution, on the way down and on the way up."""

    smooth: bool = False
    """Smooth features each time they are enlarged."""

    dual: Weight = 1.0
    """Weight of dual learning: an image edited there and back is again one of its own kind."""

    sparse: Weight = 5.0
    """alpha: weight of the size of the residual image, a mean over pixels in [-1, 1]."""

    perceptual: Weight = 0.1
    """beta: weight of the change in the discriminator's features."""

    r1: Weight = 1.0
    """gamma of R1 on the discriminator's three logits; the paper has none."""


FAMILY = Family(
    AttributeEditorConfig,
    TrainingConfig(betas=(0.0, 0.99), steps=20_000, batch_size=32, flip=True),
    model="aegean.models.attribute_editor:AttributeEditor",
)
