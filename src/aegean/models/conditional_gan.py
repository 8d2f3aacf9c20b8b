"""Conditional GAN (Mirza & Osindero 2014, arXiv:1411.1784): the label y is known to both players.

    G: z, y -> x'        D: x, y -> logit: is this a real image, and one of y?        the game is that of the GAN

y enters G, and D as in the lecture, concatenated to the input; or D takes it as an inner product with its features
(projection, Miyato & Koyama 2018). The made images of a batch have the labels of its real ones.
"""

from __future__ import annotations

from aegean.data.types import DataSpec
from aegean.errors import InputError
from aegean.families.conditional_gan import ConditionalGANConfig
from aegean.models.capabilities import Conditional
from aegean.models.gan import GAN


class ConditionalGAN(GAN, Conditional):
    """A GAN whose networks take the label; the losses are the same."""

    def __init__(self, config: ConditionalGANConfig, spec: DataSpec) -> None:
        if not spec.classes:
            raise InputError(f"{spec.name} has no labels, which a conditional_gan needs; `gan` does without")
        super().__init__(config, spec, len(spec.classes), projection=config.label == "projection")
