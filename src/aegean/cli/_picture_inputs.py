"""What the picture commands are given beside photos: images of the test set, files of codes."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_args, get_type_hints

import numpy
import torch
from torch import Tensor

from aegean import use
from aegean.errors import InputError
from aegean.families import check_settings
from aegean.runs import Run
from aegean.use.coding import codes_of
from aegean.use.pictures import fitted

EXAMPLES: dict[type, str] = {bool: "true", int: "20", float: "1.5", str: "heun"}


def given(run: Run, photos: tuple[Path, ...], count: int) -> tuple[list[Path], Tensor, Tensor | None]:
    """The photos given, or the first images of the test set: paths, images (N, C, S, S), labels (N,) if known."""
    if photos:
        paths = use.found_in(photos)
        return paths, fitted(paths, run.spec), None
    if count < 1:
        raise InputError(f"-n {count}: at least one image")
    batch = run.data.test.first(count)
    return [], batch.image, batch.label


def settings(run: Run, method: Callable[..., Any], words: Sequence[str]) -> dict[str, Any]:
    """NAME=VALUE, of --set -> settings of use that the model's method takes by name, each of the type it has there.

    InputError for a name that it does not know, and a value that is not of that type.
    """
    found = {}
    for word in words:
        name, _, value = word.partition("=")
        check_settings(run.config.family, method, {name: value})
        (kind,) = set(get_args(hint := get_type_hints(method)[name]) or [hint]) - {type(None)}
        try:
            found[name] = {"true": True, "false": False}[value.lower()] if kind is bool else kind(value)
        except (KeyError, ValueError):
            raise InputError(f"--set {word}: must be such as {name}={EXAMPLES[kind]}") from None
    return found


def read_codes(run: Run, path: Path) -> tuple[dict[str, Any], Tensor]:
    """All arrays of an .npz file, and its codes (N, Z); InputError where they are not of the run."""
    arrays = _read_arrays(path)
    if "codes" not in arrays:
        raise InputError(f"{path}: holds {', '.join(arrays)}; expected an array `codes`")
    numbers = torch.from_numpy(arrays["codes"])
    try:
        return arrays, codes_of(run, numbers if numbers.dim() != 1 else numbers[None, None])
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def _read_arrays(path: Path) -> dict[str, Any]:
    try:
        with numpy.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (OSError, ValueError, AttributeError, TypeError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: not an .npz file that can be read ({error})") from error
