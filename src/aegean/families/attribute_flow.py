"""Settings of `attribute_flow`, and its training defaults."""

from __future__ import annotations

from dataclasses import dataclass

from aegean.families.bounds import Part, Share, Weight
from aegean.families.family import Family
from aegean.families.flow import FLOW_TRAINING, FlowConfig


@dataclass(frozen=True)
class AttributeFlowConfig(FlowConfig):
    """Flow matching told attributes: makes faces, and changes attributes of given ones (glasses on, beard off)."""

    attributes: tuple[str, ...] = ()
    """Which attributes of the data set it is told, and can change. None named: all."""

    drop: Share = 0.2
    """Part of the training images of which no attribute is told; of the others, any part of them is."""

    editing: Weight = 2.0
    """How far an edit is exaggerated, unless told otherwise. 1: not."""

    back: Part = 0.8
    """How far back to noise an image is led before it is led forth otherwise; 1: all the way."""


FAMILY = Family(AttributeFlowConfig, FLOW_TRAINING, model="aegean.models.attribute_flow:AttributeFlow")
