"""Features of many pictures -> one .npz or .safetensors file: memory flat, and taken up again where it stopped.

FILE.part/  job.json        what is being done: model, layers, pictures; another job starts afresh
            rows-0.bin ...  float32 rows of each layer, in order
            journal.jsonl   a line a chunk: pictures done, rows written, what was left out
FILE        written whole from these, then renamed; FILE.part is removed

One process at a time; a folder FILE.part that was not made here is never touched.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from numpy.typing import NDArray

from aegean.data.source import stamp
from aegean.errors import InputError
from aegean.files import exclusive, unfinished
from aegean.pretrained.layers import Pool
from aegean.pretrained.network import Network
from aegean.pretrained.streaming import Picture, Unreadable
from aegean.resources import pass_on
from aegean.sharing import agreed, crew

ENDINGS = (".npz", ".safetensors")
PIECES = re.compile(r"job\.json|journal\.jsonl|rows-\d+\.bin|whole\.(npz|safetensors)")  # all that FILE.part holds


@dataclass
class Progress:
    """How far a job is: all that the journal must tell."""

    pictures: int = 0  # looked at
    rows: int = 0  # written
    left_out: list[Unreadable] = field(default_factory=list)
    shapes: dict[str, list[int]] = field(default_factory=dict)  # of one row, by layer


def write_features(
    network: Network,
    pictures: Sequence[Picture],
    names: Sequence[str],
    path: str | Path,
    *,
    layers: Sequence[str] = (),
    pool: Pool = "avg",
    labels: Sequence[int] | None = None,
    classes: Sequence[str] = (),
    fingerprint: str = "",
    advance: Callable[[int], None] = lambda _: None,
) -> Progress:
    """Write the features of `pictures` to `path`; if it was stopped half-way, go on from there.

    The file holds one array of rows per layer (`features`, if no layer is named), `files`: a name for each row, and
    `labels` if given, `classes` that name these; in safetensors `files` is JSON in the metadata. Both tell model, pool,
    layers and classes in `about`.

    Args:
        network: Of `load`, or any other.
        pictures: What to look at.
        names: A name for each picture; also tells this job from another.
        path: .npz or .safetensors.
        layers: Names of layers. None: the default vector.
        pool: `avg`, `max` or `none`.
        labels: The class of each picture, kept beside the rows.
        classes: The names of the labels, kept beside them.
        fingerprint: Of the pictures, where they are not files; tells this job from another.
        advance: Is told how many more pictures are done.

    Raises:
        InputError: for another ending, an unknown layer, if no picture can be read, if another process writes `path`,
            or if something else is called FILE.part.
    """
    path = Path(path)
    if path.suffix not in ENDINGS:
        raise InputError(f"{path}: features are written as {' or '.join(ENDINGS)}")
    network.check_layers(layers)  # before what an earlier job left is given up
    if not crew().first:
        return _help(network, pictures, layers, pool)
    part = path.with_name(path.name + ".part")
    about = {"model": network.name, "fingerprint": network.fingerprint, "layers": list(layers), "pool": pool}
    try:
        with exclusive(path):
            done = _take_up(part, {**about, "pictures": fingerprint + _digest(pictures, names)})
            advance(agreed(done.pictures))
            _fill(network, pictures, part, done, layers, pool, advance)
            if not done.rows:
                _remove(part)
                raise InputError(f"none of the {len(pictures):,} pictures can be read: {done.left_out[0].reason}")
            left_out = {one.place for one in done.left_out}
            kept = [index for index in range(len(pictures)) if index not in left_out]
            beside = {} if labels is None else {"labels": np.array([labels[index] for index in kept], dtype=np.int64)}
            about |= {"classes": list(classes)} if classes and labels is not None else {}
            _publish(part, path, done, [names[index] for index in kept], beside, about)
            _remove(part)
    except OSError as error:
        pass_on(error, path)
        raise InputError(f"{path}: cannot be written ({error})") from error
    return done


def _help(network: Network, pictures: Sequence[Picture], layers: Sequence[str], pool: Pool) -> Progress:
    """Look at this process's part of what the first one has still to write."""
    start = agreed(0)
    for _ in network.features_each(pictures, layers, pool, start=start):
        pass
    return Progress()


def _fill(
    network: Network,
    pictures: Sequence[Picture],
    part: Path,
    done: Progress,
    layers: Sequence[str],
    pool: Pool,
    advance: Callable[[int], None],
) -> None:
    """Append the rows of all pictures from `done` on; the journal never tells of rows that are not on the disk."""
    files: list[BinaryIO] = []
    try:
        with (part / "journal.jsonl").open("a") as journal:
            for chunk in network.features_each(pictures, layers, pool, start=done.pictures):
                rows = chunk.result or {}
                if rows and not done.shapes:
                    done.shapes = {name: list(tensor.shape[1:]) for name, tensor in rows.items()}
                files = files or [(part / f"rows-{k}.bin").open("ab") for k in range(len(done.shapes))]
                for file, tensor in zip(files, rows.values(), strict=bool(rows)):
                    file.write(tensor.numpy().tobytes())
                    file.flush()
                    os.fsync(file.fileno())
                done.pictures, done.rows = chunk.stop, done.rows + len(chunk.kept)
                done.left_out += chunk.unreadable
                line = dataclasses.asdict(done) | {"left_out": chunk.unreadable}
                journal.write(json.dumps(line) + "\n")
                journal.flush()
                advance(chunk.stop - chunk.start)
    finally:
        for file in files:
            file.close()


