"""The codes of pictures in a model's space, found by descent: for models that have no encoder, or for nearer codes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from aegean import latent
from aegean.errors import InputError
from aegean.families import check_use
from aegean.latent.projection import PerceptualDistance, Search, pixel_distance
from aegean.models.capabilities import Density, Encodes, Samples
from aegean.pretrained.pyramid import Pyramid
from aegean.runs import Run
from aegean.use.batches import progress_line
from aegean.use.pictures import Picture, fitted, several
from aegean.use.remarks import say
from aegean.use.requests import Label, labels_for, open_run, require_codes

STEPS, STARTS, PERCEPTUAL = 400, 8, 0.3
TRIED = 32  # draws for each start, of which the nearest are taken


def project(
    run: Run | str | Path,
    pictures: Picture | Sequence[Picture],
    label: Label | None = None,
    *,
    steps: int = STEPS,
    starts: int = STARTS,
    seed: int = 0,
    perceptual: float = PERCEPTUAL,
) -> Tensor:
    """Pictures -> the codes (N, Z) whose images are nearest to them: `decode` and `interpolate` take them.

    Args:
        run: A run that makes images from noise, or one that encodes, which then begins with the code of its encoder.
        pictures: One picture, a list, a folder, or a batch: see `aegean.use.pictures.read`.
        label: What they show, for models that take a label: a class's name or number, or one for each.
        steps: Of descent.
        starts: Draws of noise to begin with, of which the best is followed to the end.
        seed: Decides them: the same seed, the same codes.
        perceptual: Weight of what a published network sees beside that of the pixels; 0: pixels alone, as where the
            extra `pretrained` is not installed.

    Raises:
        InputError: for a run without codes, and pictures that cannot be read.
    """
    check_use(steps=steps, starts=starts, seed=seed, perceptual=perceptual)
    opened = open_run(run)
    model = require_codes(opened)
    images = fitted(several(pictures), opened.spec).to(opened.device)  # where all of the descent then goes on
    labels = labels_for(opened, label, None, len(images))
    weight = perceptual if _can_see(perceptual) else 0.0
    found, total = [], steps * len(images)
    with progress_line("project", total, unit="steps") as line:
        for place, image in enumerate(images.split(1)):
            own = None if labels is None else labels[place : place + 1]
            if isinstance(model, Encodes) and isinstance(model, Density) and not model.variational:
                found.append(model.encode(image, own))  # every image has one code, and its encoder finds it
                continue
            begun = _starts(opened, image, own, starts, seed)
            search, generator = _search(opened, image, own, weight), torch.Generator().manual_seed(seed)

            def told(step: int, before: int = place * steps) -> None:
                line(before + step, total)

            found.append(search.find(begun, steps, generator, told))
    return torch.cat(found).cpu()


def _can_see(perceptual: float) -> bool:
    """Whether a published network is at hand, where it is asked for; says so where it is not."""
    if not perceptual:
        return False
    try:
        Pyramid().check()
    except InputError:
        say("pixels alone are compared: what a network sees needs the extra `pretrained`")
        return False
    return True


def _search(run: Run, image: Tensor, label: Tensor | None, weight: float) -> Search:
    """What is looked for of one image (1, C, S, S)."""
    pixels, model = pixel_distance(image), run.model
    seen = PerceptualDistance(image, Pyramid()) if weight else None

    def full(made: Tensor) -> Tensor:
        return pixels(made) if seen is None else pixels(made) + weight * seen(made)

    def draw(codes: Tensor) -> Tensor:
        return latent.draw(model, codes, None if label is None else label.expand(len(codes)))

    return Search(draw, pixels, full, gaussian=isinstance(model, Samples))


@torch.no_grad()
def _starts(run: Run, image: Tensor, label: Tensor | None, count: int, seed: int) -> Tensor:
    """The code that the encoder gives, if there is one, and the nearest of many draws, if codes are drawn. (K, Z)"""
    model = run.model
    begun = [model.encode(image, label)] if isinstance(model, Encodes) else []
    if isinstance(model, Samples):
        draws = model.noise(TRIED * count, seed).to(image.device)
        made = latent.draw(model, draws, None if label is None else label.expand(len(draws)))
        begun.append(draws[pixel_distance(image)(made).argsort()[:count]])
    return torch.cat(begun)
