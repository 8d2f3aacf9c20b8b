"""How much of the label can be read from a code, beside raw pixels and their PCA of the same dimension."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor

from aegean.data.types import ImageSet
from aegean.evaluation import probes
from aegean.evaluation.measures.figure import Figure, average
from aegean.evaluation.subject import Subject
from aegean.models.capabilities import Encodes

NEIGHBOURS = 5
MOST = 60_000 * 784  # numbers of training images that a probe learns from


@dataclass(frozen=True)
class Vectors:
    """The same images as codes, as raw pixels and as principal components (N, D each), with their labels (N,)."""

    code: Tensor
    pixels: Tensor
    pca: Tensor
    label: Tensor


def linear_probe(subject: Subject) -> Figure:
    """Accuracy of multinomial logistic regression on the codes; beside it, on pixels and PCA."""
    return _probe(subject, probes.linear)


def neighbour_probe(subject: Subject) -> Figure:
    """Accuracy of the vote of the nearest codes; beside it, of the nearest pixels and PCA."""
    figure = _probe(subject, lambda train, label, test: probes.nearest_neighbours(train, label, test, NEIGHBOURS))
    figure.settings["neighbours"] = NEIGHBOURS
    return figure


def _probe(subject: Subject, predict: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Figure:
    train, test = subject.once(_vectors)

    def right(kind: str) -> Tensor:
        return (predict(getattr(train, kind), train.label, getattr(test, kind)) == test.label).float()

    settings = {"code": train.code.shape[1], "pca": train.pca.shape[1], "train_images": len(train.label)}
    return average(right("code"), settings, pixels=right("pixels"), pca=right("pca"))


def _vectors(subject: Subject) -> tuple[Vectors, Vectors]:
    """Of training images (as many as fit in memory), and of those measured on."""
    most = min(subject.limit or MOST, max(1, MOST // subject.spec.dimensions))
    code, pixels, label = _describe(subject, subject.dataset.train.some(most))
    test_code, test_pixels, test_label = _describe(subject, subject.images)
    pca, test_pca = probes.principal_components(pixels, test_pixels, code.shape[1], subject.seed)
    return Vectors(code, pixels, pca, label), Vectors(test_code, test_pixels, test_pca, test_label)


def _describe(subject: Subject, images: ImageSet) -> tuple[Tensor, ...]:
    """Codes (N, Z), pixels (N, D) and labels (N,)."""
    model = cast(Encodes, subject.model)
    found = []
    for _, batch in subject.batches("codes", images):
        found.append((model.encode(batch.image).flatten(1), batch.image.flatten(1), cast(Tensor, batch.label)))
    return tuple(torch.cat(part) for part in zip(*found))
