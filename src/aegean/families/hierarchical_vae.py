"""Settings of `hierarchical_vae`, and its training defaults."""

from __future__ import annotations

from dataclasses import dataclass

from aegean.families.bounds import Count, Positive, Weight
from aegean.families.family import Family
from aegean.families.likelihood import LikelihoodConfig
from aegean.families.training import TrainingConfig


@dataclass(frozen=True)
class HierarchicalVAEConfig(LikelihoodConfig):
    """Hierarchical VAE: codes on the way down, each seeing those above it; the best likelihoods here."""

    width: Positive = 32
    """Channels at half resolution; they grow with each further halving, up to four times."""

    growth: Positive = 2
    """Factor by which the channels grow."""

    depth: Count = 1
    """Residual blocks per resolution on the way up, and after each layer of codes."""

    latent: Positive = 32
    """Numbers of the topmost code, which the whole image hangs on."""

    layers: Positive = 1
    """Layers of codes at each resolution, below the topmost."""

    maps: Positive = 4
    """Channels of the codes below the topmost: so many numbers for each pixel of their resolution."""

    free_bits: Weight = 0.0
    """Nats per layer, on average over the batch, that its rate may have for free."""


FAMILY = Family(
    HierarchicalVAEConfig,
    TrainingConfig(clip=100.0),
    model="aegean.models.hierarchical_vae:HierarchicalVAE",
)
