"""Translations between two domains: do they come back, and are they taken for what they shall be?"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, cast

import torch
from torch import Tensor

from aegean.evaluation import distances
from aegean.evaluation.measures.comparing import kernel_figure
from aegean.evaluation.measures.figure import Figure, average
from aegean.evaluation.progress import progress_line
from aegean.evaluation.subject import Extractor, Subject
from aegean.images import to_float
from aegean.models.capabilities import Translates

BATCH = 8  # images that are translated at a time


def cycle_error(subject: Subject) -> Figure:
    """Of both domains together; beside it each alone, and how much the translation changes."""
    model = cast(Translates, subject.model)
    error: dict[str, Tensor] = {}
    change: dict[str, Any] = {}
    for start, there in (("a", "b"), ("b", "a")):
        image, translated = subject.once(_pairs)[start]
        returned = torch.cat(
            [model.translate(some.to(subject.device), start).cpu() for some in translated.split(BATCH)]
        )
        error[start] = _difference(returned, image)
        change[f"change_to_{there}"] = _difference(translated, image)
    alone: dict[str, Any] = {f"of_{name}": value for name, value in error.items()}
    return average(torch.cat(list(error.values())), **alone, **change)


def translated_kid(subject: Subject) -> Figure:
    """KID of G(a) to b; beside it, of a itself to b, their ratio, and the same the other way round."""
    pairs, extract = subject.once(_pairs), cast(Extractor, subject.extractor)
    real = {name: _features(extract, image) for name, (image, _) in pairs.items()}
    made = {name: _features(extract, translated) for name, (_, translated) in pairs.items()}  # of a: G(a)
    forward = kernel_figure(real["b"], made["a"], {**extract.settings, "real_images": len(real["b"])})
    untranslated = float(distances.kernel_distance(real["b"], real["a"]).mean())
    backward = float(distances.kernel_distance(real["a"], made["b"]).mean())
    beside = {"untranslated": untranslated, "ratio": forward.value / untranslated, "b_to_a": backward}
    return replace(forward, beside=beside)


def translated_top1(subject: Subject) -> Figure:
    """The part of G(a) that a network calls b; beside it, of a itself, and of b and F(b) that it calls a."""
    pairs, extract = subject.once(_pairs), cast(Extractor, subject.extractor)
    names = dict(zip("ab", subject.spec.domains))

    def called(image: Tensor, domain: str) -> Tensor:
        known = extract.classes_of(names[domain])
        guesses = [guess for some in image.split(BATCH) for guess in extract.network.classify(some, top=1)]
        wrong = 0.0 if known else math.nan
        return torch.tensor([float(guess[0].number in known) if known else wrong for guess in guesses])

    beside: dict[str, Any] = {
        "untranslated": called(pairs["a"][0], "b"),
        "real_b": called(pairs["b"][0], "b"),
        "b_to_a": called(pairs["b"][1], "a"),
    }
    return average(called(pairs["a"][1], "b"), {"network": extract.name, "class": names["b"]}, **beside)


def _pairs(subject: Subject) -> dict[str, tuple[Tensor, Tensor]]:
    """All images of each domain of the split, and their translations. (N, C, S, S)"""
    model, images = cast(Translates, subject.model), subject.images
    found = {}
    for start, pixels in (("a", images.images), ("b", cast(Tensor, images.other))):
        made = []
        with progress_line(f"translate {start}", len(pixels), subject.progress) as advance:
            for some in pixels.split(BATCH):
                image = to_float(some).to(subject.device)
                made.append(model.translate(image, "ab"[start == "a"]).cpu())
                advance(len(some))
        found[start] = to_float(pixels), torch.cat(made)
    return found


def _features(extract: Extractor, image: Tensor) -> Tensor:
    return torch.cat([extract(some.to(extract.device)) for some in image.split(BATCH)]).flatten(1).cpu()


def _difference(image: Tensor, reference: Tensor) -> Tensor:
    """Mean absolute difference of each image, black to white being 1. (B,)"""
    return 0.5 * (image - reference).abs().flatten(1).mean(1)
