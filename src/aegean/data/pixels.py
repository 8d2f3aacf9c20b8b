"""Arrays of any layout and type of number -> (N, H, W, C) uint8, all of a set by the same rule."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aegean.data.source import Pixels
from aegean.errors import InputError

Array = NDArray[Any]

LARGE = 2**28  # bytes
TOLERANCE = 1e-3  # of the range: a resize overshoots a little
CHANNELS = {1, 3, 4}


class Values(NamedTuple):
    """What the numbers of a set mean: a byte is number * scale + shift."""

    scale: float
    shift: float
    words: str
    note: str = ""  # where it is a guess


def values_of(arrays: Iterable[Array], where: Path | str) -> Values:
    """What the numbers of all arrays mean.

    Bytes and integers from 0 to 255 stay; integers and booleans that are only 0 and 1 become 0 and 255;
    floats must lie in [0, 1] or in [-1, 1], but for a thousandth.
    """
    arrays = list(arrays)
    large = all(array.dtype == np.uint8 and array.size > LARGE for array in arrays)
    if large and not all(_binary(array) for array in arrays):  # and is not read as a whole
        return Values(1.0, 0.0, "bytes")
    if not arrays or not all(array.size and array.dtype.kind in "buif" for array in arrays):
        kind = arrays[0].dtype if arrays else "nothing"
        raise InputError(f"{where}: its images are {kind}, or there are none; expected numbers")
    low, high = min(float(array.min()) for array in arrays), max(float(array.max()) for array in arrays)
    if any(array.dtype.kind == "f" for array in arrays):
        return _floats(low, high, where)
    if not (low >= 0 and high <= 255):
        raise InputError(f"{where}: its images have whole numbers from {low:g} to {high:g}; expected 0 to 255")
    return Values(255.0, 0.0, "0 and 1") if high == 1 else Values(1.0, 0.0, "0 to 255")


def _floats(low: float, high: float, where: Path | str) -> Values:
    if not (low >= -1 - 2 * TOLERANCE and high <= 1 + TOLERANCE):
        raise InputError(
            f"{where}: its images have float values from {low:g} to {high:g}; floats must lie in [0, 1] or in [-1, 1], "
            "or be whole numbers from 0 to 255 saved as uint8"
        )
    if low >= -TOLERANCE:
        return Values(255.0, 0.0, "floats in [0, 1]")
    guess = f"floats from {low:.3g} to {high:.3g} are taken for [-1, 1]; clip them to [0, 1] if that is meant"
    return Values(127.5, 127.5, "floats in [-1, 1]", guess if low > -0.5 else "")


def to_bytes(array: Array, values: Values) -> Pixels:
    """Numbers -> bytes."""
    if values.scale == 1.0:
        return array.astype(np.uint8, copy=False)
    if array.dtype == np.uint8:  # no more memory than needed: there may be many
        return array * np.uint8(255)
    return np.rint(array.astype(np.float32) * values.scale + values.shift).clip(0, 255).astype(np.uint8)


def to_pixels(array: Array, values: Values, where: Path | str, channels_first: bool = False) -> Pixels:
    """Images in any layout -> (N, H, W, C) bytes."""
    return to_bytes(to_layout(array, where, channels_first), values)


def to_layout(array: Array, where: Path | str, channels_first: bool = False) -> Array:
    """(N, H, W), (N, H, W, C), (N, C, H, W) or (N, side * side) -> (N, H, W, C).

    `channels_first` decides where both may be meant, as it does for tensors.
    """
    if array.ndim == 2 and round(array.shape[1] ** 0.5) ** 2 == array.shape[1] >= 64:
        side = round(array.shape[1] ** 0.5)
        return array.reshape(-1, side, side, 1)
    if array.ndim == 3:
        return array[..., None]
    if array.ndim == 4 and array.shape[1] in CHANNELS and (channels_first or array.shape[3] not in CHANNELS):
        return array.transpose(0, 2, 3, 1)
    if array.ndim == 4 and array.shape[3] in CHANNELS:
        return array
    raise InputError(
        f"{where}: an array of shape {array.shape} is not images; expected (N, H, W), (N, H, W, C) or (N, C, H, W)"
    )


def _binary(array: Array) -> bool:
    """Whether bytes are 0 and 1 alone; looks no further than the first that is not."""
    return all(array[start : start + 1024].max() <= 1 for start in range(0, len(array), 1024))
