"""How far a set of made images is from a set of real ones, by feature vectors real (N, F) and made (M, F).

    FID        |m - m'|^2 + Tr(S + S' - 2 (S^1/2 S' S^1/2)^1/2)             Heusel et al. 2017 (arXiv:1706.08500), eq. 6
    KID        MMD^2 under the kernel (x.y / F + 1)^3, unbiased              Binkowski et al. 2018 (arXiv:1801.01401)
    precision  part of the made that lie in the ball of some real one        Kynkaanniemi et al. 2019 (arXiv:1904.06991)
    recall     part of the real that lie in the ball of some made one
    density    real balls around a made one, over k                          Naeem et al. 2020 (arXiv:2002.09797)
    coverage   part of the real whose ball holds a made one

The ball of a vector reaches to its k-th nearest neighbour in its own set.
"""

from __future__ import annotations

import torch
from torch import Tensor

ROWS = 1024  # of a table of distances, at a time


def in_float64(values: Tensor) -> Tensor:
    """Where they are, or on the CPU: Apple's GPU has no float64."""
    return (values.cpu() if values.device.type == "mps" else values).double()


def frechet_distance(real: Tensor, made: Tensor) -> float:
    """FID: between Gaussians of the same means and covariances; in float64, by eigenvalues of symmetric matrices."""
    return frechet_distance_of_gaussians(*moments(real), *moments(made))


def moments(features: Tensor) -> tuple[Tensor, Tensor]:
    """Mean (F,) and unbiased covariance (F, F), float64."""
    features = in_float64(features)
    return features.mean(0), torch.cov(features.T).reshape(features.shape[1], -1)


def frechet_distance_of_gaussians(mean: Tensor, covariance: Tensor, other_mean: Tensor, other: Tensor) -> float:
    """The Frechet distance, squared, of N(mean, covariance) and N(other_mean, other). (F,), (F, F) twice."""
    values, vectors = torch.linalg.eigh(covariance)
    root = vectors * values.clamp_min(0).sqrt() @ vectors.T  #                                  (F, F)
    product = torch.linalg.eigvalsh(root @ other @ root).clamp_min(0)
    gap = (mean - other_mean).square().sum()
    return float((gap + covariance.trace() + other.trace() - 2 * product.sqrt().sum()).clamp_min(0))


def block_size(count: int, most: int = 1000) -> int:
    """Vectors in a block of KID: `most`, or fewer, so that a set of `count` makes ten blocks; two at least."""
    return max(2, min(most, count // 10))


def kernel_distance(real: Tensor, made: Tensor) -> Tensor:
    """KID of disjoint blocks of both sets, one value each; their mean is the KID. (blocks,) float64

    No vector is in two blocks, so that the blocks are independent and their standard error is honest. They are drawn
    from the whole of each set, which may be sorted by class.
    """
    count, shuffle = min(len(real), len(made)), torch.Generator().manual_seed(0)
    block = block_size(count)
    used = count // block * block
    drawn = [vectors[torch.randperm(len(vectors), generator=shuffle)[:used]] for vectors in (real, made)]
    pairs = zip(*(in_float64(vectors).split(block) for vectors in drawn))
    return torch.stack([squared_mmd(x, y) for x, y in pairs])


def squared_mmd(real: Tensor, made: Tensor) -> Tensor:
    """The unbiased estimate of MMD^2, (N, F), (M, F) -> (): pairs of a vector with itself are left out."""

    def kernel(x: Tensor, y: Tensor) -> Tensor:
        return (x @ y.T / x.shape[1] + 1) ** 3

    def within(x: Tensor) -> Tensor:
        table = kernel(x, x)
        return (table.sum() - table.trace()) / (len(x) * (len(x) - 1))

    return within(real) + within(made) - 2 * kernel(real, made).mean()


def _centred(real: Tensor, made: Tensor) -> tuple[Tensor, Tensor]:
    """Both less the mean of the real ones: what all have in common would cost distances between them their digits."""
    exact = in_float64(real)
    middle = exact.mean(0)
    return (exact - middle).to(real.dtype), (in_float64(made) - middle).to(made.dtype)


def radii(features: Tensor, neighbour: int) -> Tensor:
    """How far each vector's k-th nearest neighbour in its own set is. (N, F) -> (N,); ValueError unless N > k."""
    if len(features) <= neighbour:
        raise ValueError(f"{len(features)} vectors have no neighbour {neighbour}")
    nearer = neighbour + 1  # itself is nearest
    return torch.cat([torch.cdist(rows, features).kthvalue(nearer).values for rows in features.split(ROWS)])


def balls_around(points: Tensor, centres: Tensor, radius: Tensor) -> Tensor:
    """In how many open balls each point lies, as in the code of Naeem et al. (M, F), (N, F), (N,) -> (M,)"""
    return torch.cat([(torch.cdist(rows, centres) < radius).sum(1) for rows in points.split(ROWS)])


def precision(real: Tensor, made: Tensor, neighbour: int = 3) -> Tensor:
    """1 for each made vector in a ball of a real one, else 0; recall is the same with the two exchanged. (M,)"""
    real, made = _centred(real, made)
    return (balls_around(made, real, radii(real, neighbour)) > 0).float()


def density(real: Tensor, made: Tensor, neighbour: int = 5) -> Tensor:
    """Balls of real vectors around each made one, over k; 1 on average where the two sets are alike. (M,)"""
    real, made = _centred(real, made)
    return balls_around(made, real, radii(real, neighbour)) / neighbour


def coverage(real: Tensor, made: Tensor, neighbour: int = 5) -> Tensor:
    """1 for each real vector whose ball holds a made one, else 0. (N,)"""
    real, made = _centred(real, made)
    nearest = torch.cat([torch.cdist(rows, made).amin(1) for rows in real.split(ROWS)])
    return (nearest < radii(real, neighbour)).float()


def modes(label: Tensor, count: int) -> int:
    """How many of the `count` modes occur among labels (M,)."""
    return int((torch.bincount(label, minlength=count) > 0).sum())


def mode_divergence(label: Tensor, expected: Tensor) -> float:
    """KL(made || expected) in nats, of how often each mode occurs among labels (M,); `expected` (K,) sums to 1.

    Of M draws from `expected` itself it is about (K - 1) / 2M.
    """
    made = torch.bincount(label.cpu(), minlength=len(expected)).double() / len(label)
    terms = torch.where(made > 0, made * (made / expected.cpu().double()).log(), 0.0)
    return float(terms.sum())
