"""Sets that lie in arrays, wherever those come from: which array is what, checked and joined to a source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from aegean.data.asked import asked_range
from aegean.data.cache import digest_of
from aegean.data.labels import binary_attributes, name_labels, why_no_labels
from aegean.data.pixels import Array, to_pixels, values_of, without_full_alpha
from aegean.data.source import Part, Pixels, Rows, Source, stamp
from aegean.data.splits import SPLIT_OF
from aegean.errors import InputError

IMAGES = ("images", "image", "x", "data", "arr_0")
LABELS = ("labels", "label", "y", "target", "targets", "arr_1")
EXPECTED = "expected x_train, y_train ... or images, labels"


def from_mapping(
    arrays: Mapping[str, Array], where: Path | str, kind: str, key: str, channels_first: bool = False
) -> Source:
    """Arrays by name -> a source; what is not used is said.

    x_train, y_train, x_test, y_test [x_val ...]; or images, labels [attributes, attribute_names]; or one array. To
    each [classes]: the names of the labels 0, 1, 2 ...
    """
    images, labels = _by_part(arrays)
    used = {*images.values(), *labels.values(), *("classes",) * bool(labels)}
    if "all" in images and "attributes" in arrays:
        used |= {"attributes", "attribute_names"}
    if not images:
        raise InputError(f"{where}: holds {', '.join(arrays) or 'nothing'}; {EXPECTED}")
    unused = [name for name in arrays if name not in used]
    return from_arrays(
        where,
        kind,
        {part: arrays[name] for part, name in images.items()},
        {part: arrays[name] for part, name in labels.items()},
        key=key,
        attributes=arrays.get("attributes") if "all" in images else None,
        attribute_names=[str(name) for name in np.ravel(arrays.get("attribute_names", ()))],
        classes=[str(name) for name in np.ravel(arrays.get("classes", ()))] if labels else (),
        notes=(f"not used: {', '.join(unused)}; {EXPECTED}",) if unused else (),
        channels_first=channels_first,
    )


def from_arrays(
    where: Path | str,
    kind: str,
    images: Mapping[str, Array],
    labels: Mapping[str, Array],
    *,
    key: str,
    attributes: Array | None = None,
    attribute_names: Iterable[str] = (),
    classes: Iterable[str] = (),
    name: str | None = None,
    notes: tuple[str, ...] = (),
    channels_first: bool = False,
) -> Source:
    """Check the arrays of each part and join them to a source; one part alone is split by seed.

    Args:
        where: what errors begin with: the path, or what the user called it.
        kind: what it is, for people: "arrays (.npz)".
        images: images by part (train, validation, test; or all), in any layout that `to_pixels` takes.
        labels: labels by part.
        key: names the content, for the cache.
        attributes: (N, A) of the only part.
        attribute_names: A names; none: attribute_0 and so on.
        classes: names of the labels 0, 1, 2 ...; none: what the labels say.
        name: of the set; None: that of the file.
        notes: what the user should know.
        channels_first: (N, C, H, W) where (N, H, W, C) could be meant as well.
    """
    if len(images) == 1:
        images = {"all": next(iter(images.values()))}
        labels = {"all": next(iter(labels.values()))} if labels else {}
    values = values_of(images.values(), where)
    key += f":{values.scale!r}:{values.shift!r}" * (asked_range() is not None)  # other pixels of the same numbers
    pixels = {part: to_pixels(array, values, where, channels_first) for part, array in images.items()}
    pixels = without_full_alpha(pixels)
    known, numbers = name_labels(labels, list(classes), where)
    for part, some in numbers.items():
        if len(some) != len(pixels[part]):
            raise InputError(f"{where}: {len(some):,} labels for {len(pixels[part]):,} images ({part})")
    flags = None if attributes is None else binary_attributes(attributes, where)
    names = _attribute_names(flags, tuple(attribute_names), len(next(iter(pixels.values()))), where)
    parts = {part: Part(Rows(some, f"{key}:{part}"), numbers.get(part), flags) for part, some in pixels.items()}
    notes += (*why_no_labels(labels, known), *(values.note,) * bool(values.note))
    title, kind = name or Path(where).name.split(".")[0], f"{kind}, {values.words}"
    origin = "" if "all" in images else "as the arrays are named"
    return Source(title, kind, parts, known, names, notes=notes, values=values.words, splits=origin)


def key_of_files(paths: Iterable[Path]) -> str:
    """Names the content of files, quickly: by their names, sizes and times of change."""
    return ",".join(f"{path.name}:{stamp(path)}" for path in paths)


def _attribute_names(flags: Pixels | None, names: tuple[str, ...], count: int, where: Path | str) -> tuple[str, ...]:
    if flags is None:
        return ()
    if len(flags) != count:
        raise InputError(f"{where}: attributes of shape {flags.shape}; expected ({count}, A)")
    if names and len(names) != flags.shape[1]:
        raise InputError(f"{where}: {len(names)} attribute_names for attributes of shape {flags.shape}")
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise InputError(f"{where}: attribute_names holds {twice[0]!r} more than once")
    return names or tuple(f"attribute_{k}" for k in range(flags.shape[1]))


def _by_part(arrays: Mapping[str, Array]) -> tuple[dict[str, str], dict[str, str]]:
    """Names of the images and of the labels by part, found by the usual words, in capitals or not."""
    there = {name.lower(): name for name in reversed(list(arrays))}
    images: dict[str, str] = {}
    labels: dict[str, str] = {}
    for word, part in SPLIT_OF.items():
        for into, stems in ((images, IMAGES), (labels, LABELS)):
            for name in (name for stem in stems for name in (f"{stem}_{word}", f"{word}_{stem}") if name in there):
                into.setdefault(part, there[name])
    if not images:
        only = next((there[name] for name in IMAGES if name in there), None)
        if only or len(arrays) == 1:
            images["all"] = only or next(iter(arrays))
            tag = next((there[name] for name in LABELS if name in there), None)
            labels = {"all": tag} if tag else {}
    return images, {part: name for part, name in labels.items() if part in images}


def array_source(
    images: Array, labels: Array | None = None, *, name: str, classes: Iterable[str] = (), key: str | None = None
) -> Source:
    """What a format of your own gives back: images (N, H, W), (N, H, W, C) or (N, C, H, W), and labels (N,).

    `key` names the content for the cache; None: the hash of the images.
    """
    known = {} if labels is None else {"all": labels}
    return from_arrays(name, "arrays", {"all": images}, known, key=key or digest_of(images), classes=classes, name=name)
