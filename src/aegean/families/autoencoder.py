"""Settings of `autoencoder`, and its training defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from aegean.families.bounds import Positive
from aegean.families.family import Family
from aegean.families.network import NetworkConfig
from aegean.families.own import OwnNetworksConfig, Place
from aegean.families.training import TrainingConfig


@dataclass(frozen=True)
class AutoencoderConfig(OwnNetworksConfig, NetworkConfig):
    """Autoencoder: a bottleneck of few numbers through which the image must pass."""

    replaceable: ClassVar[Mapping[str, Place]] = {"encoder": Place(), "decoder": Place(("code",))}

    latent: Positive = 32
    """Numbers in the code."""

    loss: Literal["mse", "bce"] = "mse"
    """Squared error, or binary cross-entropy of pixels in [0, 1]; summed per image."""


FAMILY = Family(
    AutoencoderConfig,
    TrainingConfig(),
    model="aegean.models.autoencoder:Autoencoder",
)
