"""Picture files in a folder: which there are, in which order, and what else lies there."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from aegean.consoles import warn
from aegean.data.layout import Splits
from aegean.data.left_out import LeftOut
from aegean.errors import InputError
from aegean.files import holds_run
from aegean.images import made_here
from aegean.picture_formats import HEIF, can_read_heif, holds_picture, is_heif

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
FILMS = {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi"}
WORDS = {".txt", ".csv", ".tsv", ".json", ".jsonl", ".xml", ".html", ".md", ".yaml", ".yml", ".py", ".log", ".ini"}
SYSTEM = {"@eadir", "#recycle", "$recycle.bin", "__macosx", "system volume information", "lost+found", "thumbs.db"}
SIGNED = 10_000  # so many pictures of a folder are asked whether they were made here; of more, a part first


@dataclass
class Found:
    """The pictures below a folder, in natural order, and what was left out."""

    paths: list[Path] = field(default_factory=list)
    left_out: LeftOut = field(default_factory=LeftOut)
    links: int = 0  # pictures and folders that lie elsewhere


def look_through(folder: Path, but: Path | None = None, known: Iterable[Path] = ()) -> Found:
    """Every picture at any depth, told by its content where its ending tells nothing; `known` files are passed over.

    Left out, and counted: what is no picture, what cannot be entered or leads nowhere, what is hidden or of the system,
    runs, pictures that aegean made (unless all are), folders without a picture, and all that lies in `but`.
    """
    walk = _Walk(folder, but, {str(path) for path in known})
    walk.go()
    found = walk.found
    found.paths.sort(key=natural)
    _leave_out_results(found)
    return found


def pictures_in(folder: Path, but: Path | None = None) -> list[Path]:
    """The pictures that `look_through` finds; what it leaves out is said on stderr."""
    found = look_through(folder, but)
    for line in found.left_out.lines():
        warn(f"{folder}: {line}")
    return found.paths


def some_pictures_in(folder: Path, known: Iterable[Path] = ()) -> Found:
    """The same as `look_through`; InputError where there are none."""
    found = look_through(folder, known=known)
    if not found.paths:
        lines = ("holds no pictures (.png, .jpg, .webp, .bmp, .gif, .tif ...)", *found.left_out.lines())
        raise InputError(f"{folder}: {'; '.join(lines)}")
    return found


def parts_in(folder: Path, splits: Splits, known: Iterable[Path] = ()) -> tuple[dict[str, Found], LeftOut]:
    """What the folder of each part holds, and what is left out of the set; InputError for a part without pictures."""
    known, left_out = list(known), LeftOut()
    for name, child in folders_in(folder).items() if splits.folders else ():
        if name not in splits.folders.values() and (paths := look_through(child).paths):
            left_out.add_all(splits.beside, paths)
    looked = {part: some_pictures_in(folder / name, known) for part, name in splits.parts.items()}
    for found in looked.values():
        left_out.join(found.left_out)
    return looked, left_out


def folders_in(folder: Path) -> dict[str, Path]:
    """The folders that lie in one, by name, but for hidden ones, those of the system, and runs; InputError if shut."""
    try:
        children = sorted(folder.iterdir())
    except OSError as error:
        raise InputError(f"{folder}: cannot be entered ({error.strerror})") from error
    return {child.name: child for child in children if child.is_dir() and not _passed_over(child.name, child)}


def natural(path: PurePath) -> list[tuple[int, str]]:
    """Sorting key: 2.png comes before 10.png."""
    return [(int(part), "") if part.isdecimal() else (0, part.lower()) for part in re.split(r"(\d+)", str(path))]


def _passed_over(name: str, path: str | Path) -> str | None:
    """Why a folder is not entered, or a file not looked at; None: it is."""
    return name_passed_over(name) or ("a run of aegean" if holds_run(path) else None)


def name_passed_over(name: str) -> str | None:
    """Why what is called so is no part of a set; None: its name does not tell."""
    if name.startswith("."):
        return "hidden"
    return "made by the system" if name.lower() in SYSTEM else None


class _Walk:
    """Links are followed, but for those to what is found without them; no folder is entered twice."""

    def __init__(self, folder: Path, but: Path | None, known: Collection[str]) -> None:
        self.known = known
        self.folder, self.root = folder, os.path.realpath(folder)
        self.but = None if but is None else os.path.realpath(but)
        self.found, self.entered = Found(), set[tuple[int, int]]()
        self.filled = set[str]()  # folders with a picture at any depth
        self.seen: list[str] = []

    def go(self) -> None:
        waiting = [os.fspath(self.folder)]
        while waiting:
            here = waiting.pop()
            try:
                status = Path(here).stat()
                if (status.st_dev, status.st_ino) in self.entered:
                    self.found.left_out.add("a link to what is there anyway", here)
                    continue
                self.entered.add((status.st_dev, status.st_ino))
                with os.scandir(here) as entries:
                    children = sorted(entries, key=lambda entry: entry.name)
            except OSError as error:
                if error.errno not in {errno.EACCES, errno.EPERM, errno.ENOENT}:
                    raise  # of the machine, not of this folder
                self.found.left_out.add("a folder that may not be entered", here)
                self._fill(Path(here))
                continue
            self.seen.append(str(Path(here)))
            waiting += [entry.path for entry in reversed(children) if self._folder(entry)]
        for path in self.found.paths:
            self._fill(path.parent)
        empty = [here for here in self.seen[1:] if here not in self.filled]
        self.found.left_out.add_all("a folder without a picture", sorted(empty))

    def _fill(self, folder: Path) -> None:
        """Note that a folder, and so all that it lies in, is not without a picture."""
        while str(folder) not in self.filled and folder != self.folder:
            self.filled.add(str(folder))
            folder = folder.parent

    def _folder(self, entry: os.DirEntry[str]) -> bool:
        """Whether an entry is a folder to enter; a file is dealt with."""
        left_out = self.found.left_out
        if self.but is not None and os.path.realpath(entry.path) == self.but:
            left_out.add("where the results go", entry.path)
            self._fill(Path(entry.path).parent)
            return False
        folder = os.path.isdir(entry.path) if entry.is_symlink() else entry.is_dir()  # noqa: PTH112 (a loop is none)
        if entry.name.startswith(".") or entry.name.lower() in SYSTEM or (folder and holds_run(entry.path)):
            left_out.add(str(_passed_over(entry.name, entry.path)), entry.path)
            self._fill(Path(entry.path).parent)
            return False
        if entry.is_symlink():
            if not os.path.exists(entry.path):  # noqa: PTH110
                left_out.add("a link that leads nowhere", entry.path)
                return False
            if self._is_there_anyway(entry, folder):
                left_out.add("a link to what is there anyway", entry.path)
                return False
            self.found.links += 1
        if not folder:
            self._file(entry)
        return folder

    def _file(self, entry: os.DirEntry[str]) -> None:
        ending = os.path.splitext(entry.name)[1].lower()  # noqa: PTH122 (200,000)
        if entry.path in self.known:
            return
        if not entry.is_file():
            self.found.left_out.add("neither a file nor a folder", entry.path)
        elif ending in ENDINGS or (reason := _no_picture(entry.path, ending)) is None:
            self.found.paths.append(Path(entry.path))
        else:
            self.found.left_out.add(reason, entry.path)

    def _is_there_anyway(self, entry: os.DirEntry[str], folder: bool) -> bool:
        """Whether a link leads to a place in the folder where pictures are looked for, or to one that it is in."""
        target = os.path.realpath(entry.path)
        root = self.root.rstrip(os.sep) + os.sep
        if not target.startswith(root):
            return root.startswith(target.rstrip(os.sep) + os.sep)
        if any(part.startswith(".") for part in Path(target[len(root) :]).parts):
            return False
        ending = os.path.splitext(target)[1].lower()  # noqa: PTH122
        return folder or ending in ENDINGS or _no_picture(target, ending) is None


def _no_picture(path: str, ending: str) -> str | None:
    """Why a file whose ending does not say that it is a picture is none; None: by its content it is."""
    if ending in FILMS:
        return f"a film ({ending})"
    if ending in WORDS:
        return f"not a picture ({ending})"
    try:
        if is_heif(path):
            return None if can_read_heif() else HEIF
        return None if holds_picture(path) else f"not a picture ({ending or 'no ending'})"
    except PermissionError:
        return "a file that may not be read"


def _leave_out_results(found: Found) -> None:
    """Leave out the pictures that aegean made, as they say themselves, unless it made them all."""
    some = found.paths[:: max(1, len(found.paths) // SIGNED)]
    if not any(made_here(path) for path in some):
        return
    ours = {path for path in found.paths if made_here(path)}
    if len(ours) < len(found.paths):
        found.left_out.add_all("made by aegean", [path for path in found.paths if path in ours])
        found.paths = [path for path in found.paths if path not in ours]
