"""Settings of the adversarial game, common to all families that have a discriminator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from aegean.families.bounds import Positive, Weight
from aegean.families.settings import Settings

GameName = Literal["relativistic", "nonsaturating", "minimax", "hinge", "least_squares", "wasserstein"]


@dataclass(frozen=True)
class PenaltyConfig(Settings):
    """R1, the penalty that keeps a discriminator smooth."""

    needs: ClassVar[Mapping[str, tuple[str, Any]]] = {"penalty_every": ("penalised", True)}

    r1: Weight = 1.0
    """gamma of R1: half of it, times the squared gradient of the discriminator at real images, is added to its loss. Of
    a discriminator of features there is no such penalty."""

    penalty_every: Positive = 4
    """Penalties are computed at one image in so many: as right as at all, and cheaper. Of a batch of fewer images, at
    all of them in one step of so many, drawn at random, with so many times the weight."""

    @property
    def gammas(self) -> tuple[float, float]:
        """gamma of R1 and of R2, as they are in the game."""
        return self.r1, 0.0

    @property
    def penalised(self) -> bool:
        """Whether the discriminator's loss has a penalty."""
        return any(self.gammas)


@dataclass(frozen=True)
class AdversarialConfig(PenaltyConfig):
    """The game that a discriminator and its adversary play."""

    loss: GameName = "relativistic"
    """The adversarial loss, of the discriminator and of its adversary."""

    r2: Weight = 1.0
    """gamma of R2: the same as R1, at made images."""

    @property
    def sees_features(self) -> bool:
        """Whether the discriminator sees a published network's features instead of pixels."""
        return False

    @property
    def gammas(self) -> tuple[float, float]:
        """gamma of R1 and of R2, as they are in the game: 0 over features."""
        return (0.0, 0.0) if self.sees_features else (self.r1, self.r2)


@dataclass(frozen=True)
class FeatureAdversarialConfig(AdversarialConfig):
    """A game over pixels, or over the features of a published network (Projected GANs, 2021)."""

    needs: ClassVar[Mapping[str, tuple[str, Any]]] = {"r1": ("sees", "pixels"), "r2": ("sees", "pixels")}

    sees: Literal["pixels", "features"] = "features"
    """What the discriminator sees: pixels; or the features of efficientnet-lite0, of the extra `pretrained`, at five
    sizes."""

    discriminator: Positive = 32
    """Channels into which features are mixed."""

    @property
    def sees_features(self) -> bool:
        """With `--sees features`."""
        return self.sees == "features"
