"""p(x|z): what the decoder's output means. Each turns (B, C, H, W) of output into a density and an image."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aegean.distributions import DiscretizedLogistic
from aegean.families.likelihood import LikelihoodConfig
from aegean.images import from_unit, to_unit
from aegean.models.capabilities import Density


class Likelihood(Protocol):
    """Sums over pixels in nats; `target` in [-1, 1]."""

    def log_prob(self, output: Tensor, target: Tensor) -> Tensor:
        """(..., C, H, W), (..., C, H, W) -> (...)."""

    def mean(self, output: Tensor) -> Tensor:
        """The expected image, in [-1, 1]."""


class BernoulliLikelihood(nn.Module):
    """Each pixel is black or white; the output is the logit."""

    def log_prob(self, output: Tensor, target: Tensor) -> Tensor:
        """(..., C, H, W) -> (...)."""
        return (to_unit(target) * output - F.softplus(output)).flatten(-3).sum(-1)

    def mean(self, output: Tensor) -> Tensor:
        """The expected image, in [-1, 1]."""
        return from_unit(torch.sigmoid(output))


class ScaledLikelihood(nn.Module):
    """The output is the mean; one standard deviation (or scale) for all pixels is learned."""

    def __init__(self) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.tensor(-1.0))

    def mean(self, output: Tensor) -> Tensor:
        """The expected image, in [-1, 1]."""
        return output.clamp(-1, 1)


class GaussianLikelihood(ScaledLikelihood):
    """Density of pixel values in [-1, 1] under N(output, scale^2); it can grow without bound, so bits mean nothing."""

    def log_prob(self, output: Tensor, target: Tensor) -> Tensor:
        """(..., C, H, W) -> (...)."""
        density = torch.distributions.Normal(output, self.log_scale.exp(), validate_args=False)  # asking would wait
        return density.log_prob(target).flatten(-3).sum(-1)


class LogisticLikelihood(ScaledLikelihood):
    """Probability of the 256 levels under a discretised logistic (Salimans et al. 2017, PixelCNN++)."""

    def log_prob(self, output: Tensor, target: Tensor) -> Tensor:
        """(..., C, H, W) -> (...)."""
        return DiscretizedLogistic(output, self.log_scale).log_prob(target).flatten(-3).sum(-1)


LIKELIHOODS = {"bernoulli": BernoulliLikelihood, "gaussian": GaussianLikelihood, "logistic": LogisticLikelihood}


class ExplainsPixels(Density):
    """What follows from the settings of p(x|z)."""

    config: LikelihoodConfig

    @property
    def binarised(self) -> bool:
        """Whether pixels are drawn as black or white before they are explained."""
        return self.config.likelihood == "bernoulli" and self.config.binarise

    @property
    def discrete(self) -> bool:
        """Whether the likelihood is a probability of pixel values."""
        return self.binarised or self.config.likelihood == "logistic"

    @property
    def likelihood_settings(self) -> dict[str, str]:
        """Its name; of a Bernoulli also how pixels become black or white, without which it is no likelihood."""
        kind = self.config.likelihood
        if kind != "bernoulli":
            return {"likelihood": kind}
        binarisation = "dynamic" if self.binarised else "none: grey values, which is no likelihood"
        return {"likelihood": kind, "binarisation": binarisation}

    def target(self, image: Tensor, seed: int | None = None) -> Tensor:
        """The image, or a random binarisation of it: white with a chance equal to the grey value."""
        if not self.binarised:
            return image
        if seed is None:
            return from_unit(torch.bernoulli(to_unit(image).clamp(0, 1)))
        chance = torch.rand(image.shape, generator=torch.Generator().manual_seed(seed)).to(image)
        return from_unit((chance < to_unit(image)).float())
