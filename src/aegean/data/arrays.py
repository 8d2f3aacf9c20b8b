"""Sets that lie in arrays: .npz, .npy and IDX files, and the two that come in packages."""

from __future__ import annotations

import gzip
import re
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aegean.data.source import Part, Pixels, Rows, Source, stamp
from aegean.data.tags import name_labels
from aegean.errors import InputError

Array = NDArray[Any]

IMAGES = ("images", "x", "X", "data", "arr_0")
LABELS = ("labels", "label", "y", "Y", "target", "arr_1")
PARTS = {"train": ("train",), "validation": ("validation", "val", "valid"), "test": ("test",)}
LARGE = 2**28  # bytes
IDX_TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
IDX_NAME = re.compile(r"(?P<set>.*?)(?P<part>train|t10k|test)-(?P<what>images|labels)[.-]idx[13]-ubyte(\.gz)?")


def open_npz(path: Path) -> Source:
    """x_train, y_train, x_test, y_test [x_val ...]; or images, labels [attributes, attribute_names]; or one array."""
    try:
        with path.open("rb") as content, np.load(content, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: not an .npz file that can be read ({error})") from error
    images, labels = _by_part(arrays)
    if not images:
        raise InputError(
            f"{path}: holds {', '.join(arrays) or 'nothing'}; expected x_train, y_train ... or images, labels"
        )
    names = tuple(str(name) for name in arrays.get("attribute_names", ()))
    attributes = arrays.get("attributes") if "all" in images else None
    return from_arrays(path, "arrays (.npz)", images, labels, attributes, names, arrays.get("classes"))


def open_npy(path: Path) -> Source:
    """One array of images. A large file of bytes is not read, but mapped, unless they are 0 and 1 alone."""
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"{path}: not an .npy file that can be read ({error})") from error
    return from_arrays(path, "array (.npy)", {"all": array}, {})


def open_idx(path: Path) -> Source:
    """One IDX file of images, with the labels that lie beside it, if any."""
    beside = path.with_name(re.sub(r"images([.-])idx3", r"labels\1idx1", path.name))
    labels = {"all": read_idx(beside)} if beside != path and beside.is_file() else {}
    return from_arrays(path, "IDX file", {"all": read_idx(path)}, labels)


def idx_files(folder: Path) -> dict[tuple[str, str], Path]:
    """The files of a folder that are called as those of MNIST are, by (part, what)."""
    found: dict[tuple[str, str], Path] = {}
    sets = set()
    for path in sorted(folder.iterdir()):
        if match := IDX_NAME.fullmatch(path.name):
            found.setdefault(("train" if match["part"] == "train" else "test", match["what"]), path)
            sets.add(match["set"])
    if len(sets) > 1:
        names = ", ".join(sorted(name.strip("-_. ") or "one without a name" for name in sets))
        raise InputError(f"{folder}: IDX files of several sets ({names}): put those of one into a folder of their own")
    return found


def open_idx_folder(folder: Path, name: str | None = None, classes: tuple[str, ...] = ()) -> Source:
    """A folder with train-images-idx3-ubyte, t10k-images-idx3-ubyte and their labels, packed or not."""
    files = idx_files(folder)
    images = {part: read_idx(path) for (part, what), path in files.items() if what == "images"}
    labels = {part: read_idx(path) for (part, what), path in files.items() if what == "labels" and part in images}
    if not images:
        raise InputError(f"{folder}: has IDX files of labels, but none of images")
    return from_arrays(folder, "IDX files", images, labels, classes=np.array(classes) if classes else None, name=name)


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
        raise InputError(f"{path}: cannot be read ({error})") from error
    rank = content[3] if len(content) > 3 else 0
    if content[:2] != b"\0\0" or len(content) < 4 + 4 * rank or content[2] not in IDX_TYPES:
        raise InputError(f"{path}: not an IDX file")
    shape = tuple(int(length) for length in np.frombuffer(content, ">u4", rank, 4))
    values = np.frombuffer(content, IDX_TYPES[content[2]], offset=4 + 4 * rank)
    if values.size != np.prod(shape):
        raise InputError(f"{path}: cut short: {values.size:,} values where its head promises {np.prod(shape):,}")
    return values.reshape(shape)


def from_arrays(
    path: Path,
    kind: str,
    images: Mapping[str, Array],
    labels: Mapping[str, Array],
    attributes: Array | None = None,
    attribute_names: tuple[str, ...] = (),
    classes: Array | None = None,
    name: str | None = None,
) -> Source:
    """Check the arrays of each part and join them to a source; one part alone is split by seed."""
    if len(images) == 1:
        images = {"all": next(iter(images.values()))}
        labels = {"all": next(iter(labels.values()))} if labels else {}
    pixels = to_pixels(images, path)
    classes_found, numbers = name_labels(labels, None if classes is None else [str(c) for c in classes], path)
    for part, some in numbers.items():
        if len(some) != len(pixels[part]):
            raise InputError(f"{path}: {len(some):,} labels for {len(pixels[part]):,} images ({part})")
    flags = _flags(attributes, len(next(iter(pixels.values()))), path) if attributes is not None else None
    if flags is not None and len(attribute_names) != flags.shape[1]:
        attribute_names = tuple(f"attribute_{k}" for k in range(flags.shape[1]))
    files = sorted(idx_files(path).values()) if path.is_dir() else [path]
    stamps = ",".join(stamp(file) for file in files)
    parts = {
        part: Part(Rows(some, f"{path.name}:{stamps}:{part}"), numbers.get(part), flags)
        for part, some in pixels.items()
    }
    return Source(
        name or path.name.split(".")[0], kind, parts, classes_found, attribute_names if flags is not None else ()
    )


