"""Hierarchical VAE, told from the top down (Sonderby et al. 2016, arXiv:1602.02282; Child 2021, arXiv:2011.10650).

z_1, ..., z_L    codes: a vector on top, below it maps at ever finer resolutions
p(z) = prod_l p(z_l | z_<l)    prior          q(z|x) = prod_l q(z_l | z_<l, x)    encoder          p(x|z)    decoder
z_l  = m_l + s_l u_l           m_l, s_l from what is above: so p(u_l) = N(0, I)
elbo = E_q[log p(x|z)] - beta sum_l KL(q(u_l | z_<l, x) || N(0, I))                    nats per image

A VAE's code must tell everything at once; here the topmost tells what it is, and each below what was still left open.
All its codes u, laid end to end, have the prior N(0, I) of the plain VAE, and are used as that one's are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from aegean.data.types import Batch, DataSpec
from aegean.families.hierarchical_vae import HierarchicalVAEConfig
from aegean.models._likelihood import LIKELIHOODS, ExplainsPixels
from aegean.models.capabilities import Encodes, Samples
from aegean.models.player import Model, Player
from aegean.networks import Ladder


class HierarchicalVAE(Model, Encodes, Samples, ExplainsPixels):
    """A ladder of codes, and one player."""

    config: HierarchicalVAEConfig

    def __init__(self, config: HierarchicalVAEConfig, spec: DataSpec) -> None:
        super().__init__()
        self.config = config
        sizes = {name: getattr(config, name) for name in ("width", "growth", "depth", "latent", "layers", "maps")}
        self.ladder = Ladder(spec.channels, spec.size, **sizes)
        self.likelihood = LIKELIHOODS[config.likelihood]()

    def players(self) -> Sequence[Player]:
        """One player."""
        return [Player("vae", [self.ladder, self.likelihood], self.loss)]

    def infer(self, target: Tensor, draws: int = 1) -> tuple[Tensor, list[Normal], list[Tensor]]:
        """p(x|z)'s output (draws B, C, H, W), and q(u_l | z_<l, x) and the u_l that were drawn, for each layer."""
        seen = [features.repeat(draws, 1, 1, 1) for features in self.ladder.climb(target)]
        posteriors, drawn = list[Normal](), list[Tensor]()

        def code(k: int, state: Tensor) -> Tensor:
            mean, log_variance = self.ladder.posterior(k, state, seen)
            posteriors.append(Normal(mean, (0.5 * log_variance.clamp(-14, 6)).exp(), validate_args=False))
            drawn.append(posteriors[-1].rsample())
            return drawn[-1]

        output = self.ladder.descend(code)
        return output, posteriors, drawn

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Minus the bound, nats per image."""
        target = self.target(batch.image)
        output, posteriors, _ = self.infer(target)
        distortion = -self.likelihood.log_prob(output, target).mean()
        rates = torch.stack([rate.mean() for rate in _rates(posteriors)])  #                            (L)
        loss = distortion + self.config.beta * rates.clamp(min=self.config.free_bits).sum()
        return loss, {"distortion": distortion, "rate": rates.sum(), "rate_on_top": rates[0]}

    def bound(self, target: Tensor, label: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Distortion (B,) and rate (B,) in nats, one draw of each code."""
        output, posteriors, _ = self.infer(target)
        return -self.likelihood.log_prob(output, target), torch.stack(_rates(posteriors)).sum(0)

    def log_weights(self, target: Tensor, count: int, label: Tensor | None = None) -> Tensor:
        """log p(x, u_i) - log q(u_i|x). (count, B)."""
        output, posteriors, drawn = self.infer(target, count)
        weights = self.likelihood.log_prob(output.unflatten(0, (count, -1)), target)
        for q, u in zip(posteriors, drawn):
            ratio = Normal(0.0, 1.0, validate_args=False).log_prob(u) - q.log_prob(u)
            weights = weights + ratio.flatten(1).sum(1).unflatten(0, (count, -1))
        return weights

    def noise(self, count: int, seed: int) -> Tensor:
        """u ~ N(0, I), the topmost code first. (B, Z)."""
        return torch.randn(count, sum(self._lengths), generator=torch.Generator().manual_seed(seed))

    def sample(self, noise: Tensor, label: Tensor | None = None) -> Tensor:
        """(B, Z) -> the expected images (B, C, H, W)."""
        return self.decode(noise, label)

    def encode(self, image: Tensor, label: Tensor | None = None) -> Tensor:
        """(B, C, H, W) -> from the top down the mean of each q(u_l | z_<l, x), (B, Z)."""
        seen, means = self.ladder.climb(image), list[Tensor]()

        def code(k: int, state: Tensor) -> Tensor:
            means.append(self.ladder.posterior(k, state, seen)[0])
            return means[-1]

        self.ladder.descend(code)
        return torch.cat([mean.flatten(1) for mean in means], 1)

    def decode(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        """(B, Z) -> the mean of p(x|z), (B, C, H, W)."""
        codes, shapes = latent.split(self._lengths, 1), [layer.shape for layer in self.ladder.layers]
        output = self.ladder.descend(lambda k, _: codes[k].unflatten(1, shapes[k]))
        image: Tensor = self.likelihood.mean(output)
        return image

    @property
    def _lengths(self) -> list[int]:
        return [math.prod(layer.shape) for layer in self.ladder.layers]


def _rates(posteriors: Sequence[Normal]) -> list[Tensor]:
    """KL(q(u_l) || N(0, I)) of each layer, nats. [(B,), ...]"""
    return [kl_divergence(q, Normal(0.0, 1.0)).flatten(1).sum(1) for q in posteriors]
