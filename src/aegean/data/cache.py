"""Decoded once, kept as memory-mapped bytes: what is larger than the memory is read as fast as what is not.

    $AEGEAN_CACHE/KEY/   train.npy, validation.npy, test.npy, other-train.npy ...   (N, H, W, C) uint8
                         kept.npz    which of the pictures these are: all but the unreadable
                         meta.json   hashes of the pixels, which are checked; unreadable pictures, notes

KEY hashes what the source holds and how it is cut. A folder is made beside its place and renamed: whole or not there.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.lib.format import open_memmap
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from aegean.data.shape import Shape
from aegean.data.source import Numbers, Pictures, Pixels
from aegean.errors import InputError
from aegean.files import unfinished
from aegean.progress import progress_bar
from aegean.resources import DAMAGED, NO_ROOM, allocate, is_of_the_machine, pass_on

FORMAT = "aegean cache 4"  # 4: the range that was asked for is part of what names the pixels
CHECKED = 2**28  # bytes of each array that are compared with their hashes when it is opened
AT_ONCE = 256  # pictures that are decoded before they are written


class Piece(NamedTuple):
    """Some pictures of a source, in the order in which they will lie."""

    pictures: Pictures
    rows: Numbers


class Cached(NamedTuple):
    """A piece, decoded."""

    pixels: Pixels  # (N, H, W, C), memory-mapped
    kept: Numbers  # which of the piece's rows could be read
    digest: str  # sha256 of the pixels
    blocks: Sequence[str] = ()  # sha256 of each AT_ONCE of them


class Store(NamedTuple):
    """Everything decoded of a set."""

    pieces: dict[str, Cached]
    unreadable: list[str]
    notes: list[str]


def cache_folder() -> Path:
    """$AEGEAN_CACHE, or `aegean` in the user's folder for caches."""
    if given := os.environ.get("AEGEAN_CACHE"):
        return Path(given).expanduser()
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or "~/.cache"
    return Path(base).expanduser() / "aegean"


def key_of(*settings: object) -> str:
    """The name under which a set, cut in some way, is kept."""
    return hashlib.sha256(json.dumps([FORMAT, *settings], sort_keys=True).encode()).hexdigest()[:24]


def load(key: str) -> Store | None:
    """What is kept under a key, mapped to be read: so it may be larger than the memory."""
    folder = cache_folder() / key
    try:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        with (folder / "kept.npz").open("rb") as file, np.load(file) as kept:
            pieces = {
                name: Cached(
                    np.load(folder / f"{name}.npy", mmap_mode="r")[: len(kept[name])], kept[name], digest, blocks
                )
                for name, (digest, blocks) in meta["digests"].items()
            }
    except FileNotFoundError:
        return None
    except DAMAGED as error:
        pass_on(error, folder)
        return None
    if not all(_is_whole(cached) for cached in pieces.values()):
        return None
    return Store(pieces, meta["unreadable"], meta["notes"])


def _is_whole(cached: Cached) -> bool:
    """Whether the pixels are those that were written, as far as `CHECKED` of them tell, spread over all."""
    count = len(cached.blocks)
    if count != math.ceil(len(cached.pixels) / AT_ONCE):
        return False
    most = max(1, round(count * CHECKED / max(cached.pixels.nbytes, 1)))
    return all(
        _block(cached.pixels[place * AT_ONCE : (place + 1) * AT_ONCE]) == cached.blocks[place]
        for place in np.linspace(0, count - 1, min(most, count)).astype(int)
    )


def _block(pixels: Pixels) -> str:
    return hashlib.sha256(np.ascontiguousarray(pixels).data).hexdigest()


