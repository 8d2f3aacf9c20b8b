"""Settings of `conditional_flow`, and its training defaults."""

from __future__ import annotations

from dataclasses import dataclass

from aegean.families.bounds import Share
from aegean.families.family import Family
from aegean.families.flow import FLOW_TRAINING, FlowConfig


@dataclass(frozen=True)
class ConditionalFlowConfig(FlowConfig):
    """Conditional flow matching: the label is known to the network, but for a part of the time."""

    drop: Share = 0.1
    """Part of the training images whose label is not told, which is what guidance needs."""


FAMILY = Family(ConditionalFlowConfig, FLOW_TRAINING, model="aegean.models.conditional_flow:ConditionalFlow")
