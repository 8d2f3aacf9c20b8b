"""Context encoder (Pathak et al. 2016, arXiv:1604.07379): paint what is missing from what is around it.

    M: 1 where the image is missing        x' = painter((1 - M) x, M)        filled = (1 - M) x + M x'
    painter lowers        0.999 E w (x - x')^2  +  0.001 -log s(D(filled))        pixels in [-1, 1]
    discriminator lowers  -log s(D(x)) - log(1 - s(D(filled))) + gamma / 2 |dD/dx|^2

w is 1 in the hole, 10 in a band of known pixels around it, so that what is painted joins what is there, else 0. Squared
error alone paints the mean of all that could be there, which is blurred; the adversary wants one of them. In the paper
it sees pixels; with `--sees features` it judges, patch by patch, the features of a published network, without penalty.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aegean.data.types import Batch, DataSpec
from aegean.errors import InputError
from aegean.families.context_encoder import ContextEncoderConfig
from aegean.models.adversary import Adversary, build_discriminator
from aegean.models.capabilities import Restores
from aegean.models.player import Model, Player
from aegean.networks import Discriminator, Painter, frozen

BLOCKS = 4  # of a random mask
BAND = 10.0  # weight of the known pixels next to the hole


def hole_side(part: float, side: int) -> int:
    """Pixels a side of the hole of `part` of the side."""
    return max(1, round(part * side))


def centre(image: Tensor, part: float) -> Tensor:
    """The centre, `part` of the height and of the width, is missing. (B, C, H, W) -> (B, 1, H, W)"""
    mask = image.new_zeros(len(image), 1, *image.shape[-2:])
    high, wide = (hole_side(part, side) for side in image.shape[-2:])
    top, left = (image.shape[-2] - high) // 2, (image.shape[-1] - wide) // 2
    mask[..., top : top + high, left : left + wide] = 1
    return mask


def blocks(image: Tensor, part: float, generator: torch.Generator | None = None) -> Tensor:
    """A few parts of the image's form anywhere, of up to `part` of its sides, are missing: (B, 1, H, W)."""
    device = image.device if generator is None else torch.device("cpu")
    size, *starts = torch.rand(3, len(image), BLOCKS, 1, generator=generator, device=device)
    rows, columns = (_stretch(side, part, size, start) for side, start in zip(image.shape[-2:], starts))
    hidden = (rows[..., :, None] & columns[..., None, :]).any(1, keepdim=True)  #               (B, 1, H, W)
    return hidden.to(image)


def _stretch(side: int, part: float, size: Tensor, start: Tensor) -> Tensor:
    """Which of `side` places each of some stretches covers; of drawn numbers in [0, 1). (B, blocks, side) bool"""
    length = (side * part * (0.25 + 0.75 * size)).ceil()  #                                     (B, blocks, 1)
    place = torch.arange(side, device=size.device) - ((side - length + 1) * start).floor()
    return (place >= 0) & (place < length)


def band(mask: Tensor, overlap: int) -> Tensor:
    """The known pixels at most `overlap` away from the hole. (B, 1, H, W)"""
    return F.max_pool2d(mask, 2 * overlap + 1, stride=1, padding=overlap) - mask


class ContextEncoder(Model, Restores):
    """Painter, discriminator, and a player for each; without a discriminator where its weight is 0."""

    def __init__(self, config: ContextEncoderConfig, spec: DataSpec) -> None:
        super().__init__()
        self.config, self.game = config, Adversary(config)
        sizes: dict[str, Any] = {"width": config.width, "growth": config.growth, "depth": config.depth}
        hole, width = hole_side(config.hole, spec.size.width), spec.size.width
        if config.mirror and self.one_hole and (width - hole) % 2:
            raise InputError(
                f"--mirror: a hole of {hole} of {width} pixels is not in the middle, so that the mirrored image"
                f" has another; --hole {(hole + 1) / width:.4g} makes it one larger"
            )
        self.painter = Painter(spec.channels, spec.size, **sizes, latent=config.latent, dropout=config.dropout)
        self.discriminator: nn.Module | None = None
        if config.adversarial:
            self.discriminator = build_discriminator(config, lambda: Discriminator(spec.channels, spec.size, **sizes))

    def players(self) -> Sequence[Player]:
        """The discriminator moves first."""
        painter = Player("painter", [self.painter], self.painter_loss)
        if self.discriminator is None:
            return [painter]
        self.game.check()
        return [Player("discriminator", [self.discriminator], self.discriminator_loss), painter]

    def discriminator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Tell filled images from whole ones."""
        assert self.discriminator is not None
        with torch.no_grad():
            mask = self.hide(batch.image)
            filled = torch.lerp(batch.image, self.painter(batch.image, mask), mask)
        return self.game.discriminator_loss(self.discriminator, batch.image, filled)

    def painter_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Squared error in and around the hole, and what the discriminator says."""
        mask = self.hide(batch.image)
        painted = self.painter(batch.image, mask)
        near = band(mask, self.config.overlap)
        error = (painted - batch.image).square().mean(1, keepdim=True)  #                       (B, 1, H, W)
        squared = ((mask + BAND * near) * error).sum() / (mask + near).sum()
        terms = {"hole": (mask * error).sum() / mask.sum(), "squared": squared}
        if self.discriminator is None:
            return squared, terms
        discriminator, weight = self.discriminator, self.config.adversarial
        with frozen(discriminator):
            fake_logit = discriminator(torch.lerp(batch.image, painted, mask))
        adversarial = self.game.generator_loss(fake_logit, lambda: discriminator(batch.image))
        return (1 - weight) * squared + weight * adversarial, {**terms, "adversarial": adversarial}

    def hide(self, image: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """The mask that training uses; once trained on both, the model is looked at by the centre. (B, 1, H, W)"""
        if self.config.mask == "centre" or (self.config.mask == "both" and not self.training):
            return centre(image, self.config.hole)
        anywhere = blocks(image, self.config.hole, generator)
        if self.config.mask == "blocks":
            return anywhere
        toss = torch.rand(len(image), 1, 1, 1, device=image.device) < 0.5
        return torch.where(toss, anywhere, centre(image, self.config.hole))

    def missing(self, image: Tensor, seed: int) -> Tensor:
        """(B, C, H, W) -> (B, 1, H, W)."""
        return self.hide(image, torch.Generator().manual_seed(seed))

    @property
    def damage_settings(self) -> dict[str, Any]:
        """Kind and side of the hole; a model of both kinds is measured on the centre."""
        return {"mask": "centre" if self.config.mask == "both" else self.config.mask, "hole": self.config.hole}

    @property
    def one_hole(self) -> bool:
        """Whether `--mask` is centre."""
        return self.config.mask == "centre"

    def corrupt(self, image: Tensor, seed: int) -> Tensor:
        """The missing pixels become grey."""
        return image.masked_fill(self.missing(image, seed) > 0, 0.0)

    def restore(self, image: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, C, H, W) -> the same, to the bit, where nothing is missing; without a mask, the centre is."""
        if mask is None:
            if self.config.mask == "blocks":
                raise InputError("this context_encoder was trained on holes anywhere: it needs a mask")
            mask = self.hide(image)
        painted: Tensor = self.painter(image, mask)
        if self.config.mirror:
            painted = 0.5 * (painted + self.painter(image.flip(3), mask.flip(3)).flip(3))
        return torch.where(mask > 0, painted.clamp(-1, 1), image)
