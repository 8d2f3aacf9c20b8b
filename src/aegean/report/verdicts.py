"""What a classifier gets right and wrong on the test images."""

from __future__ import annotations

from functools import lru_cache
from html import escape

import torch
from torch import Tensor

from aegean.models.capabilities import Classifies
from aegean.report.figure import Figure
from aegean.report.pictures import sheet, tiles
from aegean.runs import Run


@lru_cache(maxsize=1)
def verdicts(run: Run, count: int = 10_000) -> tuple[Tensor, Tensor, Tensor] | None:
    """Truth (N,), verdict (N,) and its probability (N,) for the first `count` test images; None without labels."""
    model = run.model
    if not isinstance(model, Classifies) or (test := run.own_data.test).labels is None:
        return None
    parts = []
    for part in torch.arange(min(count, len(test))).split(250):
        parts.append(model.log_probabilities(test.batch(part).image).max(dim=1))
    truth = test.labels[: min(count, len(test))]
    return truth, torch.cat([p.indices for p in parts]), torch.cat([p.values for p in parts]).exp()


def confusion(run: Run) -> Figure | None:
    """How often each class is taken for each."""
    if not isinstance(run.model, Classifies) or (found := verdicts(run)) is None:
        return None
    truth, verdict, _ = found
    classes = run.spec.classes
    count = len(classes)
    table = torch.bincount(truth * count + verdict, minlength=count * count).reshape(count, count)
    right = float((truth == verdict).double().mean())
    caption = (
        f"Rows: what the image is. Columns: what the classifier says. {right:.2%} of {len(truth):,} test images are on"
        " the diagonal. Stronger colour: a larger part of the row; mistakes are coloured four times as strongly."
    )
    if count > 25:
        caption = f"{right:.2%} of {len(truth):,} test images are classified as they are labelled."
        return Figure("Most frequent confusions", caption, _pairs(table, classes))
    head = "".join(f"<th scope=col>{escape(name)}</th>" for name in classes)
    lines = [f"<tr><th scope=row>{escape(classes[k])}</th>{_cells(row, k)}</tr>" for k, row in enumerate(table)]
    return Figure(
        "Confusion matrix", caption, f'<table class="confusion"><tr><th></th>{head}</tr>{"".join(lines)}</table>'
    )


def mistakes(run: Run) -> Figure | None:
    """The wrong verdicts that the classifier is surest of."""
    if not isinstance(run.model, Classifies) or (found := verdicts(run)) is None:
        return None
    truth, verdict, sure = found
    wrong = torch.where(truth != verdict)[0]
    if not len(wrong):
        return None
    worst = wrong[sure[wrong].argsort(descending=True)][:20]
    classes, images = run.spec.classes, run.own_data.test.batch(worst).image
    named = []
    for image, k in zip(images, worst.tolist()):
        words = f"{classes[int(truth[k])]} → {classes[int(verdict[k])]}, {float(sure[k]):.0%}"
        named.append((words, sheet(image[None], 1, words)))
    caption = (
        f"Of {len(wrong):,} mistakes on {len(truth):,} test images, those the classifier is surest of: what the image"
        " is labelled, what the classifier says, and the probability it gives. Some labels are wrong, some images are"
        " hard for anyone."
    )
    return Figure("Most confident mistakes", caption, tiles(named))


def _cells(row: Tensor, diagonal: int) -> str:
    total = max(int(row.sum()), 1)
    cells = []
    for k, value in enumerate(row.tolist()):
        kind = "right" if k == diagonal else "wrong"
        cells.append(f'<td class="{kind}" style="--p:{100 * value / total:.0f}%">{value or ""}</td>')
    return "".join(cells)


def _pairs(table: Tensor, classes: tuple[str, ...]) -> str:
    wrong = table.clone().fill_diagonal_(0).flatten()
    lines = []
    for k in wrong.argsort(descending=True)[:20].tolist():
        if wrong[k]:
            truth, verdict = classes[k // len(classes)], classes[k % len(classes)]
            lines.append(f"<tr><td>{escape(truth)}</td><td>{escape(verdict)}</td><td>{int(wrong[k])}</td></tr>")
    return f"<table><tr><th>is</th><th>taken for</th><th>images</th></tr>{''.join(lines)}</table>"
