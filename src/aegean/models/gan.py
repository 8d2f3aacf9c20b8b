"""Generative adversarial network (Goodfellow et al. 2014, arXiv:1406.2661): two players, alternate moves.

    G: z -> x'        the generator, z ~ N(0, I)            D: x -> logit        the discriminator
    D lowers  -log s(D(x)) - log(1 - s(D(G(z))))            real is 1, made is 0; s: the sigmoid
    G lowers  -log s(D(G(z)))                               non-saturating; minimax: log(1 - s(D(G(z))))

The default is the same game played in pairs, with D kept smooth at real and made images (R3GAN, Huang et al. 2024,
arXiv:2501.05441): it does not fall to a few modes, and what is lowered still means something late in the run.

    D lowers  -log s(D(x) - D(G(z))) + gamma / 2 (|dD/dx|^2 + |dD/dx'|^2)        G lowers  -log s(D(G(z)) - D(x))
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from aegean.data.types import Batch, DataSpec
from aegean.families.gan import GANConfig
from aegean.losses import between, diversity, nearest, one_lipschitz, squared_gradient
from aegean.models.adversary import Adversary, Handed
from aegean.models.capabilities import Samples
from aegean.models.player import Model, Player
from aegean.networks import Decoder, Discriminator, augment, frozen


class GAN(Model, Samples):
    """Generator, discriminator, and a player for each."""

    def __init__(self, config: GANConfig, spec: DataSpec, classes: int = 0, projection: bool = False) -> None:
        super().__init__()
        self.config, self.game = config, Adversary(config)
        shape = spec.channels, spec.size, config.latent, classes
        self.generator = Decoder(*shape, normalise=config.normalise, smooth=config.smooth, **config.sizes)
        sizes = config.sizes | {"width": config.discriminator or config.width}
        self.discriminator = Discriminator(spec.channels, spec.size, classes, projection, **sizes)
        self.handed = Handed[Tensor]()  # made images, from the discriminator's move to the generator's

    def players(self) -> Sequence[Player]:
        """The discriminator moves first."""
        return [
            Player("discriminator", [self.discriminator], self.discriminator_loss, self.config.critic_steps),
            Player("generator", [self.generator], self.generator_loss),
        ]

    def discriminator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Tell real from made; the images made of the round's first batch are handed to the generator's own move."""
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.handed.waits):
            fake = self.sample(self.draw(batch), batch.label)
        if fake.requires_grad:
            self.handed.put(batch, fake)
        real, fake = self.altered(batch.image), self.altered(fake.detach())
        penalty = self.gradient_penalty(real, fake, batch.label)
        return self.game.discriminator_loss(self.discriminator, real, fake, [batch.label], penalty=penalty)

    def generator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Be taken for real; the discriminator passes gradients on, but gets none itself."""
        fake = self.handed.take(batch)
        if fake is None:
            fake = self.sample(self.draw(batch), batch.label)
        with frozen(self.discriminator):
            fake_logit = self.discriminator(self.altered(fake), batch.label)
        loss = self.game.generator_loss(fake_logit, lambda: self.discriminator(self.altered(batch.image), batch.label))
        return loss, {"diversity": diversity(batch.image, fake), "nearest": nearest(batch.image, fake)}

    def gradient_penalty(self, real: Tensor, fake: Tensor, label: Tensor | None) -> Tensor:
        """WGAN-GP, where the config asks for it."""
        if not (self.config.gradient_penalty and torch.is_grad_enabled()):
            return real.new_zeros(())
        image = between(real, fake).requires_grad_()
        return self.config.gradient_penalty * one_lipschitz(squared_gradient(self.discriminator(image, label), image))

    def altered(self, image: Tensor) -> Tensor:
        """The image as the discriminator sees it: changed at random, where the settings say so."""
        return augment(image, self.config.augment)

    def draw(self, batch: Batch) -> Tensor:
        """z ~ N(0, I), one for each image. (B, Z)"""
        return torch.randn(len(batch.image), self.config.latent, device=batch.image.device)

    def noise(self, count: int, seed: int) -> Tensor:
        """z ~ N(0, I). (B, Z)"""
        return torch.randn(count, self.config.latent, generator=torch.Generator().manual_seed(seed))

    def sample(self, noise: Tensor, label: Tensor | None = None) -> Tensor:
        """(B, Z) -> (B, C, H, W)."""
        image: Tensor = self.generator(noise, label)
        return image.tanh()
