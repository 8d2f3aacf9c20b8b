"""What a sheet is, and the test images and codes that the sheets look at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from aegean.data.types import Batch
from aegean.models.capabilities import Conditional, Encodes
from aegean.runs import Run


@dataclass(frozen=True)
class Figure:
    """One picture of the report with its words."""

    title: str
    caption: str  # plain text
    picture: str  # HTML that stands by itself


def generator(seed: int) -> torch.Generator:
    """A generator of its own, so that no sheet depends on another."""
    return torch.Generator().manual_seed(seed)


def unseen(run: Run, count: int) -> Batch:
    """`count` test images drawn once and for all, or as many as there are: a set may be sorted by class."""
    test = run.data.test
    return test.batch(torch.randperm(len(test), generator=generator(0))[:count])


def label_of(run: Run, batch: Batch) -> Tensor | None:
    """The labels of `batch` (B,) if the model takes labels."""
    return batch.label if isinstance(run.model, Conditional) else None


def rebuild(run: Run, batch: Batch) -> Tensor:
    """Images through the bottleneck and back. (B, C, H, W)"""
    model = run.model
    assert isinstance(model, Encodes)
    label = label_of(run, batch)
    return model.decode(model.encode(batch.image, label), label)


@lru_cache(maxsize=1)
def unseen_codes(run: Run, count: int = 2000) -> tuple[Tensor, Tensor | None]:
    """Codes (N, Z) and labels (N,), if there are any, of up to `count` test images."""
    model, batch = run.model, unseen(run, count)
    assert isinstance(model, Encodes)
    label = label_of(run, batch)
    parts = [
        model.encode(batch.image[k : k + 250], None if label is None else label[k : k + 250])
        for k in range(0, len(batch.image), 250)
    ]
    return torch.cat(parts), batch.label
