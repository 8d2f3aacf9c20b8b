"""How much of the label a simple classifier can read from a code: how well the code describes the image.

A probe of a code says little alone: raw pixels, and their principal components of the same number, stand beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, one_hot

from aegean.data.types import Batch, ImageSet
from aegean.evaluation import requirements
from aegean.evaluation.context import EvaluationContext
from aegean.evaluation.metric import Metric
from aegean.evaluation.metrics.figure import Figure, average
from aegean.models.capabilities import Encodes


def nearest_neighbours(train: Tensor, labels: Tensor, test: Tensor, neighbours: int = 5) -> Tensor:
    """Label of each test vector (M, D) by vote of its nearest (Euclidean) train vectors (N, D), (N,). -> (M,)

    Equal votes go to the label whose neighbours rank nearer.
    """
    classes = int(labels.max()) + 1
    squares = train.square().sum(1)  # (N,)
    weight = 1.0 - 1e-3 * torch.arange(min(neighbours, len(train)), device=train.device)  # breaks ties, decides no vote
    found = []
    for start in range(0, len(test), 1024):
        part = test[start : start + 1024]  # (P, D)
        distance = torch.addmm(squares, part, train.T, alpha=-2.0)  # |t|^2 - 2 p.t: the order of |p - t|    (P, N)
        nearest = distance.topk(len(weight), largest=False).indices  # (P, k)
        votes = (one_hot(labels[nearest], classes) * weight[:, None]).sum(1)  # (P, K)
        found.append(votes.argmax(1))
    return torch.cat(found)


def linear(train: Tensor, labels: Tensor, test: Tensor, penalty: float = 1e-4, iterations: int = 100) -> Tensor:
    """Label of each test vector (M, D) by multinomial logistic regression on train vectors (N, D), (N,). -> (M,)

    The vectors are standardised by the train part's mean and deviation (those that hardly vary are not blown up); mean
    cross-entropy + penalty / 2 |W|^2 is lowered by L-BFGS from zero, which is deterministic.
    """
    mean, deviation = train.mean(0), train.std(0, correction=0)
    deviation = deviation.clamp_min(0.01 * float(deviation.max()) + 1e-12)
    train, test = (train - mean) / deviation, (test - mean) / deviation
    classes = int(labels.max()) + 1
    with torch.inference_mode(False), torch.enable_grad():
        train, labels = train.clone(), labels.clone()
        weight = train.new_zeros(classes, train.shape[1]).requires_grad_()
        bias = train.new_zeros(classes).requires_grad_()
        optimiser = torch.optim.LBFGS([weight, bias], max_iter=iterations, line_search_fn="strong_wolfe")

        def loss() -> Tensor:
            optimiser.zero_grad()
            value = cross_entropy(train @ weight.T + bias, labels) + 0.5 * penalty * weight.square().sum()
            value.backward()
            return value

        optimiser.step(loss)
    return (test @ weight.detach().T + bias.detach()).argmax(1)


def principal_components(train: Tensor, test: Tensor, count: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Both parts (N, D), (M, D) projected on the directions in which the train part varies most. (N, Q), (M, Q).

    Q is `count`, or less where the vectors are fewer or shorter.
    """
    mean = train.mean(0)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        _, _, directions = torch.pca_lowrank(train, q=min(count, *train.shape), niter=4)  # centres by itself
    return (train - mean) @ directions, (test - mean) @ directions


NEIGHBOURS = 5
MOST = 60_000 * 784  # numbers of training images that a probe learns from


@dataclass(frozen=True)
class Vectors:
    """The same images as codes, as raw pixels and as principal components (N, D each), with their labels (N,)."""

    code: Tensor
    pixels: Tensor
    pca: Tensor
    label: Tensor


def linear_probe(context: EvaluationContext) -> Figure:
    """Accuracy of multinomial logistic regression on the codes; beside it, on pixels and PCA."""
    return _probe(context, linear)


def neighbour_probe(context: EvaluationContext) -> Figure:
    """Accuracy of the vote of the nearest codes; beside it, of the nearest pixels and PCA."""
    figure = _probe(context, lambda train, label, test: nearest_neighbours(train, label, test, NEIGHBOURS))
    figure.settings["neighbours"] = NEIGHBOURS
    return figure


def _probe(context: EvaluationContext, predict: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Figure:
    train, test = context.once(_vectors)

    def right(kind: str) -> Tensor:
        return (predict(getattr(train, kind), train.label, getattr(test, kind)) == test.label).float()

    settings = {"code": train.code.shape[1], "pca": train.pca.shape[1], "train_images": len(train.label)}
    return average(right("code"), settings, pixels=right("pixels"), pca=right("pca"))


def _vectors(context: EvaluationContext) -> tuple[Vectors, Vectors]:
    """The codes of training images, as many as fit in memory, and of the images measured on."""
    most = min(context.limit or MOST, max(1, MOST // context.spec.dimensions))
    code, pixels, label = _describe(context, context.dataset.train.some(most))
    test_code, test_pixels, test_label = _describe(context, context.images)
    pca, test_pca = principal_components(pixels, test_pixels, code.shape[1], context.seed)
    return Vectors(code, pixels, pca, label), Vectors(test_code, test_pixels, test_pca, test_label)


def _describe(context: EvaluationContext, images: ImageSet) -> tuple[Tensor, ...]:
    """Codes (N, Z), pixels (N, D) and labels (N,)."""
    model = cast(Encodes, context.model)

    def described(_: int, batch: Batch) -> tuple[Tensor, ...]:
        return model.encode(batch.image).flatten(1), batch.image.flatten(1), cast(Tensor, batch.label)

    return tuple(torch.cat(part) for part in zip(*context.each("codes", described, images)))


METRICS = {
    "linear_probe": Metric(
        linear_probe,
        (requirements.encodes, requirements.untold, requirements.labelled),
        "part of the images",
        "larger",
        "accuracy of logistic regression on the codes; beside it, on raw pixels and on PCA of the same dimension",
        default=True,
    ),
    "neighbour_probe": Metric(
        neighbour_probe,
        (requirements.encodes, requirements.untold, requirements.labelled),
        "part of the images",
        "larger",
        "accuracy of the vote of the five nearest codes; beside it, of pixels and of PCA of the same dimension",
    ),
}
