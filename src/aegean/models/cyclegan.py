"""CycleGAN (Zhu et al. 2017, arXiv:1703.10593): two domains without pairs, two teams of two.

    G: a -> b'        F: b -> a'        translators        D_a, D_b: is this image of the domain, patch by patch
    discriminators lower  (1 - D_b(b))+ + (1 + D_b(G(a)))+        and the same for a; half of the made are older ones
    translators lower     - w_g D_b(G(a)) and the same for a
                          + w_c (|F(G(a)) - a| + |G(F(b)) - b|)            cycle: there and back
                          + w_i (|G(b) - b| + |F(a) - a|)                  identity: what is b already stays

|.|: mean absolute difference of pixels in [-1, 1]. D judges patch by patch. In the paper it sees pixels, and the game
is one of least squares, with w_g 2 (it has no halves), w_c 10 and w_i 5. Here it sees the features of a published
network: there are stripes on horses after some 500 steps of one image.

The identity term keeps skies bright: without it colours may be swapped, and the cycle is none the worse. It takes a
third of the time of a step that has it; so it is part of one step in a few, drawn at random, with as much more weight.
Where D sees pixels, it has R1 and R2, gamma / 2 |dD/dx|^2. Without them a patch's verdict turns on changes of 1 % to
its pixels, and what the translators learn from it is to add such noise.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import l1_loss

from aegean.data.types import Batch, DataSpec
from aegean.errors import InputError
from aegean.families.cyclegan import CycleGANConfig
from aegean.models.adversary import Adversary, Handed, build_discriminator
from aegean.models.capabilities import Translates
from aegean.models.player import Model, Player
from aegean.networks import ImagePool, PatchDiscriminator, Translator, frozen

SMALLEST = 4  # patches a side, at the training size


class CycleGAN(Model, Translates):
    """Two translators in one team, two discriminators in the other."""

    def __init__(self, config: CycleGANConfig, spec: DataSpec) -> None:
        super().__init__()
        if len(spec.domains) != 2:
            raise InputError(
                f"{spec.name}: cyclegan needs two domains: a folder with trainA and trainB, or --data A --other B"
            )
        self.config, self.game = config, Adversary(config)
        size = (config.width, config.blocks)
        self.to_a, self.to_b = (Translator(spec.channels, *size) for _ in "ab")
        self.of_a, self.of_b = (self._discriminator(spec) for _ in "ab")
        self.history_a, self.history_b = (ImagePool(config.history, spec.dimensions) for _ in "ab")
        self.handed = Handed[tuple[Tensor, Tensor]]()  # translated images, from the one team's move to the other's

    def players(self) -> Sequence[Player]:
        """The translators move first; what they made is shown to the discriminators."""
        self.game.check()
        return [
            Player("translators", [self.to_a, self.to_b], self.translators_loss),
            Player("discriminators", [self.of_a, self.of_b], self.discriminators_loss),
        ]

    def _discriminator(self, spec: DataSpec) -> nn.Module:
        levels = max(1, min(self.config.levels, (spec.size.shorter // SMALLEST).bit_length() - 1))
        return build_discriminator(
            self.config, lambda: PatchDiscriminator(spec.channels, self.config.discriminator, levels)
        )

    def translators_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Be taken for the other domain, find the way back, and leave alone what is of that domain already."""
        a, b = _pair(batch)
        alone = self._identity_weight()
        fake_b, stays_b = self._towards(self.to_b, a, b, alone)
        fake_a, stays_a = self._towards(self.to_a, b, a, alone)
        cycle = l1_loss(self.to_a(fake_b), a) + l1_loss(self.to_b(fake_a), b)
        identity = alone * (stays_a + stays_b)
        with frozen(self.of_a), frozen(self.of_b):
            logit_a, logit_b = self.of_a(fake_a), self.of_b(fake_b)
        adversarial = self.game.generator_loss(logit_a, lambda: self.of_a(a))
        adversarial = adversarial + self.game.generator_loss(logit_b, lambda: self.of_b(b))
        self.handed.put(batch, (fake_a.detach(), fake_b.detach()))
        weight = self.config
        loss = weight.adversarial * adversarial + weight.cycle * (cycle + weight.identity * identity)
        change = 0.5 * (l1_loss(fake_b, a) + l1_loss(fake_a, b)).detach()  # 0: it translates nothing
        terms = {"adversarial": adversarial, "cycle": cycle, "identity": identity, "change": change}
        return loss, terms

    def _identity_weight(self) -> int:
        """The factor of the identity term in this step: `identity_every` in one step of so many, drawn; else 0."""
        every = self.config.identity_every
        if not self.config.identity:
            return 0
        return 1 if every == 1 or not self.training else every * int(torch.rand(()) < 1 / every)

    @staticmethod
    def _towards(translator: Translator, there: Tensor, here: Tensor, alone: int) -> tuple[Tensor, Tensor]:
        """Images `there` translated, and how much those `here`, of the wanted domain, change: 0 if not `alone`."""
        if not alone:
            return translator(there), there.new_zeros(())
        made, same = translator(torch.cat([there, here])).split([len(there), len(here)])
        return made, l1_loss(same, here)

    def discriminators_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Tell images of each domain from translated ones, now and from before."""
        a, b = _pair(batch)
        fakes = self.handed.take(batch)
        if fakes is None:
            with torch.no_grad():
                fakes = self.to_a(b), self.to_b(a)
        if self.training:
            fakes = self.history_a(fakes[0]), self.history_b(fakes[1])
        loss_a, terms_a = self.game.discriminator_loss(self.of_a, a, fakes[0], critic=of_each_patch)
        loss_b, terms_b = self.game.discriminator_loss(self.of_b, b, fakes[1], critic=of_each_patch)
        return loss_a + loss_b, {name: 0.5 * (terms_a[name] + terms_b[name]) for name in terms_a}

    @property
    def reach(self) -> int:
        """Pixels around a pixel that a translator sees."""
        return self.to_b.reach

    def translate(self, image: Tensor, direction: str) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        translated: Tensor = {"a": self.to_a, "b": self.to_b}[direction](image)
        return translated


def of_each_patch(logit: Tensor) -> Tensor:
    """Its squared gradient is the mean of those of the patches, where no two see the same pixel. (B, P) -> (B,)"""
    return logit.sum(1) / logit.shape[1] ** 0.5


def _pair(batch: Batch) -> tuple[Tensor, Tensor]:
    """Images of both domains."""
    assert batch.other is not None, "the data have one domain"
    return batch.image, batch.other
