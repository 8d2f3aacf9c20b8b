"""What a family of models is: its settings, how it is trained unless told otherwise, and where its model is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aegean.families.settings import Settings
from aegean.families.training import TrainingConfig


@dataclass(frozen=True)
class Family:
    """One entry of the registry."""

    settings: type[Settings]
    training: TrainingConfig = field(default_factory=TrainingConfig)
    model: Any = ""
    """The class, built as `Model(settings, spec)`; or "package.module:Class", which is imported when first needed."""

    takes_other: bool = False
    """Whether it learns from a second domain, without pairs (`--other`)."""

    takes_pairs: bool = False
    """Whether it can learn from pairs: what goes in, and what is wanted of it (`--target`, `--input-half`)."""

    @property
    def summary(self) -> str:
        """What it is, in one line."""
        return (self.settings.__doc__ or self.settings.__name__).strip().splitlines()[0]
