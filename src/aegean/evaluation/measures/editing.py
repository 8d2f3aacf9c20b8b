"""What an edit of attributes does: to the one that is edited, to all others, and to the image.

Every attribute that the model changes is switched, alone, in every image: added where it is absent, removed where not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import torch
from torch import Tensor

from aegean.data.avatars import PARTS
from aegean.data.avatars import counterfactual as redraw
from aegean.data.types import spread
from aegean.evaluation import quality
from aegean.evaluation.measures.figure import Figure, average
from aegean.evaluation.progress import progress_line
from aegean.evaluation.subject import Judge, Subject, judge_sees
from aegean.images import to_float
from aegean.models.capabilities import ClassifiesAttributes, Edits


def attribute_accuracy(subject: Subject) -> Figure:
    """Part of the attributes seen rightly, with the standard error over images; beside it, of each attribute."""
    model, right = cast(ClassifiesAttributes, subject.model), []
    for _, batch in subject.batches("seeing attributes"):
        seen = model.attribute_probabilities(batch.image) > 0.5
        right.append((seen == (cast(Tensor, batch.attributes) > 0.5)).float())
    table = torch.cat(right)  #                                                                   (N, A)
    return average(table.mean(1), {}, **dict(zip(subject.spec.attributes, table.T)))


def edited_accuracy(subject: Subject) -> Figure:
    """Part of the edits that the judge confirms; beside it, those of each attribute, added and removed."""
    had, verdicts = subject.once(_verdicts)
    right = torch.stack([seen[:, place] != had[:, place] for place, seen in verdicts], dim=1).float()  # (N, E)
    return average(right.mean(1), _judged(subject), **_both_ways(subject, right))


def others_unchanged(subject: Subject) -> Figure:
    """Part of the judge's verdicts on the other attributes that an edit leaves alone; beside it, by what was edited."""
    before, (_, verdicts) = subject.once(_before), subject.once(_verdicts)
    kept = []
    for place, seen in verdicts:
        others = torch.arange(seen.shape[1], device=seen.device) != place
        kept.append((seen == before)[:, others].float().mean(1))
    table = torch.stack(kept, dim=1)
    return average(table.mean(1), _judged(subject), **_both_ways(subject, table))


def edit_nothing_psnr(subject: Subject) -> Figure:
    """PSNR, averaged over attributes and images."""
    return average(subject.once(_nothing)[0].mean(1), _settings(subject))


def edit_nothing_ssim(subject: Subject) -> Figure:
    """SSIM, averaged over attributes and images."""
    return average(subject.once(_nothing)[1].mean(1), _settings(subject))


def there_and_back_psnr(subject: Subject) -> Figure:
    """PSNR of the image that came back; beside it, of the one that went there, and of each attribute's."""
    psnr, _, there = subject.once(_there_and_back)
    return average(psnr.mean(1), _settings(subject), there=there.mean(1), **_both_ways(subject, psnr))


def there_and_back_ssim(subject: Subject) -> Figure:
    """SSIM of the image that came back."""
    return average(subject.once(_there_and_back)[1].mean(1), _settings(subject))


def counterfactual_psnr(subject: Subject) -> Figure:
    """PSNR to the true counterfactual; beside it, of the unedited image, and of each attribute, added and removed."""
    edited, unedited = subject.once(_counterfactuals)
    return average(edited.mean(1), _settings(subject), unedited=unedited.mean(1), **_both_ways(subject, edited))


def _settings(subject: Subject) -> dict[str, Any]:
    """What edits, where it is not the model itself."""
    return {} if isinstance(subject.model, Edits) else {"editor": str(subject.editor)}


def _judged(subject: Subject) -> dict[str, Any]:
    """Who judges, and how often it is right about real images with each attribute edited, and about those without."""
    seen, has = subject.once(judge_sees)
    sees = {}
    for name in cast(Edits, subject.editor).editable:
        place = subject.spec.attributes.index(name)
        right, there = (seen == has)[:, place].float(), has[:, place]
        sees[name] = [round(float(right[kind].mean()), 4) if kind.any() else None for kind in (there, ~there)]
    return {**cast(Judge, subject.judge).settings(subject), "judge_sees": sees, **_settings(subject)}


