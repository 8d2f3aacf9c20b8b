"""Translations between two domains: do they come back, and are they taken for what they shall be?"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, cast

import torch
from torch import Tensor

from aegean.data.types import spread
from aegean.evaluation import requirements
from aegean.evaluation.context import EvaluationContext
from aegean.evaluation.extractor import Extractor, squared
from aegean.evaluation.metric import Metric
from aegean.evaluation.metrics.fidelity import kernel_distance, kernel_figure
from aegean.evaluation.metrics.figure import Figure, average
from aegean.images import to_float
from aegean.models.capabilities import Translates

BATCH = 8  # images that are translated at a time
FEWEST = 4  # of which there are blocks


def cycle_error(context: EvaluationContext) -> Figure:
    """The error of there and back, of both domains together; beside it each alone, and what a translation changes."""
    model = cast(Translates, context.model)
    error: dict[str, Tensor] = {}
    change: dict[str, Any] = {}
    for start, there in (("a", "b"), ("b", "a")):
        image, translated = context.once(pairs_of)[start]
        returned = torch.cat(
            [model.translate(some.to(context.device), start).cpu() for some in translated.split(BATCH)]
        )
        error[start] = _difference(returned, image)
        change[f"change_to_{there}"] = _difference(translated, image)
    alone: dict[str, Any] = {f"of_{name}": value for name, value in error.items()}
    return average(torch.cat(list(error.values())), **alone, **change)


def translated_kid(context: EvaluationContext) -> Figure:
    """KID of G(a) to b; beside it, of a itself to b, their ratio, of other images of b, and all the other way round."""
    pairs, extract = context.once(pairs_of), context.unseen_extractor
    real = {name: context.look(extract, image) for name, (image, _) in pairs.items()}
    made = {name: context.look(extract, translated) for name, (_, translated) in pairs.items()}  # of a: G(a)
    forward = kernel_figure(real["b"], made["a"], {**extract.settings, "real_images": len(real["b"])})
    untranslated = float(kernel_distance(real["b"], real["a"]).mean())
    backward = float(kernel_distance(real["a"], made["b"]).mean())
    beside = {"untranslated": untranslated, "ratio": forward.value / untranslated, "b_to_a": backward}
    train = context.dataset.train
    for name, pixels in (("a", train.images), ("b", train.other)):
        if pixels is not None and len(pixels) >= FEWEST:
            other = context.look(extract, to_float(pixels[spread(len(pixels), len(real[name]))]))
            beside[f"real_{name}"] = float(kernel_distance(real[name], other).mean())
    return replace(forward, beside=beside)


def translated_top1(context: EvaluationContext) -> Figure:
    """The part of G(a) that a network calls b; beside it, of a itself, and of b and F(b) that it calls a."""
    pairs, extract = context.once(pairs_of), cast(Extractor, context.extractor)
    names = dict(zip("ab", context.spec.domains))

    def called(image: Tensor, domain: str) -> Tensor:
        known = extract.classes_of(names[domain])
        guesses = [guess for some in image.split(BATCH) for guess in extract.network.classify(squared(some), top=1)]
        return torch.tensor([float(guess[0].number in known) if known else math.nan for guess in guesses])

    beside: dict[str, Any] = {
        "untranslated": called(pairs["a"][0], "b"),
        "real_b": called(pairs["b"][0], "b"),
        "b_to_a": called(pairs["b"][1], "a"),
    }
    return average(called(pairs["a"][1], "b"), {"network": extract.name, "class": names["b"]}, **beside)


def pairs_of(context: EvaluationContext) -> dict[str, tuple[Tensor, Tensor]]:
    """All images of each domain of the split, and their translations. (N, C, H, W)"""
    model, images = cast(Translates, context.model), context.images
    found = {}
    for start, pixels in (("a", images.images), ("b", cast(Tensor, images.other))):
        to = "ab"[start == "a"]

        def made(part: range, pixels: Tensor = pixels, to: str = to) -> Tensor:
            return model.translate(to_float(pixels[part.start : part.stop]).to(context.device), to).cpu()

        translated = context.in_parts(f"translate {start}", len(pixels), BATCH, made)
        found[start] = to_float(pixels), torch.cat(translated).cpu()
    return found


def _difference(image: Tensor, reference: Tensor) -> Tensor:
    """Mean absolute difference of each image, black to white being 1. (B,)"""
    return 0.5 * (image - reference).abs().flatten(1).mean(1)


METRICS = {
    "cycle_error": Metric(
        cycle_error,
        (requirements.translates,),
        "part of black to white",
        "smaller",
        "mean absolute difference of an image and what comes back from its translation; beside it, how far that was",
        default=True,
    ),
    "translated_kid": Metric(
        translated_kid,
        (requirements.translates, requirements.compared_unseen, requirements.four_images),
        "squared distance of features",
        "smaller",
        "kernel distance of a's translations to images of b; beside it, untranslated, from b to a, and other real ones",
        default=True,
    ),
    "translated_top1": Metric(
        translated_top1,
        (requirements.translates, requirements.named_classes, requirements.compared_unseen),
        "part of the images",
        "larger",
        "part of a's translations whose most probable class is b's name; beside it, untranslated, and from b to a",
        default=True,
    ),
}
