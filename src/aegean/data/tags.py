"""Labels of any kind -> numbers and names; the split into train, validation and test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aegean.data.source import Numbers
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
    if names and values.dtype.kind in "iu" and values[0] >= 0 and values[-1] < len(names):
        return tuple(names), {part: array.astype(np.int64) for part, array in flat.items()}
    ends = np.cumsum([len(array) for array in flat.values()])[:-1]
    split = np.split(numbers.reshape(-1).astype(np.int64), ends)
    return tuple(str(value) for value in values), dict(zip(flat, split))


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


def split(sizes: Mapping[str, int], seed: int, where: str) -> dict[str, tuple[str, Numbers]]:
    """Which rows of which part make train, validation and test: {split: (part, rows)}, the same for the same seed.

    Official parts are kept as they are; what is missing is drawn from the training part: for the test
    10 % of it, at most 10,000, and for the validation 10 %, at most 5,000.
    """
    source = "all" if "all" in sizes else "train"
    if source not in sizes:
        raise InputError(f"{where}: has {' and '.join(sizes)} but nothing to train on")
    count = sizes[source]
    if count < 3:
        raise InputError(f"{where}: holds {count} picture{'s' * (count != 1)} to train on; at least 3 are needed")
    order = np.random.default_rng(seed).permutation(count)
    splits = {part: (part, np.arange(sizes[part])) for part in ("validation", "test") if part in sizes}
    start = 0
    for part, most in (("test", 10_000), ("validation", 5_000)):
        if part not in splits:
            drawn = max(1, min(count // 10, most))
            splits[part] = (source, order[start : start + drawn])
            start += drawn
    return {"train": (source, order[start:]), "validation": splits["validation"], "test": splits["test"]}
