"""Variational autoencoder (Kingma & Welling 2014, arXiv:1312.6114).

q(z|x) = N(mu(x), diag sigma(x)^2)    encoder        p(z) = N(0, I)    prior        p(x|z)    decoder
elbo   = E_q[log p(x|z)] - beta KL(q(z|x) || p(z))                  nats per image; beta = 1 is the ELBO
iwae   = E log 1/k sum_i p(x, z_i) / q(z_i|x),   z_1 ... z_k ~ q    (Burda et al. 2016, arXiv:1509.00519)
loss   = -elbo, or -iwae with the doubly reparameterised gradient   (Tucker et al. 2019, arXiv:1810.04152)
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.distributions import Independent, Normal, kl_divergence

from aegean.data.types import Batch, DataSpec
from aegean.families.vae import VAEConfig
from aegean.models._likelihood import LIKELIHOODS, ExplainsPixels
from aegean.models.capabilities import Encodes, Samples
from aegean.models.player import Model, Player
from aegean.networks import Decoder, Encoder


class VAE(Model, Encodes, Samples, ExplainsPixels):
    """Encoder with mean and log-variance heads, decoder, and one player."""

    config: VAEConfig

    def __init__(self, config: VAEConfig, spec: DataSpec, classes: int = 0) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(spec.channels, spec.size, 2 * config.latent, classes, **config.sizes)
        self.decoder = Decoder(spec.channels, spec.size, config.latent, classes, **config.sizes)
        self.likelihood = LIKELIHOODS[config.likelihood]()

    def players(self) -> Sequence[Player]:
        """One player."""
        return [Player("vae", [self.encoder, self.decoder, self.likelihood], self.loss)]

    def posterior(self, target: Tensor, label: Tensor | None = None) -> Normal:
        """q(z|x): (B, C, H, W) -> Normal of (B, Z)."""
        mean, log_variance = self.encoder(target, label).chunk(2, dim=1)
        return Normal(mean, (0.5 * log_variance.clamp(-14, 6)).exp(), validate_args=False)

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Minus the bound, nats per image."""
        target = self.target(batch.image)
        if self.config.objective == "iwae":
            return self.importance_weighted_loss(target, batch.label)
        q = self.posterior(target, batch.label)
        z = q.rsample((self.config.samples,))  # mu + sigma * eps                                     (k, B, Z)
        distortion = -self.log_likelihood(target, z, batch.label).mean(0)  #                             (B,)
        rates = kl_divergence(q, Normal(0.0, 1.0))  #                                                    (B, Z)
        paid = rates.mean(0).clamp(min=self.config.free_bits).sum() if self.config.free_bits else rates.sum(1).mean()
        loss = distortion.mean() + self.config.beta * paid
        return loss, {"distortion": distortion.mean(), "rate": rates.sum(1).mean()}

    def importance_weighted_loss(self, target: Tensor, label: Tensor | None) -> tuple[Tensor, dict[str, Tensor]]:
        """The gradient reaches the encoder through z alone, weighted by w~^2; the decoder's is weighted by w~."""
        q = self.posterior(target, label)
        z = q.rsample((self.config.samples,))  #                                                        (k, B, Z)
        fixed = Normal(q.loc.detach(), q.scale.detach(), validate_args=False)
        log_weight = self.log_joint(target, z, label) - Independent(fixed, 1).log_prob(z)  #            (k, B)
        share = log_weight.detach().softmax(0)  # w~                                                    (k, B)
        if z.requires_grad:
            z.register_hook(lambda gradient: share[..., None] * gradient)
        loss = -(share * log_weight).sum(0).mean()
        bound = log_weight.detach().logsumexp(0).mean() - math.log(len(z))
        return loss, {"-iwae": -bound, "rate": kl_divergence(q, Normal(0.0, 1.0)).sum(1).mean().detach()}

    def log_likelihood(self, target: Tensor, z: Tensor, label: Tensor | None) -> Tensor:
        """log p(x|z): target (B, C, H, W), z (k, B, Z) -> (k, B)."""
        output = self.decoder(z.flatten(0, 1), None if label is None else label.repeat(len(z)))
        value: Tensor = self.likelihood.log_prob(output.unflatten(0, z.shape[:2]), target)
        return value

    def log_joint(self, target: Tensor, z: Tensor, label: Tensor | None) -> Tensor:
        """log p(x, z): target (B, C, H, W), z (k, B, Z) -> (k, B)."""
        prior = Normal(z.new_zeros(()), z.new_ones(()), validate_args=False)
        return self.log_likelihood(target, z, label) + prior.log_prob(z).sum(-1)

    def bound(self, target: Tensor, label: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Distortion (B,) and rate (B,) in nats, one draw of z."""
        q = self.posterior(target, label)
        distortion = -self.log_likelihood(target, q.rsample((1,)), label)[0]
        return distortion, kl_divergence(q, Normal(0.0, 1.0)).sum(1)

    def log_weights(self, target: Tensor, count: int, label: Tensor | None = None) -> Tensor:
        """log p(x, z_i) - log q(z_i|x). (count, B)."""
        q = self.posterior(target, label)
        z = q.rsample((count,))
        return self.log_joint(target, z, label) - q.log_prob(z).sum(-1)

    def noise(self, count: int, seed: int) -> Tensor:
        """z ~ N(0, I). (B, Z)."""
        return torch.randn(count, self.config.latent, generator=torch.Generator().manual_seed(seed))

    def sample(self, noise: Tensor, label: Tensor | None = None) -> Tensor:
        """(B, Z) -> the expected images (B, C, H, W)."""
        return self.decode(noise, label)

    def encode(self, image: Tensor, label: Tensor | None = None) -> Tensor:
        """(B, C, H, W) -> the mean of q(z|x), (B, Z)."""
        mean: Tensor = self.encoder(image, label).chunk(2, dim=1)[0]
        return mean

    def decode(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        """(B, Z) -> the mean of p(x|z), (B, C, H, W)."""
        image: Tensor = self.likelihood.mean(self.decoder(latent, label))
        return image
