"""Settings of `paired_translator`, and its training defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from aegean.families.adversarial import FeatureAdversarialConfig, GameName
from aegean.families.bounds import Count, Positive, Weight
from aegean.families.family import Family
from aegean.families.training import TrainingConfig


@dataclass(frozen=True)
class PairedTranslatorConfig(FeatureAdversarialConfig):
    """Paired translator (pix2pix): learns from pairs to restore, colour, deblur, enlarge, or draw from a sketch."""

    needs: ClassVar[Mapping[str, tuple[str, Any]]] = dict.fromkeys(
        ("loss", "sees", "discriminator", "r1", "r2", "halvings"), ("adversarial", True)
    )

    enlarge: Literal[1, 2, 4] = 1
    """How many times as large as what goes in its pictures are. 2 and 4 need no pairs: each picture of --data is shrunk
    and wanted back; with pairs, those of --target are so much larger."""

    width: Positive = 32
    """Channels at half resolution; twice as many with each further halving, up to eight times."""

    depth: Positive = 2
    """Residual blocks per resolution, on the way down and on the way up."""

    levels: Positive = 4
    """Resolutions, each half of the one before: how far around a pixel the network looks."""

    adversarial: Weight = 0.01
    """Weight of the adversarial loss beside the mean absolute difference, which has 1; the paper's is 0.01. 0: the
    difference alone, which is nearer to the truth pixel by pixel, and blurred where the truth cannot be known."""

    sees: Literal["pixels", "features"] = "pixels"
    """What the discriminator sees: pixels, beside what went in, patch by patch, as in the paper; or the features of
    efficientnet-lite0, of the extra `pretrained` (Projected GANs, 2021), with --loss hinge."""

    discriminator: Positive = 32
    """Channels at half resolution of a discriminator of pixels; those into which features are mixed."""

    halvings: Count = 3
    """Halvings before each patch of pixels is judged by itself: 3 are the paper's patches of 70 pixels."""

    loss: GameName = "nonsaturating"
    """The adversarial loss, of the discriminator and of the translator."""

    r1: Weight = 0.3
    """gamma of R1, for each patch. Of pixels alone; the paper has none."""

    r2: Weight = 0.0
    """gamma of R2: the same as R1, at made pictures."""


FAMILY = Family(
    PairedTranslatorConfig,
    TrainingConfig(betas=(0.5, 0.99), learning_rate=5e-4, batch_size=8, steps=10_000, flip=True),
    model="aegean.models.paired_translator:PairedTranslator",
    takes_pairs=True,
)
