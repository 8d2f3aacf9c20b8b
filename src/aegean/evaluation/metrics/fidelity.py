"""How far samples are from real images, by feature vectors of an extractor: real (N, F) and made (M, F).

    FID        |m - m'|^2 + Tr(S + S' - 2 (S^1/2 S' S^1/2)^1/2)             Heusel et al. 2017 (arXiv:1706.08500), eq. 6
    KID        MMD^2 under the kernel (x.y / F + 1)^3, unbiased              Binkowski et al. 2018 (arXiv:1801.01401)
    precision  part of the samples inside the ball of some real image        Kynkaanniemi et al. 2019 (arXiv:1904.06991)
    recall     part of the real images inside the ball of some sample
    density    balls of real images around a sample, over k                  Naeem et al. 2020 (arXiv:2002.09797)
    coverage   part of the real images whose ball holds a sample

The ball of a vector reaches to its k-th nearest neighbour in its own set.

Beside each figure stands what real images reach in the place of samples, as many training images: the floor, or where
larger is better the ceiling. What is better than that is luck, or copied.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import torch
from torch import Tensor

from aegean.data.types import ImageSet, dealt
from aegean.errors import InputError
from aegean.evaluation import requirements
from aegean.evaluation.context import EvaluationContext
from aegean.evaluation.extractor import Extractor
from aegean.evaluation.metric import Metric
from aegean.evaluation.metrics.figure import Figure, average

ROWS = 1024  # of a table of distances, at a time
Score = Callable[[Tensor, Tensor, int], Tensor]  # features of real and of made images, k -> (M,) or (N,)


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


def precision_of_features(real: Tensor, made: Tensor, neighbour: int = 3) -> Tensor:
    """1 for each made vector in a ball of a real one, else 0. (M,)"""
    real, made = _centred(real, made)
    return (balls_around(made, real, radii(real, neighbour)) > 0).float()


def recall_of_features(real: Tensor, made: Tensor, neighbour: int = 3) -> Tensor:
    """1 for each real vector in a ball of a made one, else 0. (N,)"""
    return precision_of_features(made, real, neighbour)


def density_of_features(real: Tensor, made: Tensor, neighbour: int = 5) -> Tensor:
    """Balls of real vectors around each made one, over k; 1 on average where the two sets are alike. (M,)"""
    real, made = _centred(real, made)
    return balls_around(made, real, radii(real, neighbour)) / neighbour


def coverage_of_features(real: Tensor, made: Tensor, neighbour: int = 5) -> Tensor:
    """1 for each real vector whose ball holds a made one, else 0. (N,)"""
    real, made = _centred(real, made)
    nearest = torch.cat([torch.cdist(rows, made).amin(1) for rows in real.split(ROWS)])
    return (nearest < radii(real, neighbour)).float()


SAMPLES = 10_000
NEAR, WIDE = 3, 5  # neighbours of precision and recall, and of density and coverage


def fid(context: EvaluationContext) -> Figure:
    """The Frechet distance. It has no simple standard error, and is biased upwards where images are few."""
    real, made, others = context.once(features)
    floor = {} if others is None else {"floor": frechet_distance(real, others)}
    return Figure(frechet_distance(real, made), len(made), beside=floor, settings=_settings(context, real))


def kid(context: EvaluationContext) -> Figure:
    """The kernel distance, unbiased, with the standard error of its blocks."""
    real, made, others = context.once(features)
    floor = {} if others is None else {"floor": float(kernel_distance(real, others).mean())}
    return replace(kernel_figure(real, made, _settings(context, real)), beside=floor)


def kernel_figure(real: Tensor, made: Tensor, settings: dict[str, Any]) -> Figure:
    """KID of features (N, F) and (M, F); its images are those of the whole blocks."""
    blocks, size = kernel_distance(real, made), block_size(min(len(real), len(made)))
    figure = average(blocks, {**settings, "block": size, "blocks": len(blocks)})
    return replace(figure, images=size * len(blocks))


def precision(context: EvaluationContext) -> Figure:
    """Part of the samples that are among the real images."""
    return _over_samples(context, precision_of_features, NEAR)


def recall(context: EvaluationContext) -> Figure:
    """Part of the real images that are among the samples."""
    return _over_images(context, recall_of_features, NEAR)


def density(context: EvaluationContext) -> Figure:
    """How crowded with real images the places are where samples lie."""
    return _over_samples(context, density_of_features, WIDE)


def coverage(context: EvaluationContext) -> Figure:
    """Part of the real images that have a sample near."""
    return _over_images(context, coverage_of_features, WIDE)


def _over_samples(context: EvaluationContext, score: Score, neighbour: int) -> Figure:
    real, made, others = context.once(features)
    ceiling = {} if others is None else {"ceiling": score(real, others, neighbour)}
    return average(score(real, made, neighbour), _settings(context, real, neighbour), **ceiling)


def _over_images(context: EvaluationContext, score: Score, neighbour: int) -> Figure:
    figure = _over_samples(context, score, neighbour)
    _, made, _ = context.once(features)
    return replace(figure, settings={**figure.settings, "samples": len(made)})


def features(context: EvaluationContext) -> tuple[Tensor, Tensor, Tensor | None]:
    """Features of the split's images (N, F), of the samples asked for (M, F), and of other real images (M, F)."""
    extract = cast(Extractor, context.extractor)
    count = min(context.limit or SAMPLES, SAMPLES)
    made = torch.cat(over_samples(context, count, extract))
    return context.once(_real), _vectors(extract, made), _others(context, count)