def _take_up(part: Path, job: dict[str, Any]) -> Progress:
    """How far the same job came before; rows that the journal does not tell of are cut off."""
    done = Progress()
    if (part / "job.json").is_file() and (part / "job.json").read_text(encoding="utf-8") == json.dumps(job):
        lines = (part / "journal.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
        whole = [line for line in lines if line.endswith("\n")]  # the last may be cut short
        for line in whole:
            record = json.loads(line)
            left_out = done.left_out + [Unreadable(*one) for one in record["left_out"]]
            done = Progress(record["pictures"], record["rows"], left_out, record["shapes"])
        (part / "journal.jsonl").write_text("".join(whole))
        for k, shape in enumerate(done.shapes.values()):
            os.truncate(part / f"rows-{k}.bin", 4 * done.rows * int(np.prod(shape)))
        if not done.shapes:
            for rows in part.glob("rows-*.bin"):
                rows.unlink()
        return done
    if os.path.lexists(part):
        _remove(part)
    with unfinished(part) as made:
        made.mkdir()
        (made / "journal.jsonl").touch()
        (made / "job.json").write_text(json.dumps(job))
        made.rename(part)  # it is never seen without its job
    return done


def _remove(part: Path) -> None:
    """Remove what a job of ours left; InputError for anything else of that name, which stays as it is."""
    inside = list(part.iterdir()) if part.is_dir() and not part.is_symlink() else []
    ours = all(PIECES.fullmatch(piece.name) and piece.is_file() for piece in inside)
    if not ours or part / "job.json" not in inside or not _is_job(part / "job.json"):
        raise InputError(f"{part}: is in the way and not of this command's making; move it, or give another --out")
    with unfinished(part) as aside:
        part.rename(aside)  # at one blow: half of it would be taken for the whole


def _is_job(path: Path) -> bool:
    try:
        return {"model", "fingerprint", "layers", "pool", "pictures"} <= set(
            json.loads(path.read_text(encoding="utf-8"))
        )
    except (ValueError, TypeError):
        return False


def _publish(
    part: Path,
    path: Path,
    done: Progress,
    files: Sequence[str],
    beside: dict[str, NDArray[Any]],
    about: dict[str, Any],
) -> None:
    """Write `path` from the rows, whole or not at all, a buffer at a time."""
    rows: dict[str, NDArray[Any]] = {
        name: np.memmap(part / f"rows-{k}.bin", np.float32, "r", shape=(done.rows, *shape))
        for k, (name, shape) in enumerate(done.shapes.items())
    }
    whole = part / f"whole{path.suffix}"
    if path.suffix == ".npz":
        words = {"files": np.array(files), "about": np.array(json.dumps(about))}
        words |= {"classes": np.array(about["classes"])} if "classes" in about else {}
        np.savez(whole, allow_pickle=False, **words, **rows, **beside)
    else:
        write_safetensors(whole, {**rows, **beside}, {"files": json.dumps(list(files)), "about": json.dumps(about)})
    del rows  # lets go of the mapped files, which some systems demand before a rename
    whole.replace(path)


def write_safetensors(path: Path, arrays: dict[str, NDArray[Any]], metadata: dict[str, str]) -> None:
    """The safetensors format, streamed: 8 bytes of length, a JSON header, the arrays one after another."""
    kinds = {np.dtype(np.float32): "F32", np.dtype(np.int64): "I64"}
    header: dict[str, Any] = {"__metadata__": metadata}
    place = 0
    for name, array in arrays.items():
        span = [place, place + array.nbytes]
        header[name] = {"dtype": kinds[array.dtype], "shape": list(array.shape), "data_offsets": span}
        place = span[1]
    words = json.dumps(header).encode()
    words += b" " * (-len(words) % 8)
    with path.open("wb") as file:
        file.write(len(words).to_bytes(8, "little") + words)
        for array in arrays.values():
            for start in range(0, len(array), 1024):
                file.write(np.ascontiguousarray(array[start : start + 1024]).tobytes())


def _digest(pictures: Sequence[Picture], names: Sequence[str]) -> str:
    """A digest of the names, and of what tells files of those names from any others."""
    digest = hashlib.blake2b(digest_size=16)
    files = isinstance(pictures, (list, tuple))
    for index, name in enumerate(names):
        digest.update(name.encode(errors="surrogateescape") + b"\0")
        if files and isinstance(path := pictures[index], (str, Path)) and Path(path).is_file():
            digest.update(f"{stamp(Path(path))}\0".encode())
    return digest.hexdigest()


def read_rows(path: str | Path) -> torch.Tensor:
    """The default features of a file that `write_features` wrote: (N, F) float32."""
    if Path(path).suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(path)["features"]
    with np.load(path) as arrays:
        return torch.from_numpy(arrays["features"])
