"""Settings of `gan`, and its training defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from aegean.families.bounds import Count, Positive, Weight
from aegean.families.family import Family
from aegean.families.network import NetworkConfig
from aegean.families.training import TrainingConfig


@dataclass(frozen=True)
class GANConfig(NetworkConfig):
    """Generative adversarial network: a generator of images, and a discriminator that tells them from real ones."""

    renamed: ClassVar[Mapping[str, str]] = {"turns": "critic_steps"}

    latent: Positive = 64
    """Dimensions of z."""

    discriminator: Count = 0
    """Channels of the discriminator at half resolution, if not `width` as well: 0. It costs the most by far, and a
    narrow one learns faster: for digits, 8 at twice the learning rate."""

    loss: Literal["relativistic", "nonsaturating", "minimax", "hinge", "least_squares", "wasserstein"] = "relativistic"
    """What the two play for. The lecture's game: nonsaturating (its generator's trick) or minimax, with r1 and r2 0."""

    r1: Weight = 1.0
    """gamma: half of it, times the squared gradient of the discriminator at real images, is its penalty R1. For digits
    and clothes 10 to 25 is better than 1: no kind becomes rare."""

    r2: Weight = 1.0
    """The same at made images: R2."""

    penalty_every: Positive = 4
    """R1 and R2 are means over one in so many images of the batch: as right as over all, and cheaper."""

    gradient_penalty: Weight = 0.0
    """Weight of WGAN-GP's penalty, which pulls gradient norms between real and made images to 1; the paper has 10, with
    r1 and r2 0, which pull them to 0."""

    critic_steps: Positive = 1
    """Updates of the discriminator for each update of the generator; WGAN-GP has 5."""

    normalise: Literal["layer", "batch", "none"] = "layer"
    """Normalisation in the generator (conv); batch makes each image depend on the others."""

    smooth: bool = False
    """The generator's last layer is a blur, against which it learns to sharpen: what is left to it is no pattern of two
    pixels, which photos else get (conv)."""

    augment: tuple[Literal["colour", "translation", "cutout"], ...] = ()
    """Show the discriminator altered images only, real and made alike (DiffAugment): for sets of few images."""


# Many small steps: of the same images in the same time, batches of 32 make a far better game than batches of 128.
FAMILY = Family(
    GANConfig,
    TrainingConfig(betas=(0.0, 0.99), batch_size=32, steps=10_000),
    model="aegean.models.gan:GAN",
)
