"""What the picture commands are given beside photos: images of the test set, files of codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy
import torch
from torch import Tensor

from aegean import use
from aegean.cli import OF_TESTS, unused
from aegean.data.types import Batch
from aegean.errors import InputError
from aegean.models.capabilities import Conditional
from aegean.resources import DAMAGED, named, pass_on
from aegean.runs import Run
from aegean.use.coding import codes_of
from aegean.use.pictures import fitted_files


def given(run: Run, photos: tuple[Path, ...], count: int) -> tuple[list[Path], Tensor, Tensor | None]:
    """The photos given, or the first images of the test set: paths, images (N, C, H, W), labels (N,) if known."""
    if photos:
        unused(OF_TESTS, "--count", "-n")
        return *fitted_files(use.found_in(photos), run.spec), None
    batch = tests(run, count)
    return [], batch.image, batch.label


def tests(run: Run, count: int) -> Batch:
    """The first images of the test set, with what is known of them."""
    if count < 1:
        raise InputError(f"-n {count}: at least one image")
    return run.data.test.first(count)


def read_codes(run: Run, path: Path) -> tuple[dict[str, Any], Tensor]:
    """All arrays of an .npz file, and its codes (N, Z); InputError where they are not of the run."""
    arrays = _read_arrays(path)
    if "codes" not in arrays:
        raise InputError(f"{path}: holds {', '.join(arrays)}; expected an array `codes`")
    numbers = torch.from_numpy(arrays["codes"])
    try:
        return arrays, codes_of(run, numbers if numbers.dim() != 1 else numbers[None, None])
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def ends_of(run: Run, words: Sequence[str]) -> list[Path | int | Tensor]:
    """Ends of a walk: numbers of test images, pictures, and the codes (Z,) of .npz files, which may hold several."""
    found: list[Path | int | Tensor] = []
    for word in words:
        if word.lower().endswith(".npz"):
            found += list(read_codes(run, Path(word))[1])
        else:
            found.append(int(word) if word.isdecimal() and not Path(word).exists() else Path(word))
    return found


def labels_of(run: Run, path: Path, arrays: Mapping[str, Any]) -> Tensor | None:
    """The labels (N,) of a file of codes, as the run numbers its classes: by name, where the file names them."""
    if "labels" not in arrays:
        return None
    labels, names = torch.from_numpy(numpy.asarray(arrays["labels"])), [str(name) for name in arrays.get("classes", ())]
    if labels.is_floating_point() or labels.dim() != 1:
        raise InputError(
            f"{path}: labels of shape {tuple(labels.shape)} and type {labels.dtype}; expected whole numbers"
        )
    if not names or not isinstance(run.model, Conditional):
        return labels.long()
    if unknown := set(names) - set(run.spec.classes):
        raise InputError(f"{path}: its labels are of other classes than the run's: {min(unknown)}")
    if not 0 <= int(labels.min()) <= int(labels.max()) < len(names):
        raise InputError(f"{path}: labels from {int(labels.min())} to {int(labels.max())} of {len(names)} classes")
    return torch.tensor([run.spec.classes.index(name) for name in names])[labels.long()]


def _read_arrays(path: Path) -> dict[str, Any]:
    try:
        with named(path), numpy.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except DAMAGED as error:
        pass_on(error, path)
        raise InputError(f"{path}: not an .npz file that can be read ({error})") from error
