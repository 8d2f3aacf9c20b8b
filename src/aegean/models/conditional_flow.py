"""Conditional flow matching: the network is told the label y, and sometimes is not (Ho & Salimans 2022).

v(x_t, t, y) learns e - x of the images of y; v(x_t, t), not told, of all        told: 1 - `--drop` of the time
at use: v(x, t) + guidance (v(x, t, y) - v(x, t)); 1 is the distribution of y, above 1 what is typical of it
"""

from __future__ import annotations

import torch
from torch import Tensor

from aegean.data.types import Batch, DataSpec
from aegean.errors import InputError
from aegean.families.conditional_flow import ConditionalFlowConfig
from aegean.models.capabilities import Conditional
from aegean.models.flow import Flow, dropped
from aegean.networks.condition import given


class ConditionalFlow(Flow, Conditional):
    """A flow whose network takes the label; the loss is the same."""

    def __init__(self, config: ConditionalFlowConfig, spec: DataSpec) -> None:
        if not spec.classes:
            raise InputError(f"{spec.name} has no labels, which a conditional_flow needs; `flow` does without")
        super().__init__(config, spec, len(spec.classes))
        self.config: ConditionalFlowConfig = config
        self.classes = len(spec.classes)

    def wish(self, batch: Batch) -> Tensor:
        """One of the classes; for some, none. (B, classes)"""
        wish = self.asked(batch.label)
        return dropped(wish, self.config.drop) if self.training else wish

    def asked(self, label: Tensor | None) -> Tensor:
        """(B,) -> (B, classes)."""
        label = given(label)
        return torch.eye(self.classes, device=label.device)[label]
