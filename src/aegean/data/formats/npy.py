"""NumPy's .npy: one array of images."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from aegean.data.arrays import from_arrays, key_of_files
from aegean.data.source import Source
from aegean.data.sources import Format, path_of
from aegean.errors import InputError
from aegean.resources import DAMAGED, pass_on


def open_npy(path: Path) -> Source:
    """One array of images. A large file of bytes is not read, but mapped, unless they are 0 and 1 alone."""
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except DAMAGED as error:
        pass_on(error, path)
        raise InputError(f"{path}: not an .npy file that can be read ({error})") from error
    return from_arrays(path, "array (.npy)", {"all": array}, {}, key=key_of_files([path]))


def _recognises(word: str) -> bool:
    return word.lower().endswith(".npy") and path_of(word).is_file()


FORMAT = Format(
    ".npy",
    _recognises,
    lambda word: open_npy(path_of(word)),
    help="one array of images",
)
