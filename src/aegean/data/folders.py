"""Picture files in a folder: which there are, in which order."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from aegean.errors import InputError

ENDINGS = {
    ".png",
    ".jpg",
    ".jpeg",
    ".webp",
    ".bmp",
    ".gif",
    ".tif",
    ".tiff",
    ".ppm",
    ".pgm",
    ".pbm",
    ".pnm",
    ".avif",
    ".jfif",
}


def pictures_in(folder: Path, closed: list[str] | None = None) -> list[Path]:
    """Every picture file at any depth, in natural order, hidden ones left out; told by the ending of its name.

    `closed` takes the folders that may not be entered; without it they are named on stderr.
    """
    shut: list[str] = [] if closed is None else closed
    found = sorted(_walk(folder, shut), key=natural)
    if closed is None:
        for line in notes_of(shut):
            print(f"aegean: {folder}: {line}", file=sys.stderr)
    return found


def holds_pictures(folder: Path) -> bool:
    """Whether there is a picture file at any depth."""
    return next(_walk(folder, []), None) is not None


def some_pictures_in(folder: Path, closed: list[str]) -> list[Path]:
    """The same as `pictures_in`; InputError where there are none."""
    if found := pictures_in(folder, closed):
        return found
    lines = ("holds no pictures (.png, .jpg, .webp, .bmp, .gif, .tif ...)", *notes_of(closed))
    raise InputError(f"{folder}: {'; '.join(lines)}")


def notes_of(closed: list[str]) -> tuple[str, ...]:
    """What is said of folders that may not be entered, if there are any."""
    if not closed:
        return ()
    return (f"{len(closed):,} folder{'s' * (len(closed) != 1)} in it may not be entered; the first: {closed[0]}",)


def folders_in(folder: Path) -> dict[str, Path]:
    """The folders that lie in one, by name, hidden ones left out; InputError where it may not be entered."""
    try:
        children = sorted(folder.iterdir())
    except OSError as error:
        raise InputError(f"{folder}: cannot be entered ({error.strerror})") from error
    return {child.name: child for child in children if child.is_dir() and child.name[0] != "."}


def natural(path: Path) -> list[tuple[int, str]]:
    """Sorting key: 2.png comes before 10.png."""
    return [(int(part), "") if part.isdecimal() else (0, part.lower()) for part in re.split(r"(\d+)", str(path))]


def _walk(folder: Path, closed: list[str]) -> Iterator[Path]:
    """Links are followed, but for those to what is found without them."""
    root = folder.resolve()
    for here, folders, files in os.walk(folder, onerror=lambda error: closed.append(error.filename), followlinks=True):
        folders[:] = [name for name in folders if not name.startswith(".") and not _is_found(here, name, root)]
        for name in files:
            picture = os.path.splitext(name)[1].lower() in ENDINGS and not name.startswith(".")  # noqa: PTH122 (200,000)
            if picture and not _is_found(here, name, root):
                yield Path(here, name)


def _is_found(here: str, name: str, root: Path) -> bool:
    """Whether a link leads to a place in the folder where pictures are looked for, or to one that the folder is in."""
    if not os.path.islink(os.path.join(here, name)):  # noqa: PTH114, PTH118 (200,000 files)
        return False
    target = Path(here, name).resolve()
    if not target.is_relative_to(root):
        return root.is_relative_to(target)
    hidden = any(part.startswith(".") for part in target.relative_to(root).parts)
    return not hidden and (target.is_dir() or target.suffix.lower() in ENDINGS)
