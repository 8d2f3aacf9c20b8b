"""What an editor of attributes does: input, edited, back again, and the residual image, as in the paper."""

from __future__ import annotations

from html import escape

import torch
from torch import Tensor

from aegean.data.types import spread
from aegean.latent.directions import editor_of
from aegean.models.capabilities import ClassifiesAttributes, Edits
from aegean.report.figure import Figure
from aegean.report.pictures import BESIDE, PAGE, affordable, per_row, rows, sheet, tiles
from aegean.runs import Run

MOST = 6  # attributes that have rows of their own
MANY, ACROSS = 48, 12  # images each way, of which so many stand in a row
AMPLIFIED = 3.0


def edits(run: Run) -> Figure | None:
    """Every attribute added to faces without it, and removed from faces with it."""
    model = run.model
    if not isinstance(model, Edits) or run.data.test.attributes is None:
        return None
    parts, across = [], per_row(run.spec.size, 8, BESIDE)
    for k, name in enumerate(model.editable[:MOST]):
        for sign, word in ((1.0, "added"), (-1.0, "removed")):
            image = _faces(run, name, has=sign < 0, count=across)
            if not len(image):
                continue
            change = _alone(model, k, torch.full((len(image),), sign))
            edited = model.edit(image, change)
            back = model.edit(edited, -change)
            residual = (AMPLIFIED * (edited - image)).clamp(-1, 1)
            title = f"<h4>{escape(name)} {word}</h4>"
            named = [("input", image), ("edited", edited), ("back again", back), ("residual", residual)]
            parts.append(title + rows(named))
    caption = (
        "The first test images that have not, or have, the attribute; none was chosen. Below them the edit, the edit"
        f" undone by the model, and the residual image, which is all that the edit adds, {AMPLIFIED:g} times as strong:"
        " grey is no change. A good edit is grey wherever the attribute is not."
    )
    if len(model.editable) > MOST:
        caption += f" Shown are {MOST} of {len(model.editable)} attributes."
    return Figure("Attributes added and removed", caption, "".join(parts))


def many(run: Run) -> Figure | None:
    """48 test images each way, above what they become: as many as show whether an edit is seen or was lucky."""
    model = run.model
    if not isinstance(model, Edits) or run.data.test.attributes is None:
        return None
    parts = []
    for k, name in enumerate(model.editable[:MOST]):
        for sign, word in ((1.0, "added"), (-1.0, "removed")):
            image = _faces(run, name, has=sign < 0, count=affordable(MANY, run.spec.size))
            if not len(image):
                continue
            change = _alone(model, k, torch.full((len(image),), sign))
            pairs = zip(image.split(ACROSS), model.edit(image, change).split(ACROSS))
            both = torch.cat([_filled(row) for pair in pairs for row in pair])
            title = f"<h4>{escape(name)} {word}: {len(image)} images</h4>"
            parts.append(title + sheet(both, ACROSS, f"{name} {word}", 64, PAGE, lossy=True))
    caption = (
        "The first test images that have not, or have, the attribute: none was chosen. Below each row the same images,"
        " edited. Count those of which a stranger would say that it is there, or gone."
    )
    return Figure("Whoever comes", caption, "".join(parts)) if parts else None


def _filled(row: Tensor) -> Tensor:
    """A row of `ACROSS` images, white where there are fewer. (N, C, H, W)"""
    return torch.cat([row, torch.ones(ACROSS - len(row), *row.shape[1:])])


def strengths(run: Run) -> Figure | None:
    """Strips from removed to added, a row for each attribute, all of one face; by the model, or directions in codes."""
    model, across = editor_of(run), per_row(run.spec.size, 9, PAGE)
    if model is None:
        return None
    names = model.editable[:MOST]
    image = run.data.test.first(1).image
    strips = []
    for k, name in enumerate(names):
        changes = _alone(model, k, torch.linspace(-1, 1, across))
        strips.append((name, model.edit(image.expand(across, -1, -1, -1), changes)))
    caption = (
        "The first test image. In each row one attribute goes from removed, on the left, to added, on the right, in"
        " equal steps; the image itself is in the middle."
    )
    if not isinstance(run.model, Edits):
        caption += (
            " The model was never told of attributes: each row goes along the difference of the mean codes of images"
            " with and without the attribute, less what it shares with those of other attributes."
        )
    if len(model.editable) > MOST:
        caption += f" Shown are {MOST} of {len(model.editable)} attributes."
    return Figure("From removed to added", caption, rows(strips))


def recognised(run: Run) -> Figure | None:
    """The images on which the judge is surest that an attribute is there which is not, or not there which is."""
    model = run.model
    if not isinstance(model, ClassifiesAttributes) or (test := run.own_data.test).attributes is None:
        return None
    batch = test.batch(spread(len(test), 2000))
    assert batch.attributes is not None
    parts = [model.attribute_probabilities(images) for images in batch.image.split(250)]
    seen, truth = torch.cat(parts), batch.attributes  #                                           (N, A)
    right = ((seen > 0.5) == (truth > 0.5)).float().mean(0).tolist()
    missed = (seen - truth).abs()
    named = []
    for k, name in enumerate(run.spec.attributes):
        worst = missed[:, k].argsort(descending=True)[:3]
        named.append((f"{name}: {right[k]:.1%} right", sheet(batch.image[worst], 3, name, 64, 220)))
    caption = (
        f"For each attribute, how often it is seen rightly in {len(truth):,} test images, and the three images on which"
        " the verdict is furthest from the truth."
    )
    return Figure("What is seen", caption, tiles(named))


def _alone(model: Edits, place: int, amount: Tensor) -> Tensor:
    """Changes of one attribute by so much in each image. (N,) -> (N, E)"""
    changes = torch.zeros(len(amount), len(model.editable))
    changes[:, place] = amount
    return changes


def _faces(run: Run, name: str, has: bool, count: int) -> Tensor:
    """The first test images that have the attribute, or have not. (N, C, H, W)"""
    test = run.data.test
    assert test.attributes is not None
    column = test.attributes[:, run.spec.attributes.index(name)] > 0
    return test.batch((column == has).nonzero()[:count, 0]).image
