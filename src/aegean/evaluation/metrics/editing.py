"""What an edit of attributes does: to the one that is edited, to all others, and to the image.

Every attribute that the model changes is switched, alone, in every image: added where it is absent, removed where not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor

from aegean.data.avatars import PARTS
from aegean.data.avatars import counterfactual as redraw
from aegean.data.types import Batch, spread
from aegean.evaluation import requirements
from aegean.evaluation.context import EvaluationContext
from aegean.evaluation.judge import Judge, judge_sees
from aegean.evaluation.metric import Metric
from aegean.evaluation.metrics import image_similarity
from aegean.evaluation.metrics.figure import Figure, average
from aegean.images import to_float
from aegean.models.capabilities import ClassifiesAttributes, Edits


def attribute_accuracy(context: EvaluationContext) -> Figure:
    """Part of the attributes seen rightly, with the standard error over images; beside it, of each attribute."""
    model = cast(ClassifiesAttributes, context.model)

    def right(_: int, batch: Batch) -> Tensor:
        seen = model.attribute_probabilities(batch.image) > 0.5
        return (seen == (cast(Tensor, batch.attributes) > 0.5)).float()

    table = torch.cat(context.each("seeing attributes", right))  #                                (N, A)
    return average(table.mean(1), {}, **dict(zip(context.spec.attributes, table.T)))


def edited_accuracy(context: EvaluationContext) -> Figure:
    """Part of the edits that the judge confirms; beside it, those of each attribute, added and removed."""
    had, verdicts = context.once(_verdicts)
    right = torch.stack([seen[:, place] != had[:, place] for place, seen in verdicts], dim=1).float()  # (N, E)
    return average(right.mean(1), _judged(context), **_both_ways(context, right))


def others_unchanged(context: EvaluationContext) -> Figure:
    """Part of the judge's verdicts on the other attributes that an edit leaves alone; beside it, by what was edited."""
    before, (_, verdicts) = context.once(_before), context.once(_verdicts)
    kept = []
    for place, seen in verdicts:
        others = torch.arange(seen.shape[1], device=seen.device) != place
        kept.append((seen == before)[:, others].float().mean(1))
    table = torch.stack(kept, dim=1)
    return average(table.mean(1), _judged(context), **_both_ways(context, table))


def edit_nothing_psnr(context: EvaluationContext) -> Figure:
    """PSNR, averaged over attributes and images."""
    return average(context.once(_nothing)[0].mean(1), _settings(context))


def edit_nothing_ssim(context: EvaluationContext) -> Figure:
    """SSIM, averaged over attributes and images."""
    return average(context.once(_nothing)[1].mean(1), _settings(context))


def there_and_back_psnr(context: EvaluationContext) -> Figure:
    """PSNR of the image that came back; beside it, of the one that went there, and of each attribute's."""
    psnr, _, there = context.once(_there_and_back)
    return average(psnr.mean(1), _settings(context), there=there.mean(1), **_both_ways(context, psnr))


def there_and_back_ssim(context: EvaluationContext) -> Figure:
    """SSIM of the image that came back."""
    return average(context.once(_there_and_back)[1].mean(1), _settings(context))


def counterfactual_psnr(context: EvaluationContext) -> Figure:
    """PSNR to the true counterfactual; beside it, of the unedited image, and of each attribute, added and removed."""
    edited, unedited = context.once(_counterfactuals)
    return average(edited.mean(1), _settings(context), unedited=unedited.mean(1), **_both_ways(context, edited))


def _settings(context: EvaluationContext) -> dict[str, Any]:
    """What edits, where it is not the model itself."""
    return {} if isinstance(context.model, Edits) else {"editor": str(context.editor)}


def _judged(context: EvaluationContext) -> dict[str, Any]:
    """Who judges, and how often it is right about real images with each attribute edited, and about those without."""
    seen, has = context.once(judge_sees)
    sees = {}
    for name in cast(Edits, context.editor).editable:
        place = context.spec.attributes.index(name)
        right, there = (seen == has)[:, place].float(), has[:, place]
        sees[name] = [round(float(right[kind].mean()), 4) if kind.any() else None for kind in (there, ~there)]
    return {**cast(Judge, context.judge).settings(context), "judge_sees": sees, **_settings(context)}


class Edit(NamedTuple):
    """Of a batch: index of the first, images, what they have, the attribute that is switched, and the switch."""

    start: int
    image: Tensor
    attributes: Tensor
    place: int
    change: Tensor


def each_edit(context: EvaluationContext, what: str, work: Callable[[Edit], tuple[Tensor, ...]]) -> tuple[Tensor, ...]:
    """What `work` makes of each batch with each attribute switched, (B, ...) tensors, of all: (N, E, ...) each."""
    names = cast(Edits, context.editor).editable

    def of(start: int, batch: Batch) -> tuple[Tensor, ...]:
        attributes, rows = cast(Tensor, batch.attributes), []
        for k, name in enumerate(names):
            place = context.spec.attributes.index(name)
            change = attributes.new_zeros(len(attributes), len(names))
            change[:, k] = 1 - 2 * attributes[:, place]  # 1 where it is absent, -1 where not
            rows.append(work(Edit(start, batch.image, attributes, place, change)))
        return tuple(torch.stack(part, dim=1) for part in zip(*rows))

    return tuple(torch.cat(part) for part in zip(*context.each(what, of)))


