"""An autoencoder whose codes are maps: the first of two stages (Rombach et al. 2022, arXiv:2112.10752, section 3.1).

    z = encoder(x)               a map at a quarter or an eighth of the resolution, of few channels, normalised
    x' = decoder(z + noise n)    n ~ N(0, I) in training, so that codes that are near one another mean the same
    loss = E |x - x'|  +  perceptual sum_k E |f_k(x) - f_k(x')|^2  +  adversarial -D(x')
    discriminator lowers (1 - D(x))+ + (1 + D(x'))+

f_k: features of a published network, of unit length at each place (Zhang et al. 2018, arXiv:1801.03924): two images
that differ by less than one sees are near. It is efficientnet-lite1, so that lite0, by which faces are measured, and
lite2 have no part in the training. The code keeps what is where; a flow learns how codes are distributed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from aegean.data.types import Batch, DataSpec
from aegean.families.map_autoencoder import MapAutoencoderConfig
from aegean.losses import ADVERSARIAL_LOSSES, discriminator_statistics
from aegean.models.adversary import Handed
from aegean.models.capabilities import EncodesMaps
from aegean.models.player import Model, Player
from aegean.networks import FeatureDiscriminator, MapDecoder, MapEncoder, frozen
from aegean.pretrained.pyramid import CHANNELS, Pyramid

HINGE = ADVERSARIAL_LOSSES["hinge"]
SEEN = 4  # sizes of features that are compared, from a half to a sixteenth of the resolution


class MapAutoencoder(Model, EncodesMaps):
    """Encoder, decoder and one player; with an adversarial weight, a discriminator too."""

    def __init__(self, config: MapAutoencoderConfig, spec: DataSpec) -> None:
        super().__init__()
        self.config = config
        high, wide = (math.ceil(side / 2**config.halvings) for side in spec.size)
        self.shape = (config.code_channels, high, wide)
        size = config.width, config.growth, config.depth, config.halvings, config.code_channels
        self.encoder = MapEncoder(spec.channels, *size)
        self.decoder = MapDecoder(spec.channels, spec.size, *size)
        self.encoder.requires_grad_(config.learns == "both")
        self.seen = Pyramid("efficientnet-lite1")
        self.discriminator = None
        if config.adversarial:
            self.discriminator = FeatureDiscriminator(self.seen, CHANNELS, config.discriminator)
        self.rebuilt_by_discriminator = Handed[Tensor]()

    @property
    def code_shape(self) -> tuple[int, int, int]:
        """(C, H, W)."""
        return self.shape

    def players(self) -> Sequence[Player]:
        """The discriminator moves first."""
        autoencoder = Player("autoencoder", [self.encoder, self.decoder], self.loss)
        if self.config.perceptual or self.discriminator is not None:
            self.seen.check()
        if self.discriminator is None:
            return [autoencoder]
        return [Player("discriminator", [self.discriminator], self.discriminator_loss), autoencoder]

    def rebuilt(self, image: Tensor) -> Tensor:
        """x', in training from a noisy code. (B, C, H, W)"""
        code = self.encoder(image)
        if self.training:
            code = code + self.config.noise * torch.randn_like(code)
        rebuilt: Tensor = self.decoder(code)
        return rebuilt

    def discriminator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Tell images from what is rebuilt of them, which serves the autoencoder's own move as well."""
        assert self.discriminator is not None
        rebuilt = self.rebuilt(batch.image)
        self.rebuilt_by_discriminator.put(batch, rebuilt)
        real, fake = self.discriminator(batch.image), self.discriminator(rebuilt.detach())
        return HINGE.discriminator(real, fake), discriminator_statistics(real, fake, HINGE.boundary)

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """The error of pixels, of features, and what the discriminator says."""
        handed = self.rebuilt_by_discriminator.take(batch)
        rebuilt = self.rebuilt(batch.image) if handed is None else handed
        terms = {"absolute": (rebuilt - batch.image).abs().mean()}
        loss = terms["absolute"]
        if self.config.perceptual:
            terms["perceptual"] = self.difference(batch.image, rebuilt)
            loss = loss + self.config.perceptual * terms["perceptual"]
        if self.discriminator is not None:
            with frozen(self.discriminator):
                fake = self.discriminator(rebuilt)
            terms["adversarial"] = HINGE.generator(fake, fake)
            loss = loss + self.config.adversarial * terms["adversarial"]
        return loss, terms

    def difference(self, image: Tensor, other: Tensor) -> Tensor:
        """Squared distance of unit vectors of features, a mean over places, images and sizes; 0 to 4."""
        with torch.no_grad():
            wanted = self.seen(image)[:SEEN]
        pairs = zip(wanted, self.seen(other)[:SEEN])
        return torch.stack([(unit(a) - unit(b)).square().sum(1).mean() for a, b in pairs]).mean()

    def encode(self, image: Tensor, label: Tensor | None = None) -> Tensor:
        """(B, C, H, W) -> (B, Z)."""
        code: Tensor = self.encoder(image)
        return code.flatten(1)

    def decode(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        """(B, Z) -> (B, C, H, W)."""
        image: Tensor = self.decoder(latent.unflatten(1, self.shape))
        return image.clamp(-1, 1)


def unit(features: Tensor) -> Tensor:
    """The same, scaled to length 1 over the channels of each place. (B, C, H, W)"""
    return features * (features.square().sum(1, keepdim=True) + 1e-6).rsqrt()
