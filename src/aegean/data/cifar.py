"""CIFAR-10 in the two forms in which it is published: `binary`, and the one that Python's users have."""

from __future__ import annotations

import io
import pickle
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from aegean.data.arrays import from_arrays, key_of_files
from aegean.data.pixels import Array
from aegean.data.source import Source
from aegean.errors import InputError

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
ROW = 1 + 3 * 32 * 32  # bytes: a label, and the red, green and blue of a picture


def open_cifar(path: Path) -> Source:
    """The folder of its six files, or the archive that holds it."""
    images: dict[str, list[Array]] = {"train": [], "test": []}
    labels: dict[str, list[Array]] = {"train": [], "test": []}
    try:
        for name, content in sorted(_files(path)):
            part = "test" if name.startswith("test") else "train"
            pixels, numbers = _binary(content) if name.endswith(".bin") else _python(content)
            images[part].append(pixels)
            labels[part].append(numbers)
        planes = {part: np.concatenate(some).reshape(-1, 3, 32, 32) for part, some in images.items()}
    except (OSError, ValueError, KeyError, EOFError, tarfile.TarError, pickle.UnpicklingError) as error:
        raise InputError(f"{path}: not CIFAR-10 as it is published ({error})") from error
    joined = {part: some.transpose(0, 2, 3, 1) for part, some in planes.items()}
    known = {part: np.concatenate(some) for part, some in labels.items()}
    key = key_of_files([path] if path.is_file() else sorted(path.iterdir()))
    return from_arrays(path, "CIFAR-10", joined, known, key=key, classes=CLASSES, name="cifar10")


def _files(path: Path) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the batches."""
    if path.is_dir():
        for file in path.iterdir():
            if file.name.startswith(("data_batch_", "test_batch")):
                yield file.name, file.read_bytes()
        return
    with tarfile.open(path) as archive:
        for member in archive:
            name = Path(member.name).name
            if member.isfile() and name.startswith(("data_batch_", "test_batch")):
                content = archive.extractfile(member)
                assert content is not None
                yield name, content.read()


def _binary(content: bytes) -> tuple[Array, Array]:
    rows = np.frombuffer(content, np.uint8)
    if rows.size % ROW:
        raise ValueError(f"{rows.size} bytes are not rows of {ROW}")
    rows = rows.reshape(-1, ROW)
    return rows[:, 1:], rows[:, 0]


def _python(content: bytes) -> tuple[Array, Array]:
    record = _Arrays(io.BytesIO(content), encoding="bytes").load()
    return np.asarray(record[b"data"], np.uint8), np.asarray(record[b"labels"], np.uint8)


class _Arrays(pickle.Unpickler):
    """Rebuilds arrays, numbers and words, and runs nothing else that a pickle may name."""

    ALLOWED = frozenset({("numpy", "ndarray"), ("numpy", "dtype"), ("_codecs", "encode")})

    def find_class(self, module: str, name: str) -> Any:
        """InputError for all but what an array needs."""
        if module in {"numpy.core.multiarray", "numpy._core.multiarray"} and name == "_reconstruct":
            return super().find_class("numpy._core.multiarray", name)
        if (module, name) in self.ALLOWED:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"it asks for {module}.{name}, which no data set needs")
