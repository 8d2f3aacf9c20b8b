"""Conditional VAE (Sohn et al. 2015; Kingma et al. 2014): the label y is known to the encoder and the decoder.

    q(z|x, y)    encoder        p(z) = N(0, I)    prior, the same for every y        p(x|z, y)    decoder
    elbo = E_q[log p(x|z, y)] - beta KL(q(z|x, y) || p(z))        nats per image, a bound on log p(x|y)

z keeps what the label does not say: the same z under every label is the same hand writing every digit.
"""

from __future__ import annotations

from aegean.data.types import DataSpec
from aegean.errors import InputError
from aegean.families.conditional_vae import ConditionalVAEConfig
from aegean.models.capabilities import Conditional
from aegean.models.vae import VAE


class ConditionalVAE(VAE, Conditional):
    """A VAE whose networks take the label; the loss is the same."""

    def __init__(self, config: ConditionalVAEConfig, spec: DataSpec) -> None:
        if not spec.classes:
            raise InputError(f"{spec.name} has no labels, which a conditional_vae needs; `vae` does without")
        super().__init__(config, spec, classes=len(spec.classes))
