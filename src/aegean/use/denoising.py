"""Photos without their noise."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor

from aegean.errors import InputError
from aegean.families import check_seed
from aegean.media.tiles import in_tiles, margin_of
from aegean.models.capabilities import Restores
from aegean.runs import Run
from aegean.use.batches import in_batches
from aegean.use.pictures import Picture, answer, fitted, read, several
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
    noisy: bool = False,
    seed: int = 0,
    tile: int = 512,
    as_tensor: bool = False,
) -> Any:
    """Remove noise from pictures: of any size, if the model works at full resolution, else at the training's.

    Args:
        run: A run that removes noise, or its folder.
        pictures: One picture, a list, a folder, or a batch: see `aegean.use.pictures.read`.
        noisy: They are clean: add the noise that the run was trained on first.
        seed: Decides the noise that is added.
        tile: Pixels a side of the squares in which large pictures are done; a multiple of 8.
        as_tensor: Give (C, H, W), or (B, C, H, W) for a batch, in [-1, 1] in place of PIL.

    Raises:
        InputError: for a run that removes no noise, and pictures that cannot be read.
    """
    opened = open_run(run)
    made = [restore(opened, one, seed if noisy else None, tile).restored for one in several(pictures)]
    return answer(pictures, made, as_tensor)


def restore(run: Run, picture: Picture, seed: int | None = None, tile: int = 512) -> Restored:
    """One picture without its noise; with a seed, the noise of the training is added first."""
    model = denoiser(run)
    if tile < 8 or tile % 8:
        raise InputError(f"tile {tile}: a multiple of 8 pixels")
    photo = fitted([picture], run.spec) if model.reach is None else read(picture, run.spec.channels)
    damaged = photo if seed is None else model.corrupt(photo, check_seed(seed))
    if model.reach is None:
        return Restored(damaged, photo, model.restore(damaged))
    return Restored(damaged, photo, in_tiles(model.restore, damaged, side=tile, margin=margin_of(model.reach)))


def denoiser(run: Run) -> Any:
    """The run's model; InputError if it undoes no damage, or fills in holes."""
    model = require(run, Restores)
    if model.fills_holes:
        raise InputError(f"{run.path}: {run.config.family} removes no noise: it fills in holes; aegean inpaint")
    return model


def restore_tests(run: Run, clean: Tensor, seed: int) -> Restored:
    """Images (N, C, S, S), damaged as in training, whether by noise or by holes, and restored."""
    model = require(run, Restores)
    damaged, mask = model.corrupt(clean, check_seed(seed)), model.missing(clean, seed)
    return Restored(damaged, clean, in_batches(model.restore, "denoise", damaged, mask))
