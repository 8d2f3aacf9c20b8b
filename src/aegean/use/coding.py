"""Pictures -> codes -> pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aegean.data import SPLITS, open_alike
from aegean.data.classes import matched
from aegean.errors import InputError, did_you_mean
from aegean.images import to_pil
from aegean.models.capabilities import Conditional, Encodes
from aegean.runs import Run, is_run, load
from aegean.use.batches import in_batches
from aegean.use.origin import signed
from aegean.use.pictures import Picture, answer, fitted, several
from aegean.use.requests import Label, labels_for, open_run, require, require_codes


class Codes(NamedTuple):
    """Codes (N, Z), the labels (N,) of what they are of, if known, and the names of these."""

    codes: Tensor
    labels: Tensor | None
    classes: tuple[str, ...]


def reconstruct(
    run: Run | str | Path,
    pictures: Picture | Sequence[Picture],
    label: Label | None = None,
    *,
    as_tensor: bool = False,
) -> Any:
    """Pass pictures through the bottleneck and back, at the size of the training: one for one, a list for a list.

    Args:
        run: A run that encodes, or its folder.
        pictures: One picture, a list, a folder, or a batch: see `aegean.use.pictures.read`.
        label: What they show, for models that take a label: a class's name or number, or one for each.
        as_tensor: Give (C, H, W), or (B, C, H, W) for a batch, in [-1, 1] in place of PIL.

    Raises:
        InputError: for a run without codes, and pictures that cannot be read.
    """
    opened = open_run(run)
    model = require(opened, Encodes)
    originals = fitted(several(pictures), opened.spec)
    labels = labels_for(opened, label, None, len(originals))
    rebuilt = in_batches(lambda x, y: model.decode(model.encode(x, y), y), "reconstruct", originals, labels)
    return signed(answer(pictures, rebuilt.split(1), as_tensor), opened, "aegean.reconstruct")


def encode(run: Run | str | Path, pictures: Picture | Sequence[Picture], label: Label | None = None) -> Tensor:
    """Pictures -> codes (N, Z); arguments as of `reconstruct`."""
    opened = open_run(run)
    model = require(opened, Encodes)
    originals = fitted(several(pictures), opened.spec)
    return in_batches(model.encode, "encode", originals, labels_for(opened, label, None, len(originals)))


def encode_split(run: Run | str | Path, data: str, split: str = "test", label: Label | None = None) -> Codes:
    """Codes of one split of a data set, or of a run's own data.

    Labels of a model that takes them are numbered as the run does, by name; InputError where names are others.
    """
    opened = open_run(run)
    model = require(opened, Encodes)
    if split not in SPLITS:
        raise InputError(f"there is no split {split!r}.{did_you_mean(split, list(SPLITS))}")
    if is_run(data):
        dataset = load(data).own_data
        dataset = matched(dataset, opened.spec.classes) if isinstance(model, Conditional) else dataset
        chosen = dataset.split(split)
        if chosen.images.shape[1:] != (*opened.spec.size, opened.spec.channels):
            raise InputError(f"{data}: its images are not of the size and channels of {opened.path}")
    else:
        dataset = open_alike(data, opened.config.data, opened.spec)
        dataset = matched(dataset, opened.spec.classes) if isinstance(model, Conditional) else dataset
        chosen = dataset.split(split)
    labels = labels_for(opened, label, chosen.labels, len(chosen))

    def codes(index: Tensor) -> Tensor:
        code: Tensor = model.encode(chosen.batch(index).image, None if labels is None else labels[index])
        return code

    made = in_batches(codes, "encode", torch.arange(len(chosen)))
    return Codes(made, chosen.labels, () if chosen.labels is None else dataset.spec.classes)


def decode(
    run: Run | str | Path,
    codes: Tensor | NDArray[Any],
    label: Label | None = None,
    *,
    as_tensor: bool = False,
) -> Any:
    """Codes (N, Z) -> a list of PIL pictures, or (N, C, H, W) in [-1, 1]; one code (Z,) -> one picture.

    Raises:
        InputError: for codes of another shape than the model's, and labels that are not of them.
    """
    opened = open_run(run)
    model = require_codes(opened)
    numbers = codes_of(opened, codes)
    make = model.decode if isinstance(model, Encodes) else model.sample
    made = in_batches(make, "decode", numbers, labels_for(opened, label, None, len(numbers)))
    results = signed(made if as_tensor else [to_pil(image) for image in made], opened, "aegean.decode")
    return results[0] if codes.ndim == 1 else results


def codes_of(run: Run, codes: Tensor | NDArray[Any]) -> Tensor:
    """Codes (N, Z) or (Z,) -> (N, Z) float32; InputError where the model's are of another length."""
    numbers = (torch.from_numpy(codes) if isinstance(codes, np.ndarray) else codes).float()
    numbers = numbers[None] if numbers.dim() == 1 else numbers
    model, blank = require_codes(run), torch.zeros(1, *run.spec.shape)
    if isinstance(model, Encodes):
        wanted = model.encode(blank, torch.zeros(1, dtype=torch.int64)).shape[1]
    else:
        wanted = model.noise(1, 0).shape[1]
    if numbers.dim() != 2 or numbers.shape[1] != wanted or not len(numbers):
        raise InputError(f"codes of shape {tuple(numbers.shape)}; this model's are (N, {wanted})")
    if not numbers.isfinite().all():
        raise InputError("codes with values that are no finite numbers")
    return numbers
