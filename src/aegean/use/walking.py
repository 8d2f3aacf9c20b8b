"""Walks between images or random draws."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from aegean import latent
from aegean.errors import InputError
from aegean.families import check_use
from aegean.images import to_pil
from aegean.models.capabilities import Encodes, Samples
from aegean.runs import Run
from aegean.use.coding import codes_of
from aegean.use.origin import signed
from aegean.use.pictures import KINDS, Picture, fitted
from aegean.use.requests import Label, check_count, labels_for, open_run, require, require_codes
from aegean.use.sampling import labels_to_sample


class Walk(NamedTuple):
    """Images (N, C, H, W) on the way, and what they show, (1,), if the model is told."""

    images: Tensor
    label: Tensor | None


def interpolate(
    run: Run | str | Path,
    ends: Sequence[Picture | int] = (),
    seeds: Sequence[int] = (),
    count: int | None = None,
    label: Label | None = None,
    *,
    tour: bool = False,
    as_tensor: bool = False,
) -> Any:
    """Walk between two images, or two random draws; between four: a square of images whose corners they are.

    Args:
        run: A run, or its folder.
        ends: Two or four pictures, numbers of images of the test set, or codes (Z,). None: test images 0 and 1, or
            seeds 0 and 1.
        seeds: Two or four seeds of random draws instead.
        count: Images on the way, both ends included. None: 10; 8 on a side of a square, which is given row by row.
        label: What the pictures show, for models that take a label. None: what the first image shows.
        tour: Between four: go round, from each to the next and home again, in place of a square.
        as_tensor: Give (N, C, H, W) in [-1, 1] in place of a list of PIL pictures.

    Raises:
        InputError: for a run that has no codes of what is given, and ends that are not two or four.
    """
    opened = open_run(run)
    walk = walk_between(opened, ends, seeds, count, label, tour=tour)
    made = walk.images if as_tensor else [to_pil(image) for image in walk.images]
    return signed(made, opened, "aegean.interpolate", seed=" ".join(map(str, seeds)) or None)


def walk_between(
    run: Run,
    ends: Picture | int | Sequence[Picture | int] = (),
    seeds: int | Sequence[int] = (),
    count: int | None = None,
    label: Label | None = None,
    *,
    tour: bool = False,
) -> Walk:
    """Walk as `interpolate` does, and give the label too."""
    ends = [ends] if isinstance(ends, (int, *KINDS)) else ends
    seeds = [seeds] if isinstance(seeds, int) else seeds
    if len(seeds) and len(ends):
        raise InputError(f"--seeds {seeds[0]} ... are random draws, {ends[0]} ... images: give one or the other")
    if not seeds and not ends and isinstance(run.model, Samples) and not isinstance(run.model, Encodes):
        seeds = (0, 1)
    codes, known = (_codes_of_seeds(run, seeds), None) if seeds else _codes_of_ends(run, ends, label)
    count = count if count is not None else (10 if len(codes) == 2 else 8)
    if count < 2:
        raise InputError(f"--count {count}: at least the two ends")
    check_count(run, count if len(codes) == 2 else count**2)
    labels = labels_for(run, label, known, 1)
    if len(codes) == 2:
        return Walk(latent.walk(run.model, codes[0], codes[1], count, labels), labels)
    return Walk((latent.tour if tour else latent.carpet)(run.model, codes, count, labels), labels)


def around(
    run: Run,
    seed: int = 0,
    count: int = 64,
    picture: int = 0,
    distance: float = 0.25,
    label: Label | None = None,
    temperature: float = 1.0,
) -> list[Image.Image]:
    """One of the pictures of `sample` in the middle of eight that are near it: a square of nine, row by row.

    Args:
        run: A run that samples.
        seed: As of `sample`, and so `count`, `label` and `temperature`.
        count: How many pictures there were.
        picture: Which of them, from 0.
        distance: The part of the way to another draw that each of the eight is.
        label: What they show.
        temperature: What the noise was multiplied by.
    """
    model = require(run, Samples)
    check_use(seed=seed, count=count, temperature=temperature)
    labels = labels_to_sample(run, label, count)
    total = count if labels is None else len(labels)
    if not 0 <= picture < total:
        raise InputError(f"there is no picture {picture}: they are numbered 0 to {total - 1}")
    here = model.noise(total, seed)[picture : picture + 1]
    others = latent.slerp(here, model.noise(8, picture), torch.tensor([[distance]]))
    noise = temperature * torch.cat([others[:4], here, others[4:]])
    own = None if labels is None else labels[picture : picture + 1].expand(9)
    return [to_pil(image) for image in model.sample(noise, own)]


def _codes_of_seeds(run: Run, seeds: Sequence[int]) -> Tensor:
    """Two or four random draws. (N, Z)"""
    model = require(run, Samples)
    _two_or_four(seeds)
    return torch.cat([model.noise(1, check_use(seed=seed)["seed"]) for seed in seeds])


def _codes_of_ends(run: Run, ends: Sequence[Picture | int], label: Label | None) -> tuple[Tensor, Tensor | None]:
    """The codes (N, Z) of two or four pictures, or images of the test set, and the label (1,) of the first if known."""
    require_codes(run)
    ends = ends if len(ends) else (0, 1)
    _two_or_four(ends)
    found = [_code_of(run, end, label) for end in ends]
    return torch.cat([code for code, _ in found]), found[0][1]


def _code_of(run: Run, end: Picture | int, label: Label | None) -> tuple[Tensor, Tensor | None]:
    """The code (1, Z) of one end, and its label (1,) if known."""
    if isinstance(end, Tensor | np.ndarray) and end.ndim == 1:
        return codes_of(run, end), None
    if not isinstance(run.model, Encodes):
        raise InputError(
            f"{run.path}: {run.config.family} turns no pictures into codes; walk between random draws: --seeds 1 2, or "
            f"find the codes of photos first: aegean project {run.path} PHOTO PHOTO"
        )
    image, known = _test_image(run, end) if isinstance(end, int) else (fitted([end], run.spec), None)
    return run.model.encode(image, labels_for(run, label, known, 1)), known


def _test_image(run: Run, number: int) -> tuple[Tensor, Tensor | None]:
    """An image (1, C, H, W) of the test set, and its label (1,) if known."""
    try:
        test = run.data.test
    except InputError as error:
        if not isinstance(run.model, Samples):
            raise
        raise InputError(f"{error}; without them walk between random draws: --seeds 1 2") from error
    if not 0 <= number < len(test):
        raise InputError(f"there is no test image {number}: they are numbered 0 to {len(test) - 1}")
    batch = test.batch(torch.tensor([number]))
    return batch.image, batch.label


def _two_or_four(ends: Sequence[object]) -> None:
    if len(ends) not in {2, 4}:
        raise InputError(f"a walk has two ends; {len(ends)} given (four span a square)")
