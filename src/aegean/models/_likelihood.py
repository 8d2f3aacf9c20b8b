"""p(x|z): what the decoder's output means. Each turns (B, C, H, W) of output into a density and an image."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aegean.distributions import DiscretizedLogistic
from aegean.images import from_unit, to_unit


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
