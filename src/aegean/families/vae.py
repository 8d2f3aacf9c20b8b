"""Settings of `vae`, and its training defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from aegean.families.bounds import Positive, Weight
from aegean.families.family import Family
from aegean.families.likelihood import LikelihoodConfig
from aegean.families.network import NetworkConfig
from aegean.families.own import OwnNetworksConfig, Place
from aegean.families.settings import flag
from aegean.families.training import TrainingConfig


@dataclass(frozen=True)
class VAEConfig(OwnNetworksConfig, NetworkConfig, LikelihoodConfig):
    """Variational autoencoder.

    Its encoder gives mean and log-variance of z, twice `latent` numbers.
    """

    replaceable: ClassVar[Mapping[str, Place]] = {"encoder": Place(), "decoder": Place(("code",))}

    latent: Positive = 32
    """Dimensions of z."""

    free_bits: Weight = 0.0
    """Nats per latent dimension, on average over the batch, that the rate may have for free."""

    objective: Literal["elbo", "iwae"] = "elbo"
    """Lower bound that is raised: the ELBO, or the importance-weighted one (Burda et al. 2016)."""

    samples: Positive = 1
    """Draws of z per image: k of the IWAE bound, or averaged over for the ELBO."""

    def problem(self) -> str | None:
        """The importance-weighted bound has no weight for the rate."""
        for name, value in (("beta", 1), ("free_bits", 0)):
            if self.objective == "iwae" and getattr(self, name) != value:
                return (
                    f"{flag(name)} {getattr(self, name)}: must be {value}: --objective iwae has no weight for the rate"
                )
        return super().problem()


FAMILY = Family(
    VAEConfig,
    TrainingConfig(clip=100.0),
    model="aegean.models.vae:VAE",
)
