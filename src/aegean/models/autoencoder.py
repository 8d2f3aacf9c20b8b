"""Autoencoder (Hinton & Salakhutdinov 2006): an image is squeezed through a bottleneck and rebuilt.

    z = encoder(x)        x' = decoder(z)        Z numbers instead of C H W: dimension reduction
    loss = sum over pixels of (x - x')^2         mse, per image; pixels in [0, 1]
         or -sum x log x' + (1 - x) log(1 - x')  bce, nats per image; pixels in [0, 1]

It cannot generate: nothing in its loss says where codes lie, so a random z means nothing to the decoder.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from aegean.data.types import Batch, DataSpec
from aegean.families.autoencoder import AutoencoderConfig
from aegean.images import from_unit, to_unit
from aegean.models.capabilities import Encodes
from aegean.models.player import Model, Player
from aegean.networks import Decoder, Encoder


def squash(output: Tensor, loss: str) -> Tensor:
    """The decoder's output (B, C, H, W) -> image in [-1, 1]: clamped under mse, through a sigmoid under bce."""
    return output.clamp(-1, 1) if loss == "mse" else from_unit(torch.sigmoid(output))


def reconstruction_loss(output: Tensor, image: Tensor, loss: str) -> Tensor:
    """Sum over pixels, mean over images; on pixels in [0, 1]. `output` is the decoder's, before `squash`."""
    if loss == "mse":
        return F.mse_loss(to_unit(output), to_unit(image), reduction="sum") / len(image)
    return F.binary_cross_entropy_with_logits(output, to_unit(image), reduction="sum") / len(image)


class Autoencoder(Model, Encodes):
    """Encoder, decoder and one player."""

    def __init__(self, config: AutoencoderConfig, spec: DataSpec) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(spec.channels, spec.size, config.latent, **config.sizes)
        self.decoder = Decoder(spec.channels, spec.size, config.latent, **config.sizes)

    def players(self) -> Sequence[Player]:
        """One player."""
        return [Player("autoencoder", [self.encoder, self.decoder], self.loss)]

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Reconstruction error per image."""
        loss = reconstruction_loss(self.decoder(self.encoder(batch.image)), batch.image, self.config.loss)
        return loss, {self.config.loss: loss}

    def encode(self, image: Tensor, label: Tensor | None = None) -> Tensor:
        """(B, C, H, W) -> (B, Z)."""
        code: Tensor = self.encoder(image)
        return code

    def decode(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        """(B, Z) -> (B, C, H, W)."""
        return squash(self.decoder(latent), self.config.loss)
