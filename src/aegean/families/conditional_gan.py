"""Settings of `conditional_gan`, and its training defaults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aegean.families.family import Family
from aegean.families.gan import GANConfig
from aegean.families.training import TrainingConfig


@dataclass(frozen=True)
class ConditionalGANConfig(GANConfig):
    """Conditional GAN: the label is known to the generator and the discriminator."""

    label: Literal["projection", "concatenate"] = "projection"
    """How the discriminator sees it: as an inner product with its features, or beside the image as in the lecture."""


# Many small steps: of the same images in the same time, batches of 32 make a far better game than batches of 128.
FAMILY = Family(
    ConditionalGANConfig,
    TrainingConfig(betas=(0.0, 0.99), batch_size=32, steps=10_000),
    model="aegean.models.conditional_gan:ConditionalGAN",
)
