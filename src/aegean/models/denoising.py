"""Denoising autoencoder (Vincent et al. 2008): the damaged image goes in, the clean one must come out.

    y = damage(x)     x' = decoder(encoder(y))     loss = sum over pixels of (x - x')^2, pixels in [0, 1], per image

`bottleneck` passes a code, as in the lecture. `residual` keeps the resolution and predicts the noise,
x' = y - network(y) (Zhang et al. 2017, DnCNN): for natural images, and of any size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from aegean.data.types import Batch, DataSpec
from aegean.errors import InputError
from aegean.families.denoising import DenoisingConfig
from aegean.models.autoencoder import reconstruction_loss
from aegean.models.capabilities import Encodes, Restores
from aegean.models.player import Model, Player
from aegean.networks import Decoder, Denoiser, Encoder


def damage(image: Tensor, kind: str, strength: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Damage (B, C, H, W) in [-1, 1] by `strength` (B, 1, 1, 1); Gaussian noise is not clipped.

    gaussian: added, strength is the standard deviation where black to white is 1; salt_and_pepper: part of the pixels
    set to black or white; masking: part of the pixels set to black. A pixel is hit in all channels.
    """
    if kind == "gaussian":
        return image + 2 * strength * _random(torch.randn, image.shape, image, generator)
    chance = _random(torch.rand, (len(image), 1, *image.shape[2:]), image, generator)
    if kind == "masking":
        return torch.where(chance < strength, -1.0, image)
    salted = torch.where(chance < strength / 2, 1.0, image)
    return torch.where(chance > 1 - strength / 2, -1.0, salted)


def _random(draw: object, shape: Sequence[int], like: Tensor, generator: torch.Generator | None) -> Tensor:
    """On the CPU when there is a generator, so that a seed means the same everywhere."""
    device = like.device if generator is None else "cpu"
    values: Tensor = draw(tuple(shape), generator=generator, device=device)  # type: ignore[operator]
    return values.to(like.device)


class DenoisingAutoencoder(Model, Restores):
    """A restorer of damaged images, through a code or at full resolution."""

    def __init__(self, config: DenoisingConfig, spec: DataSpec) -> None:
        super().__init__()
        if spec.paired and (spec.target_channels, spec.target_scale) != (spec.channels, 1):
            raise InputError(
                f"{spec.name}: denoising wants pairs of equal sizes and channels; for others there is paired_translator"
            )
        self.config, self.paired = config, spec.paired
        if config.denoiser == "residual":
            self.network: nn.Module = Denoiser(spec.channels, config.width, config.depth)
        else:
            encoder = Encoder(spec.channels, spec.size, config.latent, **config.sizes)
            self.network = nn.Sequential(encoder, Decoder(spec.channels, spec.size, config.latent, **config.sizes))

    @classmethod
    def variant(cls, config: DenoisingConfig) -> type[Model]:
        """What passes a code also encodes, unless a network of the user's own stands in its place."""
        own = any(word.startswith("restorer=") for word in config.networks)
        return CodedDenoiser if config.denoiser == "bottleneck" and not own else cls

    @property
    def reach(self) -> int | None:
        """Pixels around a pixel that the residual network sees; the bottleneck takes images of one size alone."""
        reach: int | None = getattr(self.network, "reach", None)
        return reach

    def players(self) -> Sequence[Player]:
        """One player."""
        return [Player("denoiser", [self.network], self.loss)]

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Squared error to the clean image, per image: of pairs, or damaged here."""
        if batch.target is not None:
            loss = reconstruction_loss(self.network(batch.image), batch.target, "mse")
            return loss, {"mse": loss}
        low = self.config.strength if self.config.weakest is None else self.config.weakest
        share = torch.rand(len(batch.image), 1, 1, 1, device=batch.image.device)
        noisy = damage(batch.image, self.config.noise, low + (self.config.strength - low) * share)
        loss = reconstruction_loss(self.network(noisy), batch.image, "mse")
        return loss, {"mse": loss}

    def corrupt(self, image: Tensor, seed: int) -> Tensor:
        """Damage of the full strength that was trained for."""
        strength = torch.full((len(image), 1, 1, 1), self.config.strength, device=image.device)
        return damage(image, self.config.noise, strength, torch.Generator().manual_seed(seed))

    @property
    def damage_settings(self) -> dict[str, Any]:
        """Kind and full strength of the noise; of pairs neither is known."""
        return (
            {"damage": "that of the pairs"}
            if self.paired
            else {"noise": self.config.noise, "strength": self.config.strength}
        )

    def restore(self, image: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, C, H, W) damaged -> restored, in [-1, 1]."""
        restored: Tensor = self.network(image)
        return restored.clamp(-1, 1)


class CodedDenoiser(DenoisingAutoencoder, Encodes):
    """One that passes a code: of an image as it is, or damaged."""

    def encode(self, image: Tensor, label: Tensor | None = None) -> Tensor:
        """(B, C, H, W) -> (B, Z)."""
        code: Tensor = cast(nn.Sequential, self.network)[0](image)
        return code

    def decode(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        """(B, Z) -> (B, C, H, W)."""
        image: Tensor = cast(nn.Sequential, self.network)[1](latent)
        return image.clamp(-1, 1)
