"""Labels of any kind -> numbers and names; attributes of any convention -> 0 and 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aegean.data.source import Numbers, Pixels
from aegean.errors import InputError


def name_labels(
    labels: Mapping[str, NDArray[Any]], names: Sequence[str] | None, where: Path | str
) -> tuple[tuple[str, ...], dict[str, Numbers]]:
    """Labels by part -> class names, and by part int64 (N,) from 0. Takes numbers, words, (N, 1) and one-hot (N, K)."""
    flat = {part: _flat(array, where) for part, array in labels.items()}
    if not {"train", "all"} & set(flat):  # labels of the test alone teach nothing
        return (), {}
    values, numbers = np.unique(np.concatenate(list(flat.values())), return_inverse=True)
    if len(values) < 2:
        return (), {}
    if names and values.dtype.kind in "biu":
        if values[0] < 0 or values[-1] >= len(names):
            raise InputError(
                f"{where}: {len(names)} names of classes for labels from {values[0]} to {values[-1]}; of 0, 1 ..."
            )
        return tuple(names), {part: array.astype(np.int64) for part, array in flat.items()}
    ends = np.cumsum([len(array) for array in flat.values()])[:-1]
    split = np.split(numbers.reshape(-1).astype(np.int64), ends)
    return tuple(str(value) for value in values), dict(zip(flat, split))


def why_no_labels(labels: Mapping[str, NDArray[Any]], classes: Sequence[str]) -> tuple[str, ...]:
    """A line that says why labels that are there are not used, if they are not."""
    if not labels or classes:
        return ()
    alone = not {"train", "all"} & set(labels)
    return (
        "labels are not used: those of the training are lacking" if alone else "labels are not used: all are alike",
    )


def _flat(labels: NDArray[Any], where: Path | str) -> NDArray[Any]:
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2 and (labels.sum(axis=1) == 1).all():
        labels = labels.argmax(axis=1)
    if labels.dtype.kind == "f" and (labels == np.rint(labels)).all():
        labels = labels.astype(np.int64)
    if labels.ndim != 1 or labels.dtype.kind not in "biuUS":
        raise InputError(
            f"{where}: labels of shape {labels.shape} and type {labels.dtype}; expected one whole number each"
        )
    return labels.astype(np.str_) if labels.dtype.kind == "S" else labels


def binary_attributes(flags: NDArray[Any], where: Path | str) -> Pixels:
    """Attributes (N, A) as 0 and 1, as true and false, or as -1 and 1 (CelebA) -> uint8 0 or 1."""
    if flags.dtype.kind in "US":  # numbers that were read from a table as words
        with suppress(ValueError):
            flags = flags.astype(np.float64)
    values = np.unique(flags).tolist()
    if flags.ndim != 2 or not any(set(values) <= set(convention) for convention in ((0, 1), (-1, 1))):
        found = ", ".join(str(value) for value in values[:5])
        raise InputError(
            f"{where}: attributes of shape {flags.shape} with values {found}{' ...' * (len(values) > 5)}; "
            "expected (N, A) of 0 and 1, or of -1 and 1"
        )
    return (flags > 0).astype(np.uint8)
