"""Is it memory? Samples above the training images that are nearest to them."""

from __future__ import annotations

import torch
from torch import Tensor

from aegean.images import to_unit
from aegean.models.capabilities import Conditional, Samples
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
    training = run.config.training
    images = views(torch.cat([made, real]), training.flip, training.turn)
    found = [nearest_in(train.images, view) for view in images]
    distance, view = torch.stack([each for _, each in found]).min(0)
    index = torch.stack([each for each, _ in found]).gather(0, view[None])[0]
    copies, usual = float(distance[:count].median()), float(distance[count:].median())
    mirrored = ", or by those of its mirror image" if len(images) > 1 else ""
    caption = (
        f"Samples, and the one of {len(train):,} training images that is nearest to each by its pixels{mirrored}."
        f" The median root mean square difference is {copies:.3g} (black to white is 1); that of test images, which the"
        f" model has never seen, to their nearest is {usual:.3g}. A model that had learned its images by heart would"
        f" come far closer."
    )
    named = [("made", made), ("nearest real", train.batch(index[:count]).image)]
    return Figure("The nearest training images", caption, rows(named))


def views(image: Tensor, flip: bool, turn: bool) -> list[Tensor]:
    """The images (B, C, H, W) as they are and in all ways that training mirrored and turned its own: 1, 2 or 8."""
    ways = [image]
    ways += [way.flip(3) for way in ways] if flip or turn else []
    ways += [way.flip(2) for way in ways] if turn else []
    return ways + ([way.transpose(2, 3) for way in ways] if turn else [])


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