def _edits(subject: Subject, what: str) -> Iterator[tuple[int, Tensor, Tensor, int, Tensor]]:
    """For each batch and each attribute: index of the first, images, what they have, which attribute, the switch."""
    names = cast(Edits, subject.editor).editable
    for start, batch in subject.batches(what):
        attributes = cast(Tensor, batch.attributes)
        for k, name in enumerate(names):
            place = subject.spec.attributes.index(name)
            change = attributes.new_zeros(len(attributes), len(names))
            change[:, k] = 1 - 2 * attributes[:, place]  # 1 where it is absent, -1 where not
            yield start, batch.image, attributes, place, change


def _table(subject: Subject, rows: list[Tensor]) -> Tensor:
    """One row (B,) for each batch and attribute, in that order -> (N, E)."""
    count = len(cast(Edits, subject.editor).editable)
    return torch.cat([torch.stack(rows[k : k + count], dim=1) for k in range(0, len(rows), count)])


def _verdicts(subject: Subject) -> tuple[Tensor, list[tuple[int, Tensor]]]:
    """What the images have (N, A), and for each edit: which attribute, and what the judge sees then (N, A)."""
    model, judge = cast(Edits, subject.editor), cast(Judge, subject.judge)
    seen: dict[int, list[Tensor]] = {}
    for _, image, _, place, change in _edits(subject, "judging edits"):
        seen.setdefault(place, []).append(judge.attributes(model.edit(image, change)))
    had = (cast(Tensor, subject.images.attributes) > 0).to(subject.device)
    return had, [(place, torch.cat(parts)) for place, parts in seen.items()]


def _before(subject: Subject) -> Tensor:
    """What the judge sees before any edit. (N, A)"""
    judge = cast(Judge, subject.judge)
    return torch.cat([judge.attributes(batch.image) for _, batch in subject.batches("judging images")])


def _nothing(subject: Subject) -> tuple[Tensor, Tensor]:
    """PSNR and SSIM of images that were asked to have what they have. (N, E) each."""
    model, found = cast(Edits, subject.editor), []
    for _, image, _, _, change in _edits(subject, "editing nothing"):
        same = model.edit(image, -change)
        found.append((quality.psnr(same, image), quality.ssim(same, image)))
    psnr, ssim = (_table(subject, list(rows)) for rows in zip(*found))
    return psnr, ssim


def _there_and_back(subject: Subject) -> tuple[Tensor, Tensor, Tensor]:
    """PSNR and SSIM of images that came back, and PSNR of those that went there. (N, E) each."""
    model, found = cast(Edits, subject.editor), []
    for _, image, _, _, change in _edits(subject, "there and back"):
        there = model.edit(image, change)
        back = model.edit(there, -change)
        found.append((quality.psnr(back, image), quality.ssim(back, image), quality.psnr(there, image)))
    psnr, ssim, there = (_table(subject, list(rows)) for rows in zip(*found))
    return psnr, ssim, there


def _counterfactuals(subject: Subject) -> tuple[Tensor, Tensor]:
    """PSNR to the true counterfactual: of edited and of unedited images. (N, E) each."""
    model, spec, found = cast(Edits, subject.editor), subject.spec, []
    number, whole = PARTS[subject.split][0], len(subject.dataset.split(subject.split))
    numbers = (number + spread(whole, len(subject.images))).tolist()  # those of the faces
    total = len(subject.images) * len(model.editable)
    with progress_line("drawing the true faces", total, subject.progress) as advance:
        for start, image, attributes, place, change in _edits(subject, ""):
            name, on = spec.attributes[place], (attributes[:, place] < 0.5).tolist()
            drawn = [redraw(numbers[start + k], name, value, spec.size) for k, value in enumerate(on)]
            true = to_float(torch.stack([torch.from_numpy(pixels) for pixels in drawn])).to(image.device)
            found.append((quality.psnr(model.edit(image, change), true), quality.psnr(image, true)))
            advance(len(image))
    edited, unedited = (_table(subject, list(rows)) for rows in zip(*found))
    return edited, unedited


def _both_ways(subject: Subject, table: Tensor) -> dict[str, Tensor]:
    """Columns (N, E) -> `Hat added`: of the images without it, `Hat removed`: of those with it."""
    had = cast(Tensor, subject.images.attributes) > 0
    parts: dict[str, Tensor] = {}
    for column, name in zip(table.T.cpu(), cast(Edits, subject.editor).editable):
        has = had[:, subject.spec.attributes.index(name)].cpu()
        parts |= {f"{name} added": column[~has], f"{name} removed": column[has]}
    return parts
