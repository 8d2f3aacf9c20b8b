"""The adversarial game, written once: what a discriminator and its adversary lower, whatever the family.

    discriminator lowers   loss_D(r, f) + gamma_1 / 2 E |dD/dx|^2 + gamma_2 / 2 E |dD/dx'|^2     r = D(x), f = D(x')
    adversary lowers       loss_G(r, f)                                                          x real, x' made

Which losses there are says `aegean.losses`; which settings, `aegean.families.adversarial`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn

from aegean.data.types import Batch
from aegean.families.adversarial import AdversarialConfig, FeatureAdversarialConfig, PenaltyConfig
from aegean.losses import ADVERSARIAL_LOSSES, discriminator_statistics, identity, logits_and_penalties
from aegean.networks import FeatureDiscriminator
from aegean.pretrained.pyramid import CHANNELS, Pyramid

Made = TypeVar("Made")
Terms = dict[str, Tensor]


class Handed(Generic[Made]):
    """What one player made of a batch, for the next player's move on that very batch: taken once, and by no other."""

    def __init__(self) -> None:
        self._held: tuple[Batch, Made] | None = None

    @property
    def waits(self) -> bool:
        """Whether something was put that nobody has taken yet."""
        return self._held is not None

    def put(self, batch: Batch, made: Made) -> None:
        """Hand over what was made of `batch`; in validation, where no player moves, nothing is handed over."""
        if torch.is_grad_enabled():
            self._held = batch, made

    def take(self, batch: Batch) -> Made | None:
        """What was made of `batch`, or None: nothing is left behind in either case."""
        held, self._held = self._held, None
        return held[1] if held is not None and held[0] is batch else None


class Adversary:
    """The losses of both sides, and their penalties, as the settings say."""

    def __init__(self, config: AdversarialConfig) -> None:
        self.config, self.loss = config, ADVERSARIAL_LOSSES[config.loss]

    def check(self) -> None:
        """InputError if the discriminator sees features and the network that gives them is not installed."""
        if self.config.sees_features:
            Pyramid().check()

    def discriminator_loss(
        self,
        discriminator: nn.Module,
        real: Tensor,
        fake: Tensor,
        known: Sequence[Tensor | None] = (),
        critic: Callable[[Any], Tensor] = identity,
        penalty: Tensor | float = 0.0,
    ) -> tuple[Tensor, Terms]:
        """Tell real images from made ones, given what is `known` of both; `penalty` is another one besides R1 and R2.

        (B, C, H, W), (B, C, H, W) -> what the discriminator lowers (), and what is logged. The penalties' gradient is
        that of `critic`, a function of what the discriminator gives.
        """
        gammas, every = penalty_share(self.config, len(real), discriminator.training)
        real_logit, fake_logit, smooth = logits_and_penalties(
            discriminator, real, fake, gammas, every, known, critic=critic
        )
        return self.judged(real_logit, fake_logit, smooth + penalty)

    def judged(self, real_logit: Tensor, fake_logit: Tensor, penalty: Tensor) -> tuple[Tensor, Terms]:
        """The discriminator's loss and what is logged, from its logits and its penalty."""
        terms = discriminator_statistics(real_logit, fake_logit, self.loss.boundary)
        return with_penalty(self.config, self.loss.discriminator(real_logit, fake_logit), terms, penalty)

    def generator_loss(self, fake_logit: Tensor, real_logit: Callable[[], Tensor]) -> Tensor:
        """Be taken for real. (B, ...) -> (). Logits of real images are asked for only if the loss looks at them."""
        with torch.no_grad():
            real = real_logit() if self.loss.paired else fake_logit
        return self.loss.generator(real, fake_logit)


def build_discriminator(
    config: FeatureAdversarialConfig,
    pixels: Callable[[], nn.Module],
    features: Callable[..., nn.Module] = FeatureDiscriminator,
    **counts: int,
) -> nn.Module:
    """One of `pixels`, or of `features` of a published network, whichever the settings want."""
    return features(Pyramid(), CHANNELS, config.discriminator, **counts) if config.sees_features else pixels()


def penalty_share(config: PenaltyConfig, count: int, training: bool) -> tuple[tuple[float, float], int]:
    """gamma of R1 and R2 for a batch of `count` images, and that they are means over one image in how many.

    `penalty_every` N means one image in N. A batch of fewer has its turn as a whole in one step of N, drawn at random,
    with N times the weight; outside training it always has, with its own weight.
    """
    (r1, r2), every = config.gammas, config.penalty_every
    if count >= every or not config.penalised:
        return (r1, r2), every
    turn = every * int(torch.rand(()) < 1 / every) if training and torch.is_grad_enabled() else 1
    return (turn * r1, turn * r2), 1


def with_penalty(config: PenaltyConfig, loss: Tensor, terms: Terms, penalty: Tensor) -> tuple[Tensor, Terms]:
    """Loss plus penalty, which is logged where there is one: there is none in validation, without gradients."""
    logged = {"penalty": penalty} if config.penalised and torch.is_grad_enabled() else {}
    return loss + penalty, terms | logged
