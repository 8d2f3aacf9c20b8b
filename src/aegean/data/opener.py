"""Open a data set: find what there is, split it, decode it once, describe it."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from aegean.consoles import warn
from aegean.data import cache, shape
from aegean.data.asked import asking, usual_range
from aegean.data.cache import Cached, Piece, Store
from aegean.data.description import describe_source
from aegean.data.given import is_given, name_given, source_of
from aegean.data.pairs import found_by, scale_of
from aegean.data.source import Numbers, Part, Pixels, Source
from aegean.data.splits import split
from aegean.data.types import Dataset, DataSpec, ImageSet
from aegean.errors import InputError, did_you_mean
from aegean.families import DataConfig
from aegean.files import result_name
from aegean.sizes import Size

IN_MEMORY = 2**30  # bytes of an array that is not worth a cache


def open_dataset(data: Any = DataConfig(), *, given: Any = None, **changes: Any) -> Dataset:  # noqa: B008 (frozen)
    """Open images as a data set with three splits.

    Args:
        data: a name, a path, or all settings (what they may hold is told in `aegean.families.DataConfig`); or the data
            themselves: an array (N, H, W), (N, H, W, C) or (N, C, H, W) of bytes or of floats in [0, 1] or [-1, 1], a
            pair (images, labels), a dictionary of arrays as an .npz has them, a torch tensor, a torch `Dataset` of
            images or (image, label), or a `Dataset` of ours.
        given: the data themselves, where `data` are settings that only name them, as those of a run do.
        changes: settings of DataConfig to set anew, such as size=64.

    Raises:
        InputError: in one line, where there is nothing to open or it does not fit together.
    """
    if isinstance(data, DataConfig):
        config = data
    else:
        given = data if is_given(data) else given
        config = DataConfig().change(data=name_given(given) if is_given(data) else data)
    if unknown := set(changes) - {field.name for field in dataclasses.fields(DataConfig)}:
        known = [field.name for field in dataclasses.fields(DataConfig)]
        raise InputError(f"data has no setting {min(unknown)!r}.{did_you_mean(min(unknown), known)}")
    config = dataclasses.replace(config, **changes)
    _check(config)
    with asking(config):
        if given is not None and _as_it_is(given, config):
            return given
        source = found_by(config) if given is None else source_of(given)
    return _open(source, config)


def open_alike(data: Any, own: DataConfig, spec: DataSpec) -> Dataset:
    """Open other images as a run has its own, whose settings and spec these are: size, colours, range, split seed."""
    with usual_range(own.range):
        return open_dataset(data, size=spec.size, channels=spec.channels, split_seed=own.split_seed)


def _as_it_is(given: Any, config: DataConfig) -> bool:
    """Whether this is an opened data set that needs no change."""
    if not isinstance(given, Dataset) or config.cut_to not in {None, given.spec.size}:
        return False
    return config.channels in {None, given.spec.channels} and (config.limit or len(given.train)) >= len(given.train)


def _check(config: DataConfig) -> None:
    if config.cut_to and config.cut_to.shorter < 4:
        raise InputError(f"size {config.size}: expected at least 4 pixels")
    if config.channels not in {None, 1, 3, 4}:
        raise InputError(f"channels {config.channels}: expected 1 (grey), 3 (colour) or 4 (with alpha)")
    if config.limit is not None and config.limit < 1:
        raise InputError(f"limit {config.limit}: expected at least 1 training image")


def _open(source: Source, config: DataConfig) -> Dataset:
    splits = split({name: len(part.pictures) for name, part in source.parts.items()}, config.split_seed, config.data)
    whole = {name: Piece(source.parts[part].pictures, rows) for name, (part, rows) in splits.items()}
    if source.others:
        others = split({name: len(some) for name, some in source.others.items()}, config.split_seed, config.data)
        whole |= {f"other-{name}": Piece(source.others[part], rows) for name, (part, rows) in others.items()}
    whole |= {
        f"target-{name}": Piece(source.targets[part], rows) for name, (part, rows) in splits.items() if source.targets
    }
    if config.limit and config.limit >= max(len(piece.rows) for name, piece in whole.items() if name.endswith("train")):
        config = dataclasses.replace(config, limit=None)
    pieces = {name: _limited(name, piece, config.limit) for name, piece in whole.items()}
    if config.strict and (found := describe_source(source, config).problems):
        raise InputError(f"{config.data}: {found[0]}" + f"; and {len(found) - 1} more of the kind" * (len(found) > 1))
    store = _at_hand(pieces, config) or _cached(source, pieces, config)
    _tell(store, sum(len(piece.rows) for piece in pieces.values()), source, config)
    sets = {
        name: _image_set(source.parts[part], pieces[name].rows[store.pieces[name].kept], store, name)
        for name, (part, _) in splits.items()
    }
    _, height, width, channels = store.pieces["train"].pixels.shape
    name = result_name(re.sub(r"[^\w.+-]+", "-", source.name) or "data")  # run folders are called by it
    wanted = None if sets["train"].target is None else sets["train"].target.shape
    pairs = {} if wanted is None else {"target_channels": wanted[3], "target_scale": wanted[1] // height}
    spec = DataSpec(name, channels, Size(height, width), source.classes, source.attributes, source.domains, **pairs)
    fingerprint = _fingerprint(store, sets, spec)
    return Dataset(spec, **sets, fingerprint=fingerprint, describe=lambda: describe_source(source, config))


def _limited(name: str, piece: Piece, limit: int | None) -> Piece:
    return Piece(piece.pictures, piece.rows[:limit]) if name.endswith("train") else piece


def _at_hand(pieces: Mapping[str, Piece], config: DataConfig) -> Store | None:
    """The pieces of a set that lies decoded in memory and needs no change, without a cache."""
    found: dict[str, Cached] = {}
    for name, (pictures, rows) in pieces.items():
        array = pictures.array
        if array is None or array.nbytes > IN_MEMORY:
            return None
        _, height, width, channels = array.shape
        size = Size(height, width)
        if size != config.cut_to and not (config.cut_to is None and size.is_square):
            return None
        if config.channels not in {None, channels}:
            return None
        pixels = np.ascontiguousarray(array[rows])
        found[name] = Cached(pixels, np.arange(len(rows)), cache.digest_of(pixels))
    shapes = {cached.pixels.shape[1:] for cached in found.values()}
    return Store(found, [], []) if len(shapes) == 1 else None


def _cached(source: Source, pieces: Mapping[str, Piece], config: DataConfig) -> Store:
    """The pixels from the cache, of these pieces or of the whole set; else decoded now."""
    content = [f"{piece.pictures.key}{' wanted' * name.startswith('target-')}" for name, piece in pieces.items()]
    settings = (content, config.cut_to and config.cut_to.word, config.channels, config.split_seed)
    key = cache.key_of(*settings, config.limit)
    if (store := cache.load(key)) or (config.limit and (store := cache.load(cache.key_of(*settings, None)))):
        if config.strict and store.unreadable:
            raise InputError(store.unreadable[0])
        return Store({name: _cut(cached, len(pieces[name].rows)) for name, cached in store.pieces.items()}, *store[1:])
    return cache.build(key, pieces, _shapes(pieces, config), config.strict, source.name)


def _shapes(pieces: Mapping[str, Piece], config: DataConfig) -> dict[str, shape.Shape]:
    """One shape for all, and another for what is wanted of them in pairs."""
    targets = {name: piece.pictures for name, piece in pieces.items() if name.startswith("target-")}
    rest = {name: piece.pictures for name, piece in pieces.items() if name not in targets}
    one = shape.decide(list(rest.values()), config.cut_to, config.channels, config.data)
    shapes = dict.fromkeys(rest, one)
    if targets:
        scale = scale_of(((rest[name.removeprefix("target-")], some) for name, some in targets.items()), config.data)
        shapes |= dict.fromkeys(
            targets, shape.decide(list(targets.values()), one.size.times(scale), None, "the wanted")
        )
    return shapes


def _cut(cached: Cached, count: int) -> Cached:
    """Only what comes from the first `count` rows."""
    kept = cached.kept[cached.kept < count]
    if len(kept) == len(cached.kept):
        return cached
    pixels = cached.pixels[: len(kept)]
    return Cached(pixels, kept, cache.digest_of(pixels))


def _image_set(part: Part, rows: Numbers, store: Store, name: str) -> ImageSet:
    other, target = store.pieces.get(f"other-{name}"), store.pieces.get(f"target-{name}")
    return ImageSet(
        images=_mapped(store.pieces[name].pixels),
        labels=None if part.labels is None else torch.from_numpy(part.labels[rows]),
        attributes=None if part.attributes is None else torch.from_numpy(part.attributes[rows]),
        other=None if other is None else _mapped(other.pixels),
        target=None if target is None else _mapped(target.pixels),
    )


def _mapped(pixels: Pixels) -> torch.Tensor:
    """The same bytes as a tensor, which nobody writes to; torch has no tensors that cannot be written."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The given NumPy array is not writable")
        return torch.from_numpy(pixels)


def _tell(store: Store, count: int, source: Source, config: DataConfig) -> None:
    """What the user should know, a line each, on stderr."""
    lines = [*source.left_out.lines(), *source.notes, *store.notes]
    if bad := len(store.unreadable):
        lines.append(f"{bad:,} of {count:,} pictures cannot be read and are left out; the first: {store.unreadable[0]}")
    for line in lines:
        warn(f"{config.data}: {line}")


def _fingerprint(store: Store, sets: Mapping[str, ImageSet], spec: DataSpec) -> str:
    """Hash of pixels, labels and attributes, split by split."""
    digest = hashlib.sha256(repr((spec.classes, spec.attributes, len(spec.domains))).encode())
    for name in sorted(store.pieces):
        digest.update(f"{name}:{store.pieces[name].digest}".encode())
    for some in sets.values():
        for known in (some.labels, some.attributes):
            digest.update(b"-" if known is None else known.numpy().tobytes())
    return digest.hexdigest()[:16]
