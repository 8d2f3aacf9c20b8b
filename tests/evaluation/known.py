"""Pictures and models whose figures can be computed by hand."""

from __future__ import annotations

import torch
from torch import Tensor

from aegean.data.types import DataSpec, ImageSet
from aegean.evaluation import METRICS
from aegean.evaluation.context import EvaluationContext
from aegean.evaluation.metrics.figure import Figure
from aegean.models.player import Model

SIDE, TOGETHER = 8, 4  # pixels; images in a batch
GREYS = torch.tensor([0, 51, 102, 153, 204, 255, 51, 51, 102, 102], dtype=torch.uint8)
LABELS = torch.tensor([0, 1, 2, 0, 1, 2, 1, 1, 2, 0])


class Known(Model):
    """A model that is not trained."""

    def players(self):
        return []


def flat(grey: Tensor, channels: int = 1, side: int = SIDE) -> Tensor:
    """Pictures of one grey each: (N,) uint8 -> (N, H, W, C)."""
    return grey[:, None, None, None].expand(-1, side, side, channels).contiguous()


def level(image: Tensor) -> Tensor:
    """The grey of each flat picture, 0 to 5. (B,)"""
    return ((image.mean((1, 2, 3)) + 1) * 2.5).round()


IMAGES = ImageSet(flat(GREYS), LABELS)
SPEC = DataSpec("greys", 1, SIDE, classes=("a", "b", "c"))


def measured(context: EvaluationContext, name: str) -> Figure:
    return context.once(METRICS[name].measure)