def build(key: str, pieces: Mapping[str, Piece], shapes: Mapping[str, Shape], strict: bool, title: str) -> Store:
    """Decode all pieces under a key, each in its shape, and load them.

    InputError if nothing can be read or, `strict`, anything cannot."""
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with unfinished(folder / key) as beside:
            beside.mkdir()
            _room_for(pieces, shapes, beside)
            _fill(beside, pieces, shapes, strict, title)
            try:
                beside.rename(folder / key)
            except OSError:  # another process was faster, or what lies there is broken
                if load(key) is None:
                    shutil.rmtree(folder / key)
                    beside.rename(folder / key)
    except OSError as error:
        if is_of_the_machine(error) and error.errno not in NO_ROOM:
            raise  # of what was read
        raise InputError(
            f"{folder}: the cache cannot be written ({error}); AEGEAN_CACHE names another place"
        ) from error
    store = load(key)
    assert store is not None
    return store


def _room_for(pieces: Mapping[str, Piece], shapes: Mapping[str, Shape], folder: Path) -> None:
    """OSError where the disk has too little room: a mapped file that finds none ends the process."""
    needed = sum(len(piece.rows) * shapes[name].size.pixels * shapes[name].channels for name, piece in pieces.items())
    if needed > (free := shutil.disk_usage(folder).free):
        raise OSError(f"{needed / 2**30:.1f} GiB are needed, {free / 2**30:.1f} are free")


def digest_of(pixels: Pixels) -> str:
    """sha256 of (N, H, W, C), shape included."""
    digest = hashlib.sha256()
    for start in range(0, len(pixels), 4096):
        digest.update(np.ascontiguousarray(pixels[start : start + 4096]).data)
    return _sealed(digest, pixels.shape)


def _sealed(digest: hashlib._Hash, shape: tuple[int, ...]) -> str:
    digest.update(repr(tuple(int(length) for length in shape)).encode())
    return digest.hexdigest()


def _fill(folder: Path, pieces: Mapping[str, Piece], shapes: Mapping[str, Shape], strict: bool, title: str) -> None:
    kept, digests, unreadable = {}, {}, list[str]()
    with _progress() as progress, ThreadPoolExecutor(os.cpu_count()) as pool:
        task = progress.add_task(f"decoding {title}", total=sum(len(piece.rows) for piece in pieces.values()))
        for name, (pictures, rows) in pieces.items():
            shape = shapes[name]
            path = folder / f"{name}.npy"
            into = open_memmap(path, "w+", np.uint8, (len(rows), *shape.size, shape.channels))
            allocate(path)
            digest, good, blocks = hashlib.sha256(), list[int](), list[str]()
            for start in range(0, len(rows), AT_ONCE):
                some = rows[start : start + AT_ONCE].tolist()
                for offset, result in enumerate(pool.map(partial(_try, pictures, shape, strict), some)):
                    if isinstance(result, str):
                        unreadable.append(result)
                        continue
                    into[len(good)] = result
                    digest.update(np.ascontiguousarray(result).data)
                    good.append(start + offset)
                    if len(good) % AT_ONCE == 0:
                        blocks.append(_block(into[len(good) - AT_ONCE : len(good)]))
                progress.update(task, advance=len(some))
            if not good:
                raise InputError(f"{title}: none of its {len(rows):,} pictures ({name}) can be read: {unreadable[-1]}")
            if rest := len(good) % AT_ONCE:
                blocks.append(_block(into[len(good) - rest : len(good)]))
            into.flush()
            kept[name] = np.array(good, dtype=np.int64)
            digests[name] = [_sealed(digest, (len(good), *into.shape[1:])), blocks]
    np.savez(folder / "kept.npz", allow_pickle=False, **kept)
    notes = dict.fromkeys(note for shape in shapes.values() for note in shape.notes)
    record = {"digests": digests, "unreadable": list(dict.fromkeys(unreadable)), "notes": list(notes)}
    (folder / "meta.json").write_text(json.dumps(record), encoding="utf-8")


def _try(pictures: Pictures, shape: Shape, strict: bool, row: int) -> Pixels | str:
    """The decoded picture, or why there is none."""
    try:
        pixels = pictures.read(row, shape.size, shape.channels)
    except InputError as error:
        if strict:
            raise
        return str(error)
    return pixels


class _Rate(ProgressColumn):
    """Pictures per second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed or 0:,.0f}/s")


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    return progress_bar(*columns, transient=True)
