"""The few densities that torch.distributions lacks."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

LEVELS = 256  # grey levels of a stored pixel, spaced evenly over [-1, 1]
HALF_BIN = 1.0 / (LEVELS - 1)


class DiscretizedLogistic:
    """A logistic density integrated over the 256 bins of a pixel; the two edge bins take the tails.

        P(x) = F(x + 1/255) - F(x - 1/255),   F(t) = sigmoid((t - mean) / scale),   F = 0, 1 beyond the edges

    Salimans et al. 2017, PixelCNN++ (arXiv:1701.05517), eq. 2. Elementwise; a probability, so nats of it are real nats.
    The difference of two sigmoids is written as a product, which neither cancels nor underflows:

        sigmoid(a) - sigmoid(b) = sigmoid(a) sigmoid(-b) (1 - exp(b - a))
    """

    def __init__(self, mean: Tensor, log_scale: Tensor) -> None:
        """Centre in [-1, 1] and log of the scale, of shapes that broadcast; the scale is kept from below exp(-7)."""
        self.mean, self.log_scale = mean, log_scale.clamp(min=-7.0)

    def log_prob(self, value: Tensor) -> Tensor:
        """log P of values that lie on the 256 levels of [-1, 1], in nats, elementwise."""
        precision = torch.exp(-self.log_scale)
        upper = (value - self.mean + HALF_BIN) * precision
        lower = (value - self.mean - HALF_BIN) * precision
        below = logsigmoid(upper)  # log F(x + 1/255): all there is to say at x = -1
        above = logsigmoid(-lower)  # log (1 - F(x - 1/255)): at x = 1
        inside = below + above + torch.log(-torch.expm1(-2.0 * HALF_BIN * precision))
        edge = 1.0 - HALF_BIN
        return torch.where(value < -edge, below, torch.where(value > edge, above, inside))

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """One draw per element, on the 256 levels of [-1, 1]."""
        shape = (self.mean + self.log_scale).shape
        uniform = torch.rand(shape, generator=generator, device=self.mean.device)
        draw = self.mean + torch.exp(self.log_scale) * torch.logit(uniform)  # of 0: -inf, the lowest level
        level = ((draw + 1.0) / (2.0 * HALF_BIN)).round().clamp(0, LEVELS - 1)
        return level * (2.0 * HALF_BIN) - 1.0


def kl_of_gaussians(mean_1: Tensor, covariance_1: Tensor, mean_2: Tensor, covariance_2: Tensor) -> Tensor:
    """KL(N(mean_1, covariance_1) || N(mean_2, covariance_2)) in nats, full covariances: means (..., D), -> (...).

        1/2 [ tr(S2^-1 S1) + (m2 - m1)^T S2^-1 (m2 - m1) - D + log det S2 - log det S1 ]

    With S = L L^T: the trace is |L2^-1 L1|^2, the Mahalanobis term |L2^-1 (m2 - m1)|^2, and log det S = 2 sum log L_ii.

    Raises:
        torch.linalg.LinAlgError: a covariance is not positive definite.
    """
    factor_1, factor_2 = torch.linalg.cholesky(covariance_1), torch.linalg.cholesky(covariance_2)  # (..., D, D)
    difference = (mean_2 - mean_1)[..., None]  # (..., D, 1)
    trace = _solve(factor_2, factor_1).square().sum((-2, -1))
    mahalanobis = _solve(factor_2, difference).square().sum((-2, -1))
    log_ratio = 2.0 * (_log_diagonal(factor_2) - _log_diagonal(factor_1))
    return 0.5 * (trace + mahalanobis - mean_1.shape[-1] + log_ratio)


def _solve(factor: Tensor, right: Tensor) -> Tensor:
    solution: Tensor = torch.linalg.solve_triangular(factor, right, upper=False)  # L^-1 right
    return solution


def _log_diagonal(factor: Tensor) -> Tensor:
    return factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)
