"""Edits that a judge sees which training cannot have learned to fool: see `aegean.evaluation.unseen`.

An edit counts if it is seen after the image was halved, enlarged again and slightly blurred. Beside each way of
editing stand the faces left alone, of which the judge takes some for edited, and real faces that are as was wanted, of
which it misses some: between these two an edit lies.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor

from aegean.data.types import ImageSet, spread
from aegean.evaluation import requirements
from aegean.evaluation.context import EvaluationContext
from aegean.evaluation.metric import Metric
from aegean.evaluation.metrics.editing import Edit, each_edit
from aegean.evaluation.metrics.figure import Figure
from aegean.evaluation.unseen import Probe, fit_probe, look, networks_seen, unseen_network
from aegean.models.capabilities import Edits

MOST = 3000  # training images that the judge is fitted to


def edited_accuracy_robust(context: EvaluationContext) -> Figure:
    """The mean over attributes and both directions, each way counting alike, with its standard error over images."""
    probe, edited, alone = context.once(attribute_probe), context.once(_seen_edited), context.once(_seen_alone)
    has = edited_attributes(context)
    beside: dict[str, float] = {}
    rates, errors = [], []
    for k, name in enumerate(cast(Edits, context.editor).editable):
        for way, without in (("added", ~has[:, k]), ("removed", has[:, k])):
            wanted = way == "added"
            if not without.any():
                continue
            right = (edited[without, k] == wanted).double()
            rates.append(float(right.mean()))
            errors.append(float(right.var(correction=0)) / len(right))
            beside[f"{name} {way}"] = rates[-1]
            beside[f"{name} {way}, left alone"] = float((alone[without, k] == wanted).double().mean())
            beside[f"{name} {way}, real"] = float((alone[~without, k] == wanted).double().mean())
    real = [value for name, value in beside.items() if name.endswith(", real") and value == value]
    summary = {"real": sum(real) / len(real)} if real else {}
    error = sum(errors) ** 0.5 / len(errors)
    value = sum(rates) / len(rates)
    return Figure(value, len(has), error, summary | beside, probe.settings(networks_seen(context.run)))


def edited_attributes(context: EvaluationContext, images: ImageSet | None = None) -> Tensor:
    """Which of those that are edited the images have. bool (N, E)"""
    names = cast(Edits, context.editor).editable
    places = [context.spec.attributes.index(name) for name in names]
    return cast(Tensor, (context.images if images is None else images).attributes)[:, places].cpu() > 0


def balanced_places(has: Tensor, most: int) -> Tensor:
    """Which of images that have things, bool (N, E), to take: of each as many with as without, `most` in all. (M,)"""
    each, taken = max(1, most // (2 * has.shape[1])), torch.zeros(len(has), dtype=torch.bool)
    for column in has.T:
        for kind in (column, ~column):
            found = kind.nonzero()[:, 0]
            taken[found[spread(len(found), each)]] = True
    return taken.nonzero()[:, 0]


def attribute_probe(context: EvaluationContext) -> Probe:
    """A judge of the attributes that are edited, fitted to training images."""
    network, train = unseen_network(context.run), context.dataset.train
    places = balanced_places(edited_attributes(context, train), MOST)
    some = ImageSet(train.images[places], attributes=cast(Tensor, train.attributes)[places])
    seen = context.each("making a judge", lambda _, batch: look(network, batch.image), some)
    return fit_probe(network, torch.cat(seen), edited_attributes(context, some).to(context.device))


def _seen_edited(context: EvaluationContext) -> Tensor:
    """Whether the judge sees each attribute where that one was switched. bool (N, E)"""
    probe, editor = context.once(attribute_probe), cast(Edits, context.editor)
    places = [context.spec.attributes.index(name) for name in editor.editable]

    def seen(edit: Edit) -> tuple[Tensor]:
        return (probe(editor.edit(edit.image, edit.change))[:, places.index(edit.place)],)

    return each_edit(context, "judging softened edits", seen)[0].cpu()


def _seen_alone(context: EvaluationContext) -> Tensor:
    """What the judge sees in the images as they are. bool (N, E)"""
    probe = context.once(attribute_probe)
    return torch.cat(context.each("judging images", lambda _, batch: probe(batch.image))).cpu()


METRICS = {
    "edited_accuracy_robust": Metric(
        edited_accuracy_robust,
        (requirements.edits, requirements.attributed, requirements.looked_at, requirements.both_kinds),
        "part of the edits",
        "larger",
        "part of the edits, mean of all ways, that a judge which training never met sees in the softened image; beside"
        " each, faces left alone and real ones",
        default=True,
    ),
}
