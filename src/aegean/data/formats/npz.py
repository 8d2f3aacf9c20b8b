"""NumPy's .npz: arrays by name."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from aegean.data.arrays import from_mapping, key_of_files
from aegean.data.source import Source
from aegean.data.sources import Format, path_of
from aegean.errors import InputError
from aegean.resources import DAMAGED, check_memory, named, pass_on


def open_npz(path: Path) -> Source:
    """x_train, y_train, x_test, y_test [x_val ...]; or images, labels [attributes, attribute_names]; or one array."""
    try:
        with named(path), path.open("rb") as content, np.load(content, allow_pickle=False) as file:
            size = sum(entry.file_size for entry in zipfile.ZipFile(content).infolist())
            check_memory(size, f"{path}: what it holds", "give a part of it, or pictures in a folder")
            arrays = {name: file[name] for name in file.files}
    except InputError:
        raise
    except DAMAGED as error:
        pass_on(error, path)
        raise InputError(f"{path}: not an .npz file that can be read ({error})") from error
    return from_mapping(arrays, path, "arrays (.npz)", key_of_files([path]))


def _recognises(word: str) -> bool:
    return word.lower().endswith(".npz") and path_of(word).is_file()


FORMAT = Format(
    ".npz",
    _recognises,
    lambda word: open_npz(path_of(word)),
    help="x_train, y_train, x_test, y_test ...; or images, labels, attributes; or one array",
)
