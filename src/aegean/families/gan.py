"""Settings of `gan`, and its training defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from aegean.families.adversarial import AdversarialConfig
from aegean.families.bounds import Count, Positive, Weight
from aegean.families.family import Family
from aegean.families.network import NetworkConfig
from aegean.families.own import OwnNetworksConfig, Place
from aegean.families.training import TrainingConfig


@dataclass(frozen=True)
class GANConfig(AdversarialConfig, OwnNetworksConfig, NetworkConfig):
    """Generative adversarial network: a generator of images, and a discriminator that tells them from real ones."""

    replaceable: ClassVar[Mapping[str, Place]] = {"generator": Place(("code",)), "discriminator": Place()}

    renamed: ClassVar[Mapping[str, str]] = {"turns": "critic_steps"}

    latent: Positive = 64
    """Dimensions of z."""

    discriminator: Count = 0
    """Channels of the discriminator at half resolution. 0: as many as the generator, `width`. It costs the most by far,
    and a narrow one learns faster: for digits, 8 at twice the learning rate."""

    r1: Weight = 1.0
    """gamma of R1: half of it, times the squared gradient of the discriminator at real images, is added to its loss.
    For digits and clothes 10 to 25 is better than 1: no kind becomes rare. The lecture's game has neither R1 nor R2:
    --loss nonsaturating (its generator's trick) or minimax, --r1 0 --r2 0."""

    gradient_penalty: Weight = 0.0
    """Weight of WGAN-GP's penalty, which pulls gradient norms between real and made images to 1; the paper has 10, with
    r1 and r2 0, which pull them to 0."""

    critic_steps: Positive = 1
    """Updates of the discriminator for each update of the generator; WGAN-GP has 5."""

    normalise: Literal["layer", "batch", "none"] = "layer"
    """Normalisation in the generator (conv); batch makes each image depend on the others."""

    smooth: bool = False
    """Blur the generator's last layer, against which it learns to sharpen: photos then have no checkerboard of single
    pixels (conv)."""

    augment: tuple[Literal["colour", "translation", "cutout"], ...] = ()
    """Show the discriminator altered images only, real and made alike (DiffAugment): for sets of few images."""

    @property
    def penalised(self) -> bool:
        """Whether the discriminator's loss has a penalty: R1, R2 or that of WGAN-GP."""
        return super().penalised or self.gradient_penalty > 0


# Many small steps: of the same images in the same time, batches of 32 make a far better game than batches of 128.
FAMILY = Family(
    GANConfig,
    TrainingConfig(betas=(0.0, 0.99), batch_size=32, steps=10_000),
    model="aegean.models.gan:GAN",
)
