"""What the picture commands make: sheets, folders, arrays, and names that overwrite nothing else."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy
import torch
from torch import Tensor

from aegean import images
from aegean.cli import typed, unused
from aegean.consoles import tell
from aegean.errors import InputError
from aegean.files import result_name, result_names, whole
from aegean.outputs import check_outputs
from aegean.runs import Run
from aegean.use.batches import progress
from aegean.use.origin import origin_of
from aegean.use.pictures import each_readable


def save_each(
    paths: Sequence[Path],
    targets: Sequence[Path],
    what: str,
    make: Callable[[Path], Tensor],
    scale: int = 1,
    origin: Mapping[str, str] | None = None,
) -> Iterator[Path]:
    """Write what is made of each photo, (1, C, H, W), with the photo's colour profile; yields each file written.

    A single photo that cannot be read is an InputError; of several, it is named and left out, unless it is all of them.
    """

    def saved(place: int) -> Path:
        path = paths[place]
        return images.save(targets[place], make(path), scale, images.profile_of(path), origin)

    for _, target in each_readable(paths, saved, progress(range(len(paths)), what)):
        yield target


def origin(run: Run | str, left_out: bool, seed: object = None) -> dict[str, str] | None:
    """Where the pictures of this command come from, unless that is to be left out."""
    return None if left_out else origin_of(run, shlex.join(["aegean", *typed.get()]), seed=seed)


def default_out(run: Run, word: str, *facts: object, files: Sequence[Path] = (), ending: str = ".png") -> Path:
    """RUN/samples/WORD-FACTS.png: the same words give the same name, other words another."""
    parts = [word, *(str(fact) for fact in facts if fact is not None and fact is not False)]
    plain = re.sub(r"[^\w.-]+", "-", "-".join([*parts, *(path.stem for path in files[:1])]))
    if files or plain != "-".join(parts):  # else the name tells all
        words = "\0".join([*parts, *(os.path.realpath(path) for path in files)])
        plain += "-" + hashlib.sha256(words.encode(errors="surrogateescape")).hexdigest()[:6]
    return run.sample_path(result_name(plain) + ending)


def places(
    run: Run,
    word: str,
    facts: Sequence[object],
    photos: Sequence[Path],
    paths: Sequence[Path],
    out: Path | None,
    instead: str = "",
) -> tuple[Path, list[Path]]:
    """Where to, and the file for what is made of each of `paths`, found in `photos`.

    In a folder, if there are several, or one that was found in a folder, or `out` is or looks like one. InputError
    where `out` is a file, but a folder is wanted, with what else could be done, or where it would do harm.
    """
    folder = len(paths) > 1 or any(photo.is_dir() for photo in photos)
    folder = folder or (out is not None and (out.is_dir() or not out.suffix))
    where = out or default_out(run, word, *facts, files=photos, ending="" if folder else ".png")
    if folder and where.suffix and not where.is_dir():
        raise InputError(f"--out {where}: {len(paths)} photos are written to a folder: give one{instead}")
    made = [where / f"{stem}.png" for stem in unique_stems(paths)] if folder else [where]
    check_outputs(made, [*photos, *paths])
    return where, made


def checked(where: Path, given: Iterable[Path] = (), names: Sequence[str] = ()) -> Path:
    """`where`, of which `write` may make one file, or one for each of `names`; InputError where it would do harm."""
    in_folder = where.is_dir() or not where.suffix
    check_outputs([where / f"{name}.png" for name in names] if in_folder and names else [where], given)
    return where


def write(
    out: Path,
    pictures: Tensor,
    sheet: Callable[[], Tensor],
    scale: int | None,
    names: Sequence[str] = (),
    labels: Tensor | None = None,
    classes: Sequence[str] = (),
    origin: Mapping[str, str] | None = None,
) -> None:
    """Write uint8 arrays (.npz), one PNG a picture (a folder), or one sheet (any other ending), and print the path.

    Args:
        out: Where to.
        pictures: (N, C, H, W) in [-1, 1].
        sheet: Makes the picture (1, C, ., .) that shows them all.
        scale: How many times a sheet is enlarged; None: as much as brings its images to about 64 pixels.
        names: Of the files in a folder, without ending.
        labels: (N,), for .npz.
        classes: Their names.
        origin: Where they come from.
    """
    if out.suffix == ".npz":
        unused("arrays are not enlarged", "--scale")
        save_arrays(out, images=images.to_uint8(pictures).numpy(), **labelled(labels, classes))
    elif out.suffix and not out.is_dir():
        images.save(out, sheet(), enlargement(scale, pictures.shape[-1]), origin=origin)
    else:
        unused("single pictures are not enlarged, only sheets of them", "--scale")
        digits = len(str(len(pictures) - 1))
        stems = names if len(names) == len(pictures) else [f"{k:0{digits}d}" for k in range(len(pictures))]
        for stem, picture in zip(stems, pictures):
            images.save(out / f"{stem}.png", picture, origin=origin)
    tell(out)


def labelled(labels: Tensor | None, classes: Sequence[str] = ()) -> dict[str, Any]:
    """The arrays `labels` and `classes`, their names, of an .npz file, if there are any."""
    names = {"classes": numpy.array(classes, dtype=numpy.str_)} if len(classes) else {}
    return {} if labels is None else {"labels": labels.numpy(), **names}


def save_arrays(out: Path, **arrays: Any) -> None:
    """Write an .npz file."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with whole(out) as beside, beside.open("wb") as file:  # a name without .npz stays as it is
        numpy.savez_compressed(file, **arrays)


def rows_of(*rows: Tensor, columns: int) -> Tensor:
    """Pictures (N, C, H, W) that belong together, one below the other, wrapped after `columns` -> (1, C, ., .)."""
    parts = []
    for start in range(0, len(rows[0]), columns):
        for row in rows:
            part = row[start : start + columns]
            parts += [part, part.new_ones(columns - len(part), *part.shape[1:])] if len(rows[0]) > columns else [part]
    return images.grid(torch.cat(parts), min(columns, len(rows[0])))


def unique_stems(paths: Sequence[Path]) -> list[str]:
    """A name for each file that no other has."""
    return result_names([path.stem for path in paths])


def enlargement(scale: int | None, size: int) -> int:
    """`scale`, or by default what brings small images to about 64 pixels."""
    if scale is not None and scale < 1:
        raise InputError(f"--scale {scale}: at least 1")
    return scale or max(1, 64 // size)