def _verdicts(context: EvaluationContext) -> tuple[Tensor, list[tuple[int, Tensor]]]:
    """What the images have (N, A), and for each edit: which attribute, and what the judge sees then (N, A)."""
    model, judge = cast(Edits, context.editor), cast(Judge, context.judge)
    (seen,) = each_edit(context, "judging edits", lambda edit: (judge.attributes(model.edit(edit.image, edit.change)),))
    had = (cast(Tensor, context.images.attributes) > 0).to(context.device)
    places = [context.spec.attributes.index(name) for name in model.editable]
    return had, list(zip(places, seen.unbind(1)))


def _before(context: EvaluationContext) -> Tensor:
    """What the judge sees before any edit. (N, A)"""
    judge = cast(Judge, context.judge)
    return torch.cat(context.each("judging images", lambda _, batch: judge.attributes(batch.image)))


def _nothing(context: EvaluationContext) -> tuple[Tensor, ...]:
    """PSNR and SSIM of images that were asked to have what they have. (N, E) each."""
    model = cast(Edits, context.editor)

    def same(edit: Edit) -> tuple[Tensor, ...]:
        made = model.edit(edit.image, -edit.change)
        return image_similarity.psnr(made, edit.image), image_similarity.ssim(made, edit.image)

    return each_edit(context, "editing nothing", same)


def _there_and_back(context: EvaluationContext) -> tuple[Tensor, ...]:
    """PSNR and SSIM of images that came back, and PSNR of those that went there. (N, E) each."""
    model = cast(Edits, context.editor)

    def similar(edit: Edit) -> tuple[Tensor, ...]:
        there = model.edit(edit.image, edit.change)
        back = model.edit(there, -edit.change)
        ssim = image_similarity.ssim(back, edit.image)
        return image_similarity.psnr(back, edit.image), ssim, image_similarity.psnr(there, edit.image)

    return each_edit(context, "there and back", similar)


def _counterfactuals(context: EvaluationContext) -> tuple[Tensor, ...]:
    """PSNR to the true counterfactual: of edited and of unedited images. (N, E) each."""
    model, spec = cast(Edits, context.editor), context.spec
    number, whole = PARTS[context.split][0], len(context.dataset.split(context.split))
    numbers = (number + spread(whole, len(context.images))).tolist()  # those of the faces

    def similar(edit: Edit) -> tuple[Tensor, ...]:
        name, on = spec.attributes[edit.place], (edit.attributes[:, edit.place] < 0.5).tolist()
        drawn = [redraw(numbers[edit.start + k], name, value, spec.size) for k, value in enumerate(on)]
        true = to_float(torch.stack([torch.from_numpy(pixels) for pixels in drawn])).to(edit.image.device)
        made = model.edit(edit.image, edit.change)
        return image_similarity.psnr(made, true), image_similarity.psnr(edit.image, true)

    return each_edit(context, "drawing the true faces", similar)


def _both_ways(context: EvaluationContext, table: Tensor) -> dict[str, Tensor]:
    """Columns (N, E) -> `Hat added`: of the images without it, `Hat removed`: of those with it."""
    had = cast(Tensor, context.images.attributes) > 0
    parts: dict[str, Tensor] = {}
    for column, name in zip(table.T.cpu(), cast(Edits, context.editor).editable):
        has = had[:, context.spec.attributes.index(name)].cpu()
        parts |= {f"{name} added": column[~has], f"{name} removed": column[has]}
    return parts


METRICS = {
    "attribute_accuracy": Metric(
        attribute_accuracy,
        (requirements.recognises, requirements.attributed),
        "part of the verdicts",
        "larger",
        "part of the attributes, over all images, that the model sees rightly; beside it, of each",
        default=True,
    ),
    "edited_accuracy": Metric(
        edited_accuracy,
        (requirements.edits, requirements.attributed, requirements.judged_by_attribute),
        "part of the edits",
        "larger",
        "part of the edits, each attribute switched in each image, after which the judge sees what was asked for",
        default=True,
    ),
    "others_unchanged": Metric(
        others_unchanged,
        (
            requirements.edits,
            requirements.attributed,
            requirements.several_attributes,
            requirements.judged_by_attribute,
        ),
        "part of the verdicts",
        "larger",
        "part of the judge's verdicts on all other attributes that are, after an edit, what they were before it",
        default=True,
    ),
    "edit_nothing_psnr": Metric(
        edit_nothing_psnr,
        (requirements.edits, requirements.attributed),
        "dB",
        "larger",
        "PSNR of an image that was asked to have what it has, attribute by attribute",
        default=True,
    ),
    "edit_nothing_ssim": Metric(
        edit_nothing_ssim,
        (requirements.edits, requirements.attributed),
        "1 for equal images",
        "larger",
        "structural similarity of an image that was asked to have what it has, attribute by attribute",
        default=True,
    ),
    "there_and_back_psnr": Metric(
        there_and_back_psnr,
        (requirements.edits, requirements.attributed),
        "dB",
        "larger",
        "PSNR of an image in which each attribute was switched, and switched back; beside it, of the one switched once",
        default=True,
    ),
    "there_and_back_ssim": Metric(
        there_and_back_ssim,
        (requirements.edits, requirements.attributed),
        "1 for equal images",
        "larger",
        "structural similarity of an image in which each attribute was switched, and switched back",
        default=True,
    ),
    "counterfactual_psnr": Metric(
        counterfactual_psnr,
        (requirements.edits, requirements.attributed, requirements.counterfactual),
        "dB",
        "larger",
        "PSNR of the edited face to the true one, drawn with the attribute switched; beside it, of the unedited face",
        default=True,
    ),
}
