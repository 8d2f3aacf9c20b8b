"""Settings of `context_encoder`, and its training defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from aegean.families.adversarial import FeatureAdversarialConfig, GameName
from aegean.families.bounds import Count, Fraction, Part, Positive, Share, Weight
from aegean.families.family import Family
from aegean.families.own import OwnNetworksConfig, Place
from aegean.families.training import TrainingConfig


@dataclass(frozen=True)
class ContextEncoderConfig(FeatureAdversarialConfig, OwnNetworksConfig):
    """Context encoder: paints what is missing from what is around it."""

    replaceable: ClassVar[Mapping[str, Place]] = {"painter": Place(("image", "mask")), "discriminator": Place()}

    needs: ClassVar[Mapping[str, tuple[str, Any]]] = dict.fromkeys(
        ("loss", "sees", "discriminator", "r1", "r2"), ("adversarial", True)
    )

    width: Positive = 32
    """Channels at half resolution; they grow with each further halving, up to four times."""

    growth: Positive = 2
    """Factor by which the channels grow."""

    depth: Count = 1
    """Residual blocks per resolution, on the way down and on the way up."""

    latent: Positive = 256
    """Numbers through which the far parts of the image inform the hole."""

    dropout: Share = 0.0
    """Part of the features at the waist that are dropped in training, against learning few images by heart."""

    mask: Literal["centre", "blocks", "both"] = "centre"
    """What is missing in training: the centre square, or a few blocks anywhere, which suits masks of one's own too; or
    either by a toss, which teaches more of few images."""

    hole: Part = 0.5
    """Height and width of the hole in the centre, or of the largest block, as a part of the image's."""

    overlap: Count = 3
    """Pixels around the hole that are painted too, to be learned with ten times the weight; then left as they were."""

    mirror: bool = False
    """Paint the mirrored image too, and take the mean of both: less squared error for twice the time. For images that
    look natural when mirrored, such as faces."""

    adversarial: Fraction = 0.001
    """Weight of the adversarial loss; the squared error has the rest. 0: squared error alone, which blurs."""

    sees: Literal["pixels", "features"] = "pixels"
    """What the discriminator sees: pixels, as in the paper; or the features of efficientnet-lite0, of the extra
    `pretrained`, at five sizes (Projected GANs, 2021), with --loss hinge --adversarial 0.08, which sharpens more."""

    discriminator: Positive = 64
    """Channels into which features are mixed; a discriminator of pixels is as wide as the painter, --width."""

    loss: GameName = "nonsaturating"
    """The adversarial loss, of the discriminator and of the painter."""

    r2: Weight = 0.0
    """gamma of R2: the same as R1, at filled images."""


FAMILY = Family(
    ContextEncoderConfig,
    TrainingConfig(batch_size=32, steps=12_000),
    model="aegean.models.context_encoder:ContextEncoder",
)
