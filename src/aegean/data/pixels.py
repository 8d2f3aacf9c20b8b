"""Arrays of any layout and type of number -> (N, H, W, C) uint8, all of a set by the same rule."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aegean.data.asked import asked_range
from aegean.data.source import Pixels
from aegean.errors import InputError

Array = NDArray[Any]

LARGE = 2**28  # bytes
TOLERANCE = 1e-3  # of the range: a resize overshoots a little
CHANNELS = {1, 3, 4}
BINARY = "0 and 1"
BYTES = ("bytes", "0 to 255")  # which stay as they are


class Values(NamedTuple):
    """What the numbers of a set mean: a byte is number * scale + shift."""

    scale: float
    shift: float
    words: str
    note: str = ""  # where it is a guess


def values_of(arrays: Iterable[Array], where: Path | str) -> Values:
    """What the numbers of all arrays mean.

    Bytes and integers from 0 to 255 stay; integers and booleans that are only 0 and 1 become 0 and 255;
    floats must lie in [0, 1] or in [-1, 1], but for a thousandth. Where the user says what is black and what is white,
    that is so.
    """
    arrays = list(arrays)
    if asked := asked_range():
        return _asked(arrays, *asked, where)
    large = all(array.dtype == np.uint8 and array.size > LARGE for array in arrays)
    if large and not all(_binary(array) for array in arrays):  # and is not read as a whole
        return Values(1.0, 0.0, BYTES[0])
    if not arrays or not all(array.size and array.dtype.kind in "buif" for array in arrays):
        kind = arrays[0].dtype if arrays else "nothing"
        raise InputError(f"{where}: its images are {kind}, or there are none; expected numbers")
    low, high = min(float(array.min()) for array in arrays), max(float(array.max()) for array in arrays)
    if any(array.dtype.kind == "f" for array in arrays):
        return _floats(low, high, where)
    if not (low >= 0 and high <= 255):
        raise InputError(
            f"{where}: its images have whole numbers from {low:g} to {high:g}; expected 0 to 255;"
            f" --range {low:g} {high:g} would take these for black and white"
        )
    return Values(255.0, 0.0, BINARY) if high == 1 else Values(1.0, 0.0, BYTES[1])


def _asked(arrays: list[Array], black: float, white: float, where: Path | str) -> Values:
    """Numbers from `black` to `white`, as the user says; what lies outside is counted and clipped."""
    if not all(array.size and array.dtype.kind in "buif" for array in arrays):
        raise InputError(f"{where}: its images are {arrays[0].dtype if arrays else 'nothing'}; expected numbers")
    if any(array.dtype.kind == "f" and not np.isfinite(array).all() for array in arrays):
        raise InputError(f"{where}: its images have values that are no finite numbers")
    outside = sum(int(((array < black) | (array > white)).sum()) for array in arrays)
    scale, words = 255 / (white - black), f"{black:g} to {white:g}, as asked"
    note = f"{outside:,} values lie outside {black:g} to {white:g} and are clipped" if outside else ""
    return Values(scale, -black * scale, words, note)


def _floats(low: float, high: float, where: Path | str) -> Values:
    if not (low >= -1 - 2 * TOLERANCE and high <= 1 + TOLERANCE):
        raise InputError(
            f"{where}: its images have float values from {low:g} to {high:g}; floats must lie in [0, 1] or in [-1, 1], "
            f"or be whole numbers from 0 to 255 saved as uint8; --range {low:g} {high:g} would take these for black and"
            " white"
        )
    if low >= -TOLERANCE:
        return Values(255.0, 0.0, "floats in [0, 1]")
    guess = f"floats from {low:.3g} to {high:.3g} are taken for [-1, 1]; --range 0 1 says otherwise"
    return Values(127.5, 127.5, "floats in [-1, 1]", guess if low > -0.5 else "")


def to_bytes(array: Array, values: Values) -> Pixels:
    """Numbers -> bytes."""
    if values.words in BYTES:
        return array.astype(np.uint8, copy=False)
    if array.dtype == np.uint8 and values.words == BINARY:  # no more memory than needed: there may be many
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
        return _of_rows(array)
    if array.ndim == 3:
        return array[..., None]
    if array.ndim == 4 and array.shape[1] in CHANNELS and (channels_first or array.shape[3] not in CHANNELS):
        return array.transpose(0, 2, 3, 1)
    if array.ndim == 4 and array.shape[3] in CHANNELS:
        return array
    raise InputError(
        f"{where}: an array of shape {array.shape} is not images; expected (N, H, W), (N, H, W, C) or (N, C, H, W)"
    )


def _of_rows(rows: Array) -> Array:
    """(N, side * side), or RGBA of half the side, which a full alpha shows: the last of four, or the last quarter."""
    side = round(rows.shape[1] ** 0.5)
    if side % 2 == 0 and rows.size and (full := rows.max()) > 0:
        half = side // 2
        if (rows[:, 3::4] == full).all():
            return rows.reshape(-1, half, half, 4)
        if (rows[:, 3 * half * half :] == full).all():
            return rows.reshape(-1, 4, half, half).transpose(0, 2, 3, 1)
    return rows.reshape(-1, side, side, 1)


def without_full_alpha(parts: dict[str, Pixels]) -> dict[str, Pixels]:
    """(N, H, W, 4) of each part as (N, H, W, 3) where alpha hides nothing in any: it is no channel then."""
    if all(pixels.shape[3] == 4 and _opaque(pixels) for pixels in parts.values()):
        return {part: pixels[..., :3] for part, pixels in parts.items()}
    return parts


def _opaque(pixels: Pixels) -> bool:
    return all(pixels[start : start + 1024, ..., 3].min() == 255 for start in range(0, len(pixels), 1024))


def _binary(array: Array) -> bool:
    """Whether bytes are 0 and 1 alone; looks no further than the first that is not."""
    return all(array[start : start + 1024].max() <= 1 for start in range(0, len(array), 1024))
