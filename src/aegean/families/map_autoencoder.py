"""Settings of `map_autoencoder`, and its training defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from aegean.families.bounds import Count, Positive, Weight
from aegean.families.family import Family
from aegean.families.own import OwnNetworksConfig, Place
from aegean.families.training import TrainingConfig


@dataclass(frozen=True)
class MapAutoencoderConfig(OwnNetworksConfig):
    """Autoencoder whose codes are small maps: rebuilds sharply, and is what a flow makes its codes in (--codes)."""

    replaceable: ClassVar[Mapping[str, Place]] = {
        "encoder": Place(),
        "decoder": Place(("code",)),
        "discriminator": Place(),
    }

    needs: ClassVar[Mapping[str, tuple[str, Any]]] = {"discriminator": ("adversarial", True)}

    width: Positive = 48
    """Channels at half resolution; they grow with each further halving, up to four times."""

    growth: Positive = 2
    """Factor by which the channels grow."""

    depth: Count = 1
    """Residual blocks per resolution, on the way down and on the way up; twice as many where the code is."""

    halvings: Positive = 2
    """How often the side is halved on the way to the code. 2: a quarter of the image's; 3: an eighth."""

    code_channels: Positive = 4
    """Numbers at each place of the code."""

    noise: Weight = 0.1
    """Standard deviation of the noise on the code in training, whose numbers have 1: codes that are near one another
    then mean much the same."""

    perceptual: Weight = 0.2
    """Weight of the error of the features of efficientnet-lite1, of the extra `pretrained`, without which what is
    rebuilt is blurred; against the mean absolute error of pixels in [-1, 1]. 0: none."""

    adversarial: Weight = 0.0
    """Weight of the adversarial loss over such features (Projected GANs, 2021), which sharpens more. 0: none."""

    discriminator: Positive = 32
    """Channels into which its features are mixed."""

    learns: Literal["both", "decoder"] = "both"
    """decoder: codes stay what they are in the run of --init, so that a flow of them can take the decoder over."""


FAMILY = Family(
    MapAutoencoderConfig,
    TrainingConfig(steps=10_000, batch_size=32),
    model="aegean.models.map_autoencoder:MapAutoencoder",
)
