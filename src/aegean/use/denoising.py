"""Photos without their noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor

from aegean.data.types import Batch
from aegean.errors import InputError
from aegean.evaluation.metrics.image_similarity import add_noise
from aegean.families import check_settings, check_use
from aegean.media.tiles import in_tiles, margin_of
from aegean.models.capabilities import Restores
from aegean.runs import Run
from aegean.use.batches import in_batches
from aegean.use.origin import signed
from aegean.use.pictures import Picture, answer, fitted, has_colour, read, several
from aegean.use.requests import open_run, require


class Restored(NamedTuple):
    """Images (B, C, H, W) before, as they should be, and as they are restored."""

    damaged: Tensor
    clean: Tensor
    restored: Tensor


def denoise(
    run: Run | str | Path,
    pictures: Picture | Sequence[Picture],
    *,
    sigma: float | None = None,
    noisy: bool = False,
    seed: int = 0,
    tile: int = 512,
    as_tensor: bool = False,
    **settings: Any,
) -> Any:
    """Remove noise from pictures: of any size, if the model works at full resolution, else at the training's.

    A model of grey images takes the colours of a picture one by one: the result is in colour.

    Args:
        run: A run that removes noise, or its folder.
        pictures: One picture, a list, a folder, or a batch: see `aegean.use.pictures.read`.
        sigma: How strong the noise is, for models that are told: a standard deviation, of 255.
        noisy: They are clean: add that noise first; for models that are not told, the one they were trained on.
        seed: Decides the noise that is added.
        tile: Pixels a side of the squares in which large pictures are done; a multiple of 8.
        as_tensor: Give (C, H, W), or (B, C, H, W) for a batch, in [-1, 1] in place of PIL.
        **settings: Of use, that the family's `restore` takes by name.

    Raises:
        InputError: for a run that removes no noise, and pictures that cannot be read.
    """
    opened = open_run(run)
    told = settings if sigma is None else {**settings, "sigma": sigma}
    made = [restore(opened, one, seed if noisy else None, tile, **told).restored for one in several(pictures)]
    return signed(answer(pictures, made, as_tensor), opened, "aegean.denoise", seed=seed if noisy else None)


def restore(run: Run, picture: Picture, seed: int | None = None, tile: int = 512, **settings: Any) -> Restored:
    """One picture without its noise; with a seed, noise is added first: of `sigma`, or as in training."""
    model = denoiser(run, **settings)
    clear = partial(model.restore, **settings)
    if tile < 8 or tile % 8:
        raise InputError(f"tile {tile}: a multiple of 8 pixels")
    if seed is not None and run.spec.paired:
        raise InputError(f"{run.path}: learned from pairs, and knows of no noise that could be added (--noisy)")
    channels = 3 if run.spec.channels == 1 and not run.spec.paired and has_colour(picture) else run.spec.channels
    spec = replace(run.spec, channels=channels)
    photo = fitted([picture], spec) if model.reach is None else read(picture, channels)
    each = photo.reshape(-1, run.spec.channels, *photo.shape[2:])  # a grey model takes the colours one by one
    damaged = each if seed is None else noised(model, each, seed, settings)
    if model.reach is None:
        restored = clear(damaged)
    else:
        restored = in_tiles(clear, damaged, side=tile, margin=margin_of(model.reach))
    return Restored(damaged.reshape(photo.shape), photo, restored.reshape(len(photo), -1, *restored.shape[2:]))


def denoiser(run: Run, **settings: Any) -> Any:
    """The run's model; InputError if it undoes no damage, or fills in holes and is told of no noise."""
    model = require(run, Restores)
    if model.told_noise:
        if "sigma" not in settings:
            raise InputError(f"{run.path}: {run.config.family} must know how strong the noise is: give sigma, of 255")
    elif model.fills_holes:
        raise InputError(f"{run.path}: {run.config.family} removes no noise: it fills in holes; aegean inpaint")
    check_settings(run.config.family, model.restore, settings)
    return model


def restore_tests(run: Run, batch: Batch, seed: int, **settings: Any) -> Restored:
    """Images of the data, damaged by noise of `sigma`, or as in training (by noise, by holes, in pairs); restored."""
    model = denoiser(run, **settings) if settings else require(run, Restores)
    if "sigma" in settings:
        damaged, mask, clean = noised(model, batch.image, seed, settings), None, batch.image
    else:
        check_use(seed=seed)
        damaged, mask, clean = model.damage(batch, seed)
    return Restored(damaged, clean, in_batches(partial(model.restore, **settings), "denoise", damaged, mask))


def noised(model: Any, clean: Tensor, seed: int, settings: dict[str, Any]) -> Tensor:
    """With the noise that the model is told of, or else the damage of its training."""
    check_use(seed=seed)
    damaged: Tensor = add_noise(clean, settings["sigma"], seed) if "sigma" in settings else model.corrupt(clean, seed)
    return damaged