def to_pixels(arrays: Mapping[str, Array], path: Path) -> dict[str, Pixels]:
    """Arrays of any layout, bytes or numbers -> (N, H, W, C) uint8, all by the same rule.

    Bytes and integers from 0 to 255 stay; integers and booleans that are only 0 and 1 become 0 and 255;
    floats must lie in [0, 1] or in [-1, 1].
    """
    large = all(array.dtype == np.uint8 and array.size > LARGE for array in arrays.values())
    if large and not all(_binary(array) for array in arrays.values()):  # and is not read as a whole
        return {part: _layout(array, path) for part, array in arrays.items()}
    if not all(array.size and array.dtype.kind in "buif" for array in arrays.values()):
        raise InputError(
            f"{path}: its images are {next(iter(arrays.values())).dtype}, or there are none; expected numbers"
        )
    low = min(float(array.min()) for array in arrays.values())
    high = max(float(array.max()) for array in arrays.values())
    floats = any(array.dtype.kind == "f" for array in arrays.values())
    if floats and not (low >= -1 and high <= 1):
        raise InputError(
            f"{path}: its images have float values from {low:g} to {high:g}; floats must lie in [0, 1] or in [-1, 1], "
            "or be whole numbers from 0 to 255 saved as uint8"
        )
    if not floats and not (low >= 0 and high <= 255):
        raise InputError(f"{path}: its images have whole numbers from {low:g} to {high:g}; expected 0 to 255")
    scale, shift = (127.5, 127.5) if floats and low < 0 else (255.0, 0.0) if floats or high == 1 else (1.0, 0.0)

    def convert(array: Array) -> Pixels:
        if scale != 1.0:
            bits = array.dtype == np.uint8  # no more than needed: there may be many
            array = array * np.uint8(255) if bits else np.rint(array.astype(np.float32) * scale + shift)
        pixels: Pixels = array.astype(np.uint8, copy=False)
        return pixels

    return {part: convert(_layout(array, path)) for part, array in arrays.items()}


def _binary(array: Array) -> bool:
    """Whether bytes are 0 and 1 alone; looks no further than the first that is not."""
    return all(array[start : start + 1024].max() <= 1 for start in range(0, len(array), 1024))


def _layout(array: Array, path: Path) -> Array:
    """(N, H, W), (N, H, W, C), (N, C, H, W) or (N, side * side) -> (N, H, W, C)."""
    if array.ndim == 2 and round(array.shape[1] ** 0.5) ** 2 == array.shape[1] >= 64:
        side = round(array.shape[1] ** 0.5)
        return array.reshape(-1, side, side, 1)
    if array.ndim == 3:
        return array[..., None]
    if array.ndim == 4 and array.shape[3] in {1, 3, 4}:
        return array
    if array.ndim == 4 and array.shape[1] in {1, 3, 4}:
        return array.transpose(0, 2, 3, 1)
    raise InputError(
        f"{path}: an array of shape {array.shape} is not images; expected (N, H, W), (N, H, W, C) or (N, C, H, W)"
    )


def _by_part(arrays: Mapping[str, Array]) -> tuple[dict[str, Array], dict[str, Array]]:
    """Images and labels by part, found by the usual names."""
    images: dict[str, Array] = {}
    labels: dict[str, Array] = {}
    for part, words in PARTS.items():
        for word in words:
            for stem, into in (("x", images), ("X", images), ("images", images), ("y", labels), ("labels", labels)):
                for name in (f"{stem}_{word}", f"{word}_{stem}"):
                    if name in arrays:
                        into[part] = arrays[name]
    if not images and (only := _first(IMAGES, arrays) or (next(iter(arrays)) if len(arrays) == 1 else None)):
        images["all"] = arrays[only]
        if tag := _first(LABELS, arrays):
            labels["all"] = arrays[tag]
    return images, {part: some for part, some in labels.items() if part in images}


def _first(names: tuple[str, ...], arrays: Mapping[str, Array]) -> str | None:
    return next((name for name in names if name in arrays), None)


def _flags(attributes: Array, count: int, path: Path) -> Pixels:
    if attributes.ndim != 2 or len(attributes) != count:
        raise InputError(f"{path}: attributes of shape {attributes.shape}; expected ({count}, A)")
    return (attributes > 0).astype(np.uint8)  # CelebA writes -1 for no


def _unpacked(path: Path) -> Any:
    return gzip.open(path, "rb") if path.name.endswith(".gz") else path.open("rb")
