"""How far samples are from real images, by the features of an extractor: a judge, a network, or the user's own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import torch
from torch import Tensor

from aegean.data.types import dealt
from aegean.errors import InputError
from aegean.evaluation import distances
from aegean.evaluation.measures.figure import Figure, average
from aegean.evaluation.progress import progress_line
from aegean.evaluation.subject import Extractor, Subject
from aegean.models.capabilities import Samples

SAMPLES = 10_000
NEAR, WIDE = 3, 5  # neighbours of precision and recall, and of density and coverage


def fid(subject: Subject) -> Figure:
    """The Frechet distance. It has no simple standard error, and is biased upwards where images are few."""
    real, made = subject.once(features)
    return Figure(distances.frechet_distance(real, made), len(made), settings=_settings(subject, real))


def kid(subject: Subject) -> Figure:
    """The kernel distance, unbiased, with the standard error of its blocks."""
    real, made = subject.once(features)
    return kernel_figure(real, made, _settings(subject, real))


def kernel_figure(real: Tensor, made: Tensor, settings: dict[str, Any]) -> Figure:
    """KID of features (N, F) and (M, F); its images are those of the whole blocks."""
    blocks, size = distances.kernel_distance(real, made), distances.block_size(min(len(real), len(made)))
    figure = average(blocks, {**settings, "block": size, "blocks": len(blocks)})
    return replace(figure, images=size * len(blocks))


def precision(subject: Subject) -> Figure:
    """Part of the samples that are among the real images."""
    real, made = subject.once(features)
    return average(distances.precision(real, made, NEAR), _settings(subject, real, NEAR))


def recall(subject: Subject) -> Figure:
    """Part of the real images that are among the samples."""
    real, made = subject.once(features)
    settings = {**_settings(subject, real, NEAR), "samples": len(made)}
    return average(distances.precision(made, real, NEAR), settings)


def density(subject: Subject) -> Figure:
    """How crowded with real images the places are where samples lie."""
    real, made = subject.once(features)
    return average(distances.density(real, made, WIDE), _settings(subject, real, WIDE))


def coverage(subject: Subject) -> Figure:
    """Part of the real images that have a sample near."""
    real, made = subject.once(features)
    settings = {**_settings(subject, real, WIDE), "samples": len(made)}
    return average(distances.coverage(real, made, WIDE), settings)


def features(subject: Subject) -> tuple[Tensor, Tensor]:
    """Of the split's images (N, F), and of as many samples as were asked for (M, F)."""
    extract = cast(Extractor, subject.extractor)
    real = [extract(batch.image) for _, batch in subject.batches("features of real images")]
    made = [extract(image) for image, _ in samples(subject, min(subject.limit or SAMPLES, SAMPLES))]
    found = torch.cat(real).flatten(1), torch.cat(made).flatten(1)
    if not all(vectors.isfinite().all() for vectors in found):
        raise InputError(f"--extractor {extract.name}: its features are not all finite numbers")
    return found


def samples(subject: Subject, count: int) -> Any:
    """Batches of `count` samples with their labels: of images from all over the split, if it takes any."""
    model, known = cast(Samples, subject.model), subject.images.labels
    noise = subject.noise(count)
    label = None
    if subject.conditional and known is not None:
        label = known[dealt(len(known), count)].to(subject.device)
    with progress_line("samples", count, subject.progress) as advance:
        for start in range(0, count, subject.batch_size):
            some = slice(start, start + subject.batch_size)
            asked = None if label is None else label[some]
            yield model.sample(noise[some], asked), asked
            advance(len(noise[some]))


def _settings(subject: Subject, real: Tensor, neighbour: int | None = None) -> dict[str, Any]:
    known = {"neighbour": neighbour} if neighbour else {}
    return {**cast(Extractor, subject.extractor).settings, "real_images": len(real), **known, **subject.sampling}
