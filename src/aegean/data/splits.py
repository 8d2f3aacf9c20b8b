"""The three splits: their names, what others call them, and which rows of a set make each."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aegean.data.source import Numbers
from aegean.errors import InputError

SPLITS = ("train", "validation", "test")
SPLIT_OF = {  # names in use -> ours; of several for one split, the first that is there is taken
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "eval": "validation",
    "test": "test",
    "testing": "test",
}


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
    splits = {part: (part, np.arange(sizes[part])) for part in SPLITS[1:] if part in sizes}
    start = 0
    for part, most in (("test", 10_000), ("validation", 5_000)):
        if part not in splits:
            drawn = max(1, min(count // 10, most))
            splits[part] = (source, order[start : start + drawn])
            start += drawn
    return {"train": (source, order[start:]), "validation": splits["validation"], "test": splits["test"]}
