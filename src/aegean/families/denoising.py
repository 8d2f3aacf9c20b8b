"""Settings of `denoising`, and its training defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from aegean.families.bounds import Positive, Weight
from aegean.families.family import Family
from aegean.families.network import NetworkConfig
from aegean.families.own import OwnNetworksConfig, Place
from aegean.families.training import TrainingConfig


@dataclass(frozen=True)
class DenoisingConfig(OwnNetworksConfig, NetworkConfig):
    """Denoising autoencoder: damaged image in, clean image out; damaged as told here, or from pairs (--target)."""

    replaceable: ClassVar[Mapping[str, Place]] = {
        "encoder": Place(attributes=("network.0",)),
        "decoder": Place(("code",), ("network.1",)),
        "restorer": Place(attributes=("network",)),
    }

    needs: ClassVar[Mapping[str, tuple[str, Any]]] = dict.fromkeys(
        ("latent", "network", "hidden", "growth"), ("denoiser", "bottleneck")
    )

    denoiser: Literal["bottleneck", "residual"] = "bottleneck"
    """Through a code (digits, small images), or full resolution predicting the noise (natural images, any size)."""

    latent: Positive = 64
    """Numbers in the code (bottleneck)."""

    noise: Literal["gaussian", "salt_and_pepper", "masking"] = "gaussian"
    """Kind of damage."""

    strength: Weight = 0.5
    """Gaussian: standard deviation, black to white being 1 (sigma 25 of 255 is 0.098). Else: part of the pixels hit."""

    weakest: Weight | None = None
    """Draw the strength of each image evenly from this to `strength`. None: always `strength`."""

    def problem(self) -> str | None:
        """A part of the pixels is at most 1, sigma is in units of black to white, and a range begins at its low end."""
        most = 2 if self.noise == "gaussian" else 1
        if self.strength > most:
            unit = "black to white is 1, so that sigma 25 of 255 is 0.098" if most == 2 else "a part of the pixels"
            return f"--strength {self.strength}: must be {most} or less: {unit}"
        if self.weakest is not None and self.weakest > self.strength:
            return f"--weakest {self.weakest}: must be {self.strength} or less, the --strength"
        return super().problem()


FAMILY = Family(
    DenoisingConfig,
    TrainingConfig(),
    model="aegean.models.denoising:DenoisingAutoencoder",
    takes_pairs=True,
)
