"""Translations that a judge takes for the other domain which training cannot have learned to fool.

As `edited_accuracy_robust`: a linear probe tells the two domains apart, of the training split, by features that
training never saw, of images that were halved, enlarged again and slightly blurred.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor

from aegean.data.types import spread
from aegean.evaluation import requirements
from aegean.evaluation.context import EvaluationContext
from aegean.evaluation.metric import Metric
from aegean.evaluation.metrics.figure import Figure, average
from aegean.evaluation.metrics.translation import BATCH, pairs_of
from aegean.evaluation.unseen import Probe, fit_probe, look, networks_seen, unseen_network
from aegean.images import to_float

MOST = 1500  # training images of each domain that the judge is fitted to


def translated_accuracy_robust(context: EvaluationContext) -> Figure:
    """The part of G(a) that is taken for b; beside it of a itself, which should be small, of b, and from b to a."""
    probe, pairs = context.once(domain_probe), context.once(pairs_of)

    def taken(image: Tensor, for_b: bool) -> Tensor:
        seen = torch.cat([probe(some.to(context.device))[:, 0] for some in image.split(BATCH)])
        return (seen == for_b).float()

    (a, to_b), (b, to_a) = pairs["a"], pairs["b"]
    beside: dict[str, Any] = {"untranslated": taken(a, True), "real_b": taken(b, True), "b_to_a": taken(to_a, False)}
    beside |= {"b_untranslated": taken(b, False), "real_a": taken(a, False)}
    return average(taken(to_b, True), probe.settings(networks_seen(context.run)), **beside)


def domain_probe(context: EvaluationContext) -> Probe:
    """A judge of the domain, fitted to as many training images of each, where there are as many."""
    network, train, seen, shows = unseen_network(context.run), context.dataset.train, [], []
    for is_b, pixels in ((False, train.images), (True, cast(Tensor, train.other))):
        for some in pixels[spread(len(pixels), MOST)].split(BATCH):
            seen.append(look(network, to_float(some).to(context.device)))
            shows += [is_b] * len(some)
    return fit_probe(network, torch.cat(seen), torch.tensor(shows, device=context.device)[:, None])


METRICS = {
    "translated_accuracy_robust": Metric(
        translated_accuracy_robust,
        (requirements.translates, requirements.looked_at, requirements.both_trained),
        "part of the images",
        "larger",
        "part of a's translations that a judge which training never met takes for b, softened; beside it, untranslated",
        default=True,
    ),
}
