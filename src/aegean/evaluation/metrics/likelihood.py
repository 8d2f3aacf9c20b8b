"""How probable the images are under a model: the ELBO and importance-weighted estimates of log p(x)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor

from aegean.data.types import Batch
from aegean.evaluation import requirements
from aegean.evaluation.context import EvaluationContext
from aegean.evaluation.metric import Metric
from aegean.evaluation.metrics.figure import Figure, average
from aegean.models.capabilities import Density

DRAWS = 256  # most draws of one image in one call
IN_CACHE = 256 * 784  # numbers that one core decodes in one call
ON_DEVICE = 8192 * 784  # numbers that an accelerator decodes in one call


def log_mean_weights(log_weights: Callable[[int], Tensor], samples: int, chunk: int) -> Tensor:
    """log 1/k sum_i w_i for k = `samples` importance weights, streamed: at most `chunk` of them exist at a time. (B,)

    With w_i = p(x, z_i) / q(z_i | x), z_i ~ q, this is a lower bound of log p(x) in expectation, that tightens
    with k and is exact for any k where q is the posterior. Burda et al. 2016, IWAE (arXiv:1509.00519), eq. 8.

    Args:
        log_weights: count -> log w of that many fresh draws, (count, B) in nats.
        samples: k.
        chunk: most draws in one call; memory is that of one call, whatever k is.
    """
    calls = math.ceil(samples / chunk)
    counts = [samples // calls + (call < samples % calls) for call in range(calls)]
    total = torch.logsumexp(log_weights(counts[0]), dim=0)
    for count in counts[1:]:
        total = torch.logaddexp(total, torch.logsumexp(log_weights(count), dim=0))
    return total - math.log(samples)


def to_bits_per_dimension(nats: Tensor, dimensions: int) -> Tensor:
    """-log p(x) in nats per image -> bits per number of the image; meant for probabilities, not for densities."""
    return nats / (dimensions * math.log(2.0))


def share_of_a_call(samples: int, dimensions: int, device: torch.device) -> tuple[int, int]:
    """How to split the work of k draws for many images: (most draws in a call, most images in a call).

    Many draws of few images, since an encoder runs once for all draws of an image. On a CPU as much as stays in each
    core's cache, which is 1.7 times as fast as large calls; elsewhere enough to keep the device busy.
    """
    numbers = IN_CACHE * torch.get_num_threads() if device.type == "cpu" else ON_DEVICE
    per_call = max(1, numbers // dimensions)  # images decoded in one call
    draws = min(samples, DRAWS, per_call)
    return draws, max(1, per_call // draws)


def negative_elbo(context: EvaluationContext) -> Figure:
    """-ELBO; beside it, its two terms."""
    distortion, rate = context.once(_bounds)
    return average(distortion + rate, _settings(context), distortion=distortion, rate=rate)


def negative_log_likelihood(context: EvaluationContext) -> Figure:
    """The importance-weighted estimate of -log p(x)."""
    return average(-context.once(_log_probabilities), {"k": context.samples, **_settings(context)})


def bits_per_dimension(context: EvaluationContext) -> Figure:
    """The same in bits per number of the image."""
    bits = to_bits_per_dimension(-context.once(_log_probabilities), context.spec.dimensions)
    return average(bits, {"k": context.samples, **_settings(context)})


def _bounds(context: EvaluationContext) -> tuple[Tensor, Tensor]:
    """Distortion and rate of one draw of z for each image, nats. (N,), (N,)."""
    model = cast(Density, context.model)

    def terms(start: int, batch: Batch) -> tuple[Tensor, Tensor]:
        return model.bound(model.target(batch.image, context.seed + start), context.label(batch))

    distortions, rates = zip(*context.each("ELBO", terms))
    return torch.cat(distortions), torch.cat(rates)


def _log_probabilities(context: EvaluationContext) -> Tensor:
    """The importance-weighted estimate of log p(x) of each image, nats. (N,)."""
    model = cast(Density, context.model)
    draws, together = share_of_a_call(context.samples, context.spec.dimensions, context.device)

    def estimate(target: Tensor, label: Tensor | None) -> Tensor:
        return log_mean_weights(lambda n: model.log_weights(target, n, label), context.samples, draws)

    def few(start: int, batch: Batch) -> Tensor:
        target, label = model.target(batch.image, context.seed + start), context.label(batch)
        labels = [None] * len(target) if label is None else label.split(together)
        return torch.cat([estimate(some, its) for some, its in zip(target.split(together), labels)])

    return torch.cat(context.each(f"log p(x), k = {context.samples}", few))


def _settings(context: EvaluationContext) -> dict[str, Any]:
    return cast(Density, context.model).likelihood_settings


METRICS = {
    "negative_elbo": Metric(
        negative_elbo,
        (requirements.explains, requirements.labelled_if_told),
        "nats per image",
        "smaller",
        "-ELBO, an upper bound of -log p(x), from one draw of z; beside it, its terms: distortion and rate",
        default=True,
    ),
    "negative_log_likelihood": Metric(
        negative_log_likelihood,
        (requirements.explains, requirements.labelled_if_told),
        "nats per image",
        "smaller",
        "-log p(x) as estimated from k importance-weighted draws (--samples); the published protocol is 5000",
        default=True,
    ),
    "bits_per_dimension": Metric(
        bits_per_dimension,
        (requirements.explains, requirements.discrete, requirements.labelled_if_told),
        "bits per number of the image",
        "smaller",
        "the same estimate in bits, for likelihoods that are probabilities of pixel values",
        default=True,
    ),
}
