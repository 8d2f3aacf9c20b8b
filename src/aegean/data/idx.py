"""IDX, the format of MNIST: a file of images, or a folder with the four files."""

from __future__ import annotations

import gzip
import re
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from aegean.data.arrays import from_arrays, key_of_files
from aegean.data.pixels import Array
from aegean.data.source import Source
from aegean.errors import InputError
from aegean.resources import pass_on

IDX_TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
IDX_NAME = re.compile(r"(?P<set>.*?)(?P<part>train|t10k|test)-(?P<what>images|labels)[.-]idx[13]-ubyte(\.gz)?")


def open_idx(path: Path) -> Source:
    """One IDX file of images, with the labels that lie beside it, if any."""
    beside = path.with_name(re.sub(r"images([.-])idx3", r"labels\1idx1", path.name))
    labels = {"all": read_idx(beside)} if beside != path and beside.is_file() else {}
    return from_arrays(path, "IDX file", {"all": read_idx(path)}, labels, key=key_of_files([path]))


def idx_files(folder: Path) -> dict[tuple[str, str], Path]:
    """The files of a folder that are called as those of MNIST are, by (part, what)."""
    found: dict[tuple[str, str], Path] = {}
    sets = set()
    for path in sorted(folder.iterdir(), key=lambda path: (path.is_dir(), path.name)):
        if (match := IDX_NAME.fullmatch(path.name)) and (file := _file_of(path)):
            found.setdefault(("train" if match["part"] == "train" else "test", match["what"]), file)
            sets.add(match["set"])
    if len(sets) > 1:
        names = ", ".join(sorted(name.strip("-_. ") or "one without a name" for name in sets))
        raise InputError(f"{folder}: IDX files of several sets ({names}): put those of one into a folder of their own")
    return found


def _file_of(path: Path) -> Path | None:
    """A file; of a folder the file of its name that lies in it, as Kaggle unpacks MNIST."""
    file = path / path.name if path.is_dir() else path
    return file if file.is_file() else None


def open_idx_folder(folder: Path, name: str | None = None, classes: tuple[str, ...] = ()) -> Source:
    """A folder with train-images-idx3-ubyte, t10k-images-idx3-ubyte and their labels, packed or not."""
    files = idx_files(folder)
    images = {part: read_idx(path) for (part, what), path in files.items() if what == "images"}
    labels = {part: read_idx(path) for (part, what), path in files.items() if what == "labels" and part in images}
    if not images:
        raise InputError(
            f"{folder}: {'has IDX files of labels, but none' if files else 'holds no IDX files'} of images"
        )
    return from_arrays(
        folder,
        "IDX files",
        images,
        labels,
        key=key_of_files(files.values()),
        classes=classes,
        name=name or folder.resolve().name,
    )


def is_idx_folder(folder: Path) -> bool:
    """Whether a folder holds a file that is called as those of MNIST are."""
    try:
        return any(IDX_NAME.fullmatch(child.name) and _file_of(child) for child in folder.iterdir())
    except OSError:
        return False


def is_idx(path: Path) -> bool:
    """Whether a file begins as IDX files do."""
    try:
        with _unpacked(path) as file:
            magic = file.read(4)
    except (OSError, EOFError, zlib.error):
        return False
    return len(magic) == 4 and magic[:2] == b"\0\0" and magic[2] in IDX_TYPES and 1 <= magic[3] <= 4


def read_idx(path: Path) -> Array:
    """The array in an IDX file (LeCun's format: type, rank, lengths, values, big-endian)."""
    try:
        with _unpacked(path) as file:
            content = file.read()
    except (OSError, EOFError, zlib.error) as error:
        pass_on(error, path)
        raise InputError(f"{path}: cannot be read ({error})") from error
    rank = content[3] if len(content) > 3 else 0
    if content[:2] != b"\0\0" or len(content) < 4 + 4 * rank or content[2] not in IDX_TYPES:
        raise InputError(f"{path}: not an IDX file")
    shape = tuple(int(length) for length in np.frombuffer(content, ">u4", rank, 4))
    values = np.frombuffer(content, IDX_TYPES[content[2]], offset=4 + 4 * rank)
    if values.size != np.prod(shape):
        raise InputError(f"{path}: cut short: {values.size:,} values where its head promises {np.prod(shape):,}")
    return values.reshape(shape)


def _unpacked(path: Path) -> Any:
    return gzip.open(path, "rb") if path.name.endswith(".gz") else path.open("rb")
