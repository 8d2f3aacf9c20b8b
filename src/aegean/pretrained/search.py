"""The most similar pictures of a folder: cosine similarity of features, compared with every one of them.

    similarity(q, x) = q . x / (|q| |x|)        exact; a million vectors pass in pieces, so memory stays flat

Features are kept in the user's cache, by content, model and layer: a second search looks only at what is new.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aegean.data.cache import cache_folder
from aegean.errors import InputError
from aegean.files import whole
from aegean.pretrained.network import Network
from aegean.pretrained.streaming import Picture, Unreadable
from aegean.resources import DAMAGED, pass_on
from aegean.sharing import agreed, crew

PIECE = 16_384  # rows that are compared at once
SEGMENT = 2_048  # new features that are put into the cache at once: what a crash can cost
ENDS = 65_536  # bytes of a file's start and end that tell it from others, with its size and time of change


class Match(NamedTuple):
    """A picture that was found."""

    path: Path
    similarity: float  # cosine: 1 is the same direction


def search(
    network: Network,
    query: Picture,
    paths: Sequence[Path],
    *,
    top: int = 12,
    layer: str | None = None,
    advance: Callable[[int], None] = lambda _: None,
) -> tuple[list[Match], list[Unreadable]]:
    """The `top` pictures of `paths` most similar to `query`, best first, and what could not be read.

    The query itself is left out, should it be among them. Of processes that share the looking, the first is answered.
    InputError if the query, or every picture, is unreadable.
    """
    wanted = network.features(query, layer)[0]
    paths, keys, lost = _others(paths, query if isinstance(query, str | Path) else None)
    if not paths and not lost:
        raise InputError("there are no other pictures to search in")
    cache = Cache(network, layer)
    unreadable = lost + (cache.add(network, paths, keys, advance) if paths else [])
    if not crew().first:  # which does not keep what all have looked at
        return [], unreadable
    places = {key: index for index, key in reversed(list(enumerate(keys)))}  # of copies, the first
    best: list[tuple[float, int]] = []
    for found, rows in cache.segments():
        chosen = [(row, places[key]) for row, key in enumerate(found) if key in places]
        if not chosen:
            continue
        scores, index = nearest(wanted[None], (rows[some] for some in pieces([row for row, _ in chosen])), top)
        best += [(score, chosen[k][1]) for score, k in zip(scores[0].tolist(), index[0].tolist(), strict=True)]
    if not best:
        raise InputError(f"none of the {len(unreadable):,} pictures can be read: {unreadable[0].reason}")
    firsts = {place: score for score, place in best}
    order = sorted(firsts, key=lambda place: (-firsts[place], place))
    return [Match(paths[place], firsts[place]) for place in order[:top]], unreadable


def _others(paths: Sequence[Path], query: str | Path | None) -> tuple[list[Path], list[str], list[Unreadable]]:
    """The files but for the query's, their keys, and those that cannot be opened: broken links, others' files."""
    found, keys, lost = [], [], []
    for place, path in enumerate(paths):
        try:
            if query is None or not path.samefile(query):
                keys.append(file_key(path))
                found.append(path)
        except OSError as error:
            pass_on(error, path)
            lost.append(Unreadable(place, f"{path}: cannot be read ({error.strerror})"))
    return found, keys, lost


def nearest(query: Tensor, rows: Iterable[Tensor | NDArray[np.float32]], top: int) -> tuple[Tensor, Tensor]:
    """Exact search: (Q, F) against (N, F) that come in pieces -> similarities and row numbers (Q, min(top, N))."""
    query = torch.nn.functional.normalize(query.float(), dim=1)
    scores, index, start = query.new_empty(len(query), 0), torch.empty(len(query), 0, dtype=torch.int64), 0
    for some in rows:
        piece = torch.as_tensor(some).float()
        found = query @ piece.T / piece.norm(dim=1).clamp_min(1e-12)  #                 (Q, piece)
        best = found.topk(min(top, len(piece)), dim=1)
        scores = torch.cat([scores, best.values], dim=1)
        index = torch.cat([index, best.indices + start], dim=1)
        order = scores.topk(min(top, scores.shape[1]), dim=1)
        scores, index, start = order.values, index.gather(1, order.indices), start + len(piece)
    return scores, index


def pieces(rows: Sequence[int]) -> Iterable[NDArray[np.int64]]:
    """Row numbers, some at a time."""
    for start in range(0, len(rows), PIECE):
        yield np.asarray(rows[start : start + PIECE], dtype=np.int64)


def file_key(path: Path) -> str:
    """A hash that tells one picture file from another without reading all of a large one."""
    stat = path.stat()
    digest = hashlib.blake2b(f"{stat.st_size} {stat.st_mtime_ns}".encode(), digest_size=16)
    with path.open("rb") as file:
        digest.update(file.read(ENDS))
        if stat.st_size > ENDS:
            file.seek(max(ENDS, stat.st_size - ENDS))
            digest.update(file.read(ENDS))
    return digest.hexdigest()


class Cache:
    """Features by file key, of one network and layer: segments that are written whole and never change."""

    def __init__(self, network: Network, layer: str | None) -> None:
        name = hashlib.blake2b(f"{network.fingerprint} {layer}".encode(), digest_size=12).hexdigest()
        self.folder = cache_folder() / "features" / name
        self.layer = layer

    def segments(self) -> Iterable[tuple[list[str], NDArray[np.float32]]]:
        """(keys, rows mapped from the file), segment by segment; what is damaged is passed over."""
        for path in sorted(self.folder.glob("*.json")):
            try:
                yield json.loads(path.read_text(encoding="utf-8")), np.load(path.with_suffix(".npy"), mmap_mode="r")
            except DAMAGED:
                continue

    def add(
        self, network: Network, paths: Sequence[Path], keys: Sequence[str], advance: Callable[[int], None]
    ) -> list[Unreadable]:
        """Look at the pictures that are not there yet; those that cannot be read are named."""
        known = {key for found, _ in self.segments() for key in found}
        fresh = agreed(list({key: index for index, key in enumerate(keys) if key not in known}.values()))
        advance(len(paths) - len(fresh))
        names, rows, unreadable = list[str](), list[Tensor](), list[Unreadable]()
        for chunk in network.features_each([paths[index] for index in fresh], (self.layer,) if self.layer else ()):
            unreadable += [Unreadable(fresh[index], reason) for index, reason in chunk.unreadable]
            names += [keys[fresh[index]] for index in chunk.kept]
            rows += [next(iter(chunk.result.values())).flatten(1)] if chunk.result else []
            advance(chunk.stop - chunk.start)
            if len(names) >= SEGMENT:
                self._write(names, rows)
                names, rows = [], []
        if names:
            self._write(names, rows)
        return unreadable

    def _write(self, names: list[str], rows: list[Tensor]) -> None:
        stem = hashlib.blake2b("".join(names).encode(), digest_size=12).hexdigest()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with whole(self.folder / f"{stem}.npy") as beside:
                np.save(beside, torch.cat(rows).numpy())
            with whole(self.folder / f"{stem}.json") as beside:  # last: a segment counts when its keys are there
                beside.write_text(json.dumps(names), encoding="utf-8")
        except OSError as error:
            raise InputError(f"{self.folder}: the cache cannot be written ({error}); AEGEAN_CACHE moves it") from error
