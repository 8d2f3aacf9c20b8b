"""How probable a model that explains holds the images to be."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor

from aegean.evaluation import likelihood
from aegean.evaluation.measures.figure import Figure, average
from aegean.evaluation.progress import progress_line
from aegean.evaluation.subject import Subject
from aegean.models.capabilities import Density


def negative_elbo(subject: Subject) -> Figure:
    """-ELBO; beside it, its two terms."""
    distortion, rate = subject.once(_bounds)
    return average(distortion + rate, _settings(subject), distortion=distortion, rate=rate)


def negative_log_likelihood(subject: Subject) -> Figure:
    """The importance-weighted estimate of -log p(x)."""
    return average(-subject.once(_log_probabilities), {"k": subject.samples, **_settings(subject)})


def bits_per_dimension(subject: Subject) -> Figure:
    """The same in bits per number of the image."""
    bits = likelihood.bits_per_dimension(-subject.once(_log_probabilities), subject.spec.dimensions)
    return average(bits, {"k": subject.samples, **_settings(subject)})


def _bounds(subject: Subject) -> tuple[Tensor, Tensor]:
    """Distortion and rate of one draw of z for each image, nats. (N,), (N,)."""
    model = cast(Density, subject.model)
    terms = []
    for start, batch in subject.batches("ELBO"):
        target = model.target(batch.image, subject.seed + start)
        terms.append(model.bound(target, subject.label(batch)))
    distortions, rates = zip(*terms)
    return torch.cat(distortions), torch.cat(rates)


def _log_probabilities(subject: Subject) -> Tensor:
    """The importance-weighted estimate of log p(x) of each image, nats. (N,)."""
    model = cast(Density, subject.model)
    draws, together = likelihood.share_of_a_call(subject.samples, subject.spec.dimensions, subject.device)

    def estimate(target: Tensor, label: Tensor | None) -> Tensor:
        return likelihood.log_mean_weights(lambda n: model.log_weights(target, n, label), subject.samples, draws)

    found = []
    with progress_line(f"log p(x), k = {subject.samples}", len(subject.images), subject.progress) as advance:
        for start, batch in subject.batches(None):
            target, label = model.target(batch.image, subject.seed + start), subject.label(batch)
            for i in range(0, len(target), together):
                found.append(estimate(target[i : i + together], None if label is None else label[i : i + together]))
                advance(len(found[-1]))
    return torch.cat(found)


def _settings(subject: Subject) -> dict[str, Any]:
    """Which likelihood this is: two of different kinds cannot be compared."""
    kind = subject.setting.get("likelihood")
    if kind != "bernoulli":
        return {} if kind is None else {"likelihood": kind}
    dynamic = bool(subject.setting.get("binarise"))
    return {"likelihood": kind, "binarisation": "dynamic" if dynamic else "none: grey values, which is no likelihood"}
