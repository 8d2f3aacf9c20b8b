"""Settings of `conditional_vae`, and its training defaults."""

from __future__ import annotations

from dataclasses import dataclass

from aegean.families.family import Family
from aegean.families.training import TrainingConfig
from aegean.families.vae import VAEConfig


@dataclass(frozen=True)
class ConditionalVAEConfig(VAEConfig):
    """Conditional VAE: the label is known to the encoder and the decoder."""


FAMILY = Family(
    ConditionalVAEConfig,
    TrainingConfig(clip=100.0),
    model="aegean.models.conditional_vae:ConditionalVAE",
)
