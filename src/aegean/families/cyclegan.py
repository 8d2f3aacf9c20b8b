"""Settings of `cyclegan`, and its training defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from aegean.families.adversarial import FeatureAdversarialConfig, GameName
from aegean.families.bounds import Count, Positive, Weight
from aegean.families.family import Family
from aegean.families.own import OwnNetworksConfig, Place
from aegean.families.training import TrainingConfig


@dataclass(frozen=True)
class CycleGANConfig(FeatureAdversarialConfig, OwnNetworksConfig):
    """CycleGAN: translates images of one domain into another and back, learned from two sets without pairs."""

    replaceable: ClassVar[Mapping[str, Place]] = {
        "translator": Place(attributes=("to_a", "to_b")),
        "discriminator": Place(attributes=("of_a", "of_b")),
    }

    needs: ClassVar[Mapping[str, tuple[str, Any]]] = {"identity_every": ("identity", True)}

    width: Positive = 32
    """Channels at half resolution; twice as many at a quarter, where the residual blocks are. The paper has 128."""

    blocks: Count = 6
    """Residual blocks of a translator: the paper has 6 for 128 pixels, 9 for 256."""

    sees: Literal["pixels", "features"] = "features"
    """What the discriminators see: the features of efficientnet-lite0, of the extra `pretrained`, at five sizes
    (Projected GANs, 2021), which tell animals apart before the game begins; or pixels, as in the paper, for which all
    takes ten times as long, and which wants --loss least_squares --adversarial 2 --discriminator 64."""

    discriminator: Positive = 32
    """Channels into which the features are mixed; of pixels, those at half resolution, which double with each
    halving."""

    levels: Positive = 3
    """Halvings before each patch of pixels is judged by itself; fewer for small images."""

    loss: GameName = "hinge"
    """The adversarial loss of discriminators and translators. The paper: least_squares."""

    adversarial: Weight = 1.0
    """Weight of the adversarial loss. Least squares are halved here: 2 is the paper's 1."""

    cycle: Weight = 3.0
    """Weight of the mean absolute difference between an image and what comes back from its translation. The paper's is
    10, at which, among features, hardly more than a copy is made."""

    identity: Weight = 0.5
    """Weight, as a part of the cycle's, of the change that a translator makes to images that are already of the domain
    it translates into."""

    identity_every: Positive = 4
    """The identity term is computed in one step of so many, drawn at random, with so many times the weight: in every
    step it takes a third of the time. 1: in each, as in the paper."""

    r1: Weight = 0.3
    """gamma of R1, for each patch: the discriminators may not depend on what the eye cannot see. Of pixels alone. The
    paper has none."""

    r2: Weight = 0.3
    """gamma of R2: the same for translated images. Of pixels alone."""

    history: Count = 50
    """Translated images remembered: half of those that a discriminator sees are drawn from them. 0: none."""


FAMILY = Family(
    CycleGANConfig,
    TrainingConfig(
        betas=(0.5, 0.99), learning_rate=3e-4, schedule="hold", warmup=0.0, batch_size=1, steps=30_000, flip=True
    ),
    model="aegean.models.cyclegan:CycleGAN",
    takes_other=True,
)
