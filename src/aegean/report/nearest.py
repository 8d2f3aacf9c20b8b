"""Is it memory? Samples above the training images that are nearest to them."""

from __future__ import annotations

import torch
from torch import Tensor

from aegean.images import to_unit
from aegean.models._model import Conditional, Samples
from aegean.report.figure import Figure, unseen
from aegean.report.pictures import per_row, rows
from aegean.runs import Run

CHUNK = 2048 * 784  # numbers of training images looked at in one go


def nearest(run: Run) -> Figure | None:
    """Samples, the training image nearest to each, and how far that is; beside it, how far test images are."""
    model, train = run.model, run.data.train if isinstance(run.model, Samples) else None
    if not isinstance(model, Samples) or train is None:
        return None
    count = per_row(run.spec.size)
    label = torch.arange(count) % len(run.spec.classes) if isinstance(model, Conditional) else None
    made, real = model.sample(model.noise(count, seed=0), label), unseen(run, 100).image
    index, distance = nearest_in(train.images, torch.cat([made, real]))
    copies, usual = float(distance[:count].median()), float(distance[count:].median())
    caption = (
        f"Samples, and the one of {len(train):,} training images that is nearest to each by its pixels. The median root"
        f" mean square difference is {copies:.3g} (black to white is 1); that of test images, which the model has never"
        f" seen, to their nearest is {usual:.3g}. A model that had learned its images by heart would come far closer."
    )
    named = [("made", made), ("nearest real", train.batch(index[:count]).image)]
    return Figure("The nearest training images", caption, rows(named))


def nearest_in(pixels: Tensor, image: Tensor) -> tuple[Tensor, Tensor]:
    """The index of the nearest of `pixels` (N, H, W, C) uint8 to each image (B, C, H, W), and its root mean square
    difference, black to white being 1. (B,), (B,)"""
    query = to_unit(image).permute(0, 2, 3, 1).flatten(1)  #                                    (B, D)
    best, index = query.new_full((len(query),), torch.inf), torch.zeros(len(query), dtype=torch.int64)
    step = max(1, CHUNK // query.shape[1])
    for start in range(0, len(pixels), step):
        real = pixels[start : start + step].flatten(1).float() / 255  #                         (S, D)
        distance, place = torch.cdist(query, real).min(1)
        index = torch.where(distance < best, start + place, index)
        best = torch.minimum(distance, best)
    return index, best / query.shape[1] ** 0.5
