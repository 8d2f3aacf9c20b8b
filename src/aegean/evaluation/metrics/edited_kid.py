"""How far edited images are from real ones that are as was wanted: KID, by features that training never saw.

    edited_kid = mean over ways of MMD^2(edited, real training images that are as wanted)       (see `fidelity`)

An edit must bring it down from that of the same images left alone, towards that of other real images that are as
wanted. Each way, an attribute added or removed, has all three beside it. It is not the mean of blocks, but of whole
sets: rare attributes have few images.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor

from aegean.data.types import Batch, ImageSet, spread
from aegean.evaluation import requirements
from aegean.evaluation.context import EvaluationContext
from aegean.evaluation.metric import Metric
from aegean.evaluation.metrics.edited_accuracy_robust import edited_attributes
from aegean.evaluation.metrics.fidelity import in_float64, kernel_distance, squared_mmd
from aegean.evaluation.metrics.figure import Figure
from aegean.evaluation.unseen import networks_seen
from aegean.models.capabilities import Edits

MOST = 200  # images of each set: KID is unbiased, whatever their number
FEWEST = 4  # of which there are blocks


@dataclass(frozen=True)
class Way:
    """Features of one way of editing, (N, F) each."""

    name: str
    reference: Tensor  # real training images that are as wanted
    edited: Tensor
    alone: Tensor  # the same images, not edited
    real: Tensor  # other images that are as wanted


def distance(reference: Tensor, images: Tensor) -> tuple[float, float]:
    """KID of whole sets (N, F), (M, F), and its standard error, from independent blocks of both."""
    blocks = kernel_distance(reference, images)
    error = float(blocks.std() / len(blocks) ** 0.5) if len(blocks) > 1 else 0.0
    return float(squared_mmd(in_float64(reference), in_float64(images))), error


def edited_kid(context: EvaluationContext) -> Figure:
    """The mean over ways; beside it left alone, of other real images, and what part of the former it is."""
    beside, edited, alone, real, errors, images = dict[str, float](), [], [], [], [], 0
    for way in context.once(_ways):
        value, error = distance(way.reference, way.edited)
        edited.append(value)
        errors.append(error**2)
        alone.append(distance(way.reference, way.alone)[0])
        real.append(distance(way.reference, way.real)[0])
        beside |= {way.name: value, f"{way.name}, left alone": alone[-1], f"{way.name}, real": real[-1]}
        images += len(way.edited)
    count = max(1, len(edited))
    mean, left = sum(edited) / count, sum(alone) / count
    summary = {"left alone": left, "real": sum(real) / count, "ratio": mean / left if left else float("nan")}
    settings = {**context.unseen_extractor.settings, "training_saw": networks_seen(context.run)}
    return Figure(mean if edited else float("nan"), images, sum(errors) ** 0.5 / count, summary | beside, settings)


def _ways(context: EvaluationContext) -> list[Way]:
    """Those of which there are images enough in every set."""
    editor, found = cast(Edits, context.editor), []
    test, train = context.images, context.dataset.train
    columns = [both for images in (test, train) for both in edited_attributes(context, images).T]
    sets = [chosen(column == kind) for column in columns for kind in (False, True)]
    half = len(sets) // 2
    real, reference = _features(context, test, sets[:half]), _features(context, train, sets[half:])
    for k, name in enumerate(editor.editable):
        for wanted, way in ((1, "added"), (0, "removed")):
            start, end = 2 * k + 1 - wanted, 2 * k + wanted
            if min(len(real[start]), len(real[end]), len(reference[end])) < FEWEST:
                continue
            change = torch.zeros(1, len(editor.editable), device=context.device)
            change[:, k] = 2 * wanted - 1
            edited = _edited(context, sets[start], change)
            found.append(Way(f"{name} {way}", reference[end], edited, real[start], real[end]))
    return found


def chosen(which: Tensor) -> Tensor:
    """Places of at most `MOST` of those, from all over. bool (N,) -> (M,)"""
    places = which.nonzero()[:, 0]
    return places[spread(len(places), MOST)]


def _features(context: EvaluationContext, images: ImageSet, sets: list[Tensor]) -> list[Tensor]:
    """Features (M, F) of several sets of the same images, each given by places (M,). No image is looked at twice."""
    extract, places = context.unseen_extractor, torch.cat(sets).unique()
    every = ImageSet(images.images[places])
    seen = context.each("features of images", lambda _, batch: extract(batch.image).flatten(1), every)
    return [torch.cat(seen).cpu()[torch.searchsorted(places, some)] for some in sets]


def _edited(context: EvaluationContext, places: Tensor, change: Tensor) -> Tensor:
    """Features of the images there, edited alike. (M,), (1, E) -> (M, F)"""
    extract, editor = context.unseen_extractor, cast(Edits, context.editor)

    def seen(_: int, batch: Batch) -> Tensor:
        return extract(editor.edit(batch.image, change.expand(len(batch.image), -1))).flatten(1)

    return torch.cat(context.each("features of edits", seen, ImageSet(context.images.images[places]))).cpu()


METRICS = {
    "edited_kid": Metric(
        edited_kid,
        (requirements.edits, requirements.attributed, requirements.compared_unseen, requirements.both_kinds),
        "squared distance of features",
        "smaller",
        "kernel distance of edited images to real ones that are as was wanted, mean of all ways; beside each, images"
        " left alone and other real ones",
        default=True,
    ),
}
