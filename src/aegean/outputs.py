"""The one guard of outputs: what a command writes never takes the place of what it reads, nor of a run's own files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from aegean.data.folders import ENDINGS
from aegean.errors import InputError
from aegean.runs import OWN_FILES, is_run

ELSE = "give another --out"


def check_outputs(made: Iterable[Path], given: Iterable[Path] = (), endings: Sequence[str] = ()) -> None:
    """To be called before anything is touched.

    Args:
        made: Files, or a folder for them, that are going to be written.
        given: Files and folders that they are made from; words that are none are passed over.
        endings: Those that a file may have; none: any.

    Raises:
        InputError: one of `made` is one of `given` under any name, is a picture or a folder in a folder of them, is a
            file that a run is made of, is to be written twice, or has another ending.
    """
    sources = [path for path in given if path.exists()]
    known = {_identity(path): path for path in sources}
    folders = [path.resolve() for path in sources if path.is_dir()]
    written: set[Path] = set()
    for path in made:
        if endings and path.suffix.lower() not in endings:
            raise InputError(f"--out {path}: is written as {' or '.join(endings)}")
        if path.exists() and (source := known.get(_identity(path))):
            raise InputError(f"--out {path}: is {source} itself, from which it would be made; {ELSE}")
        place = path.resolve()
        for folder in folders:
            if place.is_relative_to(folder) and (place.suffix.lower() in ENDINGS or not place.suffix):
                raise InputError(f"--out {path}: lies in {folder}, and would be taken for one of its files; {ELSE}")
        if place in written:
            raise InputError(f"--out {path}: would be written twice; give a folder")
        written.add(place)
        _check_run(path, place)


def _check_run(path: Path, place: Path) -> None:
    for parent in list(place.parents)[:2]:
        if place.relative_to(parent).parts[0] in OWN_FILES and is_run(parent):
            raise InputError(f"--out {path}: is what the run {parent.name} is made of; {ELSE}")


def _identity(path: Path) -> tuple[int, int]:
    """What tells a file from any other, whatever it is called."""
    status = path.stat()
    return status.st_dev, status.st_ino
