"""Data that Python hands over: arrays, tensors, torch's and our own `Dataset` -> a source."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch.utils.data import IterableDataset

from aegean.data.arrays import from_mapping
from aegean.data.cache import digest_of
from aegean.data.labels import name_labels, why_no_labels
from aegean.data.pairs import join
from aegean.data.pixels import to_pixels, values_of, without_full_alpha
from aegean.data.source import Part, Rows, Source
from aegean.data.splits import SPLITS
from aegean.data.types import Dataset
from aegean.errors import InputError

PREFIX = "python:"  # such names stand in a run's config in place of the data, which JSON cannot hold
TAKEN = (
    "an array (N, H, W), (N, H, W, C) or (N, C, H, W), a pair (images, labels) or (images, wanted images), "
    "a dictionary of arrays as an .npz has, "
    "a torch tensor, a torch Dataset, an aegean Dataset, a name or a path"
)


def is_given(data: Any) -> bool:
    """Whether this is the data itself, and neither a name nor a path."""
    return data is not None and not isinstance(data, str | os.PathLike)


def name_given(data: Any) -> str:
    """What stands in the config for data from Python: python:array, or python: and the name of a Dataset."""
    if isinstance(data, Dataset):
        return PREFIX + data.spec.name
    simple = isinstance(data, np.ndarray | torch.Tensor | Mapping | list | tuple)
    return PREFIX + ("array" if simple else type(data).__name__)


def take_given(settings: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Settings by name -> the data that are among them, or None, and the settings with a name in their place."""
    if is_given(settings.get("other")):
        raise InputError("other: a second domain is a name or a path; or give data=, an aegean Dataset of both domains")
    if is_given(settings.get("target")):
        raise InputError("target: is a name or a path; for pairs from Python give data=(pictures, wanted), two arrays")
    given = settings.get("data")
    if not is_given(given):
        return None, settings
    return given, {**settings, "data": name_given(given)}


def source_of(given: Any) -> Source:
    """What was handed over, as a source; InputError, in one line, where that is nothing of images."""
    name = name_given(given)
    if isinstance(given, Dataset):
        return _of_dataset(given)
    if isinstance(given, tuple) and len(given) == 2 and np.ndim(given[1]) > 2:  # the wanted pictures, not labels
        first, second = (_of_arrays({"images": one}, name) for one in given)
        return join(first, second, name)
    if isinstance(given, tuple) and len(given) == 2:
        return _of_arrays({"images": given[0], "labels": given[1]}, name)
    if isinstance(given, np.ndarray | torch.Tensor):
        return _of_arrays({"images": given}, name)
    if isinstance(given, Mapping):
        return _of_arrays(given, name)
    if isinstance(given, IterableDataset):
        raise InputError(f"{name}: is read in one order only, so it cannot be split; give list(...) of it")
    if hasattr(type(given), "__getitem__") and hasattr(type(given), "__len__"):
        return _of_items(given, name)
    raise InputError(f"data is of type {type(given).__name__}; expected {TAKEN}")


def _of_arrays(given: Mapping[Any, Any], name: str) -> Source:
    """Arrays or tensors by name, as an .npz has them."""
    arrays = {str(key): _array(value) for key, value in given.items() if value is not None}
    key = ",".join(f"{key}:{digest_of(array)}" for key, array in arrays.items())
    tensors = any(isinstance(value, torch.Tensor) for value in given.values())
    source = from_mapping(arrays, name, "from Python", key, channels_first=tensors)
    return Source(**{**vars(source), "name": name.removeprefix(PREFIX)})


def _of_dataset(given: Dataset) -> Source:
    """The three splits as they are."""
    spec, parts, others, targets = given.spec, {}, {}, {}
    for name in SPLITS:
        some = given.split(name)
        labels, flags = (None if known is None else known.numpy() for known in (some.labels, some.attributes))
        parts[name] = Part(Rows(some.images.numpy(), f"{given.fingerprint}:{name}"), labels, flags)
        if some.other is not None:
            others[name] = Rows(some.other.numpy(), f"{given.fingerprint}:other:{name}")
        if some.target is not None:
            targets[name] = Rows(some.target.numpy(), f"{given.fingerprint}:target:{name}")
    return Source(spec.name, "from Python", parts, spec.classes, spec.attributes, others, spec.domains, targets)


def _of_items(given: Any, name: str) -> Source:
    """Images, or pairs (image, label), one after the other; `classes` of the set names the labels."""
    items = [given[k] for k in range(len(given))]
    paired = [isinstance(item, tuple | list) and len(item) == 2 for item in items]
    if any(paired) and not all(paired):
        raise InputError(f"{name}: item {paired.index(False)} is not a pair (image, label), and others are")
    found = [_item(item[0] if pair else item, k, name) for k, (item, pair) in enumerate(zip(items, paired))]
    values = values_of(found, name)
    firsts = [isinstance(item[0] if pair else item, torch.Tensor) for item, pair in zip(items, paired)]
    each = {str(k): to_pixels(array[None], values, name, firsts[k]) for k, array in enumerate(found)}
    pixels = [some[0] for some in without_full_alpha(each).values()]
    key = ",".join(digest_of(some[None]) for some in pixels)
    one_shape = len({some.shape for some in pixels}) == 1
    pictures = Rows(np.stack(pixels) if one_shape else pixels, key)
    labels = {"all": _array([_plain(item[1]) for item in items])} if all(paired) else {}
    classes = getattr(given, "classes", None)
    known, numbers = name_labels(labels, [str(one) for one in classes] if classes else None, name)
    notes = (*why_no_labels(labels, known), *(values.note,) * bool(values.note))
    parts = {"all": Part(pictures, numbers.get("all"))}
    title, kind = name.removeprefix(PREFIX), f"items from Python, {values.words}"
    return Source(title, kind, parts, known, notes=notes, values=values.words)


def _item(image: Any, index: int, name: str) -> NDArray[Any]:
    """A picture as numbers: (H, W), (H, W, C) or (C, H, W)."""
    if isinstance(image, Image.Image):
        plain = {"1": "L", "P": "RGBA" if "transparency" in image.info else "RGB", "LA": "RGBA", "CMYK": "RGB"}
        return np.asarray(image.convert(plain[image.mode]) if image.mode in plain else image)
    if not isinstance(image, np.ndarray | torch.Tensor) or image.ndim not in (2, 3):
        what = f"{type(image).__name__}" + (f" of shape {tuple(image.shape)}" if hasattr(image, "shape") else "")
        raise InputError(f"{name}: item {index} is a {what}; expected a picture (PIL, array or tensor), or (it, label)")
    return _array(image)


def _plain(label: Any) -> Any:
    return label.tolist() if isinstance(label, torch.Tensor | np.ndarray) else label


def _array(value: Any) -> NDArray[Any]:
    """A NumPy array of it; NumPy has no bfloat16."""
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu()
        return (value.float() if value.is_floating_point() else value).numpy()
    return np.asarray(value)