def _real(context: EvaluationContext) -> Tensor:
    """Features of the split's images. (N, F)"""
    extract = cast(Extractor, context.extractor)
    seen = context.each("features of real images", lambda _, batch: extract(batch.image))
    return _vectors(extract, torch.cat(seen))


def _others(context: EvaluationContext, count: int) -> Tensor | None:
    """Features of `count` training images, others for each draw; of test images, where those measured are trained on.

    Fewer where there are fewer; None where they are too few for a figure. (M, F)
    """
    extract = cast(Extractor, context.extractor)
    pool = context.dataset.split("test" if context.split == "train" else "train")
    if len(pool) <= WIDE:
        return None
    order = torch.randperm(len(pool), generator=torch.Generator().manual_seed(context.sampling_seed))[:count]
    images = ImageSet(pool.images[order.sort().values])
    found = context.each("features of other real images", lambda _, batch: extract(batch.image), images)
    return _vectors(extract, torch.cat(found))


def _vectors(extract: Extractor, features: Tensor) -> Tensor:
    """(N, ...) -> (N, F); InputError where they are no numbers."""
    if not features.isfinite().all():
        raise InputError(f"--extractor {extract.name}: its features are not all finite numbers")
    return features.flatten(1)


def over_samples(context: EvaluationContext, count: int, work: Callable[[Tensor], Tensor]) -> list[Tensor]:
    """`work` of batches of `count` samples, which are asked for by labels from all over the split, if any can be."""
    noise, known = context.noise(count), context.images.labels
    label = None
    if context.conditional and known is not None:
        label = known[dealt(len(known), count)].to(context.device)

    def of(part: range) -> Tensor:
        some = slice(part.start, part.stop)
        return work(context.sample(noise[some], None if label is None else label[some]))

    return context.in_parts("samples", count, context.batch_size, of)


def _settings(context: EvaluationContext, real: Tensor, neighbour: int | None = None) -> dict[str, Any]:
    known = {"neighbour": neighbour} if neighbour else {}
    return {**cast(Extractor, context.extractor).settings, "real_images": len(real), **known, **context.sampling}


METRICS = {
    "fid": Metric(
        fid,
        (requirements.samples, requirements.extracted, requirements.two_images, requirements.labelled_if_told),
        "squared distance of features",
        "smaller",
        "Frechet distance of samples to real images; only of figures with one extractor, resize and number of images",
        default=True,
    ),
    "kid": Metric(
        kid,
        (requirements.samples, requirements.extracted, requirements.four_images, requirements.labelled_if_told),
        "squared distance of features",
        "smaller",
        "kernel distance of samples to real images, which the number of images does not bias",
        default=True,
    ),
    "precision": Metric(
        precision,
        (requirements.samples, requirements.extracted, requirements.labelled_if_told, requirements.four_images),
        "part of the samples",
        "larger",
        "part of the samples that lie among the real images: are they good?",
        default=True,
    ),
    "recall": Metric(
        recall,
        (requirements.samples, requirements.extracted, requirements.labelled_if_told, requirements.four_images),
        "part of the images",
        "larger",
        "part of the real images that lie among the samples: is all there is made?",
        default=True,
    ),
    "density": Metric(
        density,
        (requirements.samples, requirements.extracted, requirements.labelled_if_told, requirements.six_images),
        "1 for equal sets",
        "larger",
        "as precision, but outliers among the real images do not flatter it",
        default=True,
    ),
    "coverage": Metric(
        coverage,
        (requirements.samples, requirements.extracted, requirements.labelled_if_told, requirements.six_images),
        "part of the images",
        "larger",
        "as recall, but outliers among the samples do not flatter it",
        default=True,
    ),
}
