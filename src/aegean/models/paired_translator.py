"""Paired translator (pix2pix; Isola et al. 2017, arXiv:1611.07004): what goes in, x, and what is wanted of it, y.

    y' = plain(x) + G(x)        plain: x as large as y, by bicubic interpolation, in y's channels
    translator lowers      E |y - y'|  -  w log s(D(x, y'))                                pixels in [-1, 1]
    discriminator lowers   - log s(D(x, y)) - log(1 - s(D(x, y'))) + gamma / 2 |dD/dy|^2

|.|: mean absolute difference, which alone gives the median of all that could be wanted: blurred, or brown where a
colour could be any. The adversary, which judges patch by patch whether y' could belong to x, wants one of them. In the
paper the game has the weight 1 beside 100 of the difference. With `--enlarge` and no pairs, y is the picture and x is y
shrunk.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, l1_loss

from aegean.data.types import Batch, DataSpec
from aegean.errors import InputError
from aegean.families.paired_translator import PairedTranslatorConfig
from aegean.models.adversary import Adversary, build_discriminator
from aegean.models.capabilities import Translates
from aegean.models.cyclegan import of_each_patch
from aegean.models.player import Model, Player
from aegean.networks import PatchDiscriminator, Restorer, frozen, plainly


class PairedTranslator(Model, Translates):
    """Translator and discriminator, and a player for each; without a discriminator where its weight is 0."""

    def __init__(self, config: PairedTranslatorConfig, spec: DataSpec) -> None:
        super().__init__()
        _check(config, spec)
        self.config, self.game, self.scale = config, Adversary(config), config.enlarge
        self.channels = spec.target_channels or spec.channels
        self.translator = Restorer(spec.channels, self.channels, config.width, config.depth, config.levels, self.scale)
        self.discriminator: nn.Module | None = None
        if config.adversarial:
            both = spec.channels + self.channels
            self.discriminator = build_discriminator(
                config, lambda: PatchDiscriminator(both, config.discriminator, config.halvings)
            )

    def players(self) -> Sequence[Player]:
        """The discriminator moves first."""
        translator = Player("translator", [self.translator], self.translator_loss)
        if self.discriminator is None:
            return [translator]
        self.game.check()
        return [Player("discriminator", [self.discriminator], self.discriminator_loss), translator]

    def pair(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """The data's pairs; without them, each picture shrunk, and the picture."""
        if batch.target is not None:
            return batch.image, batch.target
        small = interpolate(batch.image, scale_factor=1 / self.scale, mode="bicubic", antialias=True)
        return small.clamp(-1, 1), batch.image

    def discriminator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Tell what is wanted from what is made, beside what went in."""
        assert self.discriminator is not None
        given, wanted = self.pair(batch)
        with torch.no_grad():
            made = self.translator(given)
        return self.game.discriminator_loss(
            self.discriminator, self._shown(given, wanted), self._shown(given, made), critic=of_each_patch
        )

    def translator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Come near what is wanted, and be taken for it."""
        given, wanted = self.pair(batch)
        made = self.translator(given)
        difference = l1_loss(made, wanted)
        if self.discriminator is None:
            return difference, {"difference": difference}
        discriminator = self.discriminator
        with frozen(discriminator):
            logit = discriminator(self._shown(given, made))
        adversarial = self.game.generator_loss(logit, lambda: discriminator(self._shown(given, wanted)))
        loss = difference + self.config.adversarial * adversarial
        return loss, {"difference": difference, "adversarial": adversarial}

    def _shown(self, given: Tensor, picture: Tensor) -> Tensor:
        """What the discriminator sees: a picture beside what it is of; of features, the picture alone."""
        if self.config.sees_features:
            return picture
        return torch.cat([picture, plainly(given, given.shape[1], self.scale)], 1)

    @property
    def reach(self) -> int:
        """Pixels around a pixel of what goes in that the translator sees."""
        return self.translator.reach

    @property
    def both_ways(self) -> bool:
        """There is no way back."""
        return False

    def translate(self, image: Tensor, direction: str = "b") -> Tensor:
        """(B, C, H, W) -> (B, C', kH, kW)."""
        translated: Tensor = self.translator(image)
        return translated.clamp(-1, 1)


def _check(config: PairedTranslatorConfig, spec: DataSpec) -> None:
    """InputError where there is nothing to learn, or the pairs are of other sizes than is wanted."""
    if not spec.paired and config.enlarge == 1:
        raise InputError(
            f"{spec.name}: paired_translator learns from pairs: --data IN --target WANTED, or --input-half left of"
            " pictures side by side; or --enlarge 2 or 4, which needs none"
        )
    if spec.paired and spec.target_scale != config.enlarge:
        raise InputError(
            f"--enlarge {config.enlarge}: what is wanted of {spec.name} is {spec.target_scale} times as large as what"
            f" goes in: --enlarge {spec.target_scale}"
        )
    if not spec.paired and any(side % config.enlarge for side in spec.size):
        raise InputError(f"--enlarge {config.enlarge}: does not divide {spec.size}, the sides of the pictures; --size")
