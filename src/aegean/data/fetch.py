"""Files of published sets: looked for where people have them, else fetched from their publisher and checked."""

from __future__ import annotations

import hashlib
import os
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aegean.data.cache import cache_folder
from aegean.errors import InputError
from aegean.files import whole
from aegean.progress import progress_bar

AT_ONCE = 2**20  # bytes read between two looks at the clock
PATIENCE = 30.0  # seconds without a byte


@dataclass(frozen=True)
class Published:
    """A file as its publisher has it."""

    url: str
    md5: str  # as published: it says that the file is whole, not who made it
    size: int = 0  # bytes, for the progress line; 0: as the server says

    @property
    def name(self) -> str:
        """Its name."""
        return self.url.rpartition("/")[2]


def places() -> list[Path]:
    """Where data sets are looked for, in order: those of $AEGEAN_DATA; data/ here and at home; where torchvision's and
    Keras's users, Debian's packages and aegean itself keep them."""
    told = [Path(word).expanduser() for word in os.environ.get("AEGEAN_DATA", "").split(os.pathsep) if word]
    home = Path.home()
    usual = [Path("data"), home / "data", home / ".keras" / "datasets", Path("/usr/share/datasets"), fetched_folder()]
    return [*told, *usual]


def fetched_folder() -> Path:
    """Where what is fetched is kept."""
    return cache_folder() / "datasets"


def find(names: Sequence[str], files: Sequence[Published] = ()) -> Path | None:
    """The first of these files and folders that is in one of the `places`, and lacks none of its published `files`."""
    there = (place / name for place in places() for name in names if (place / name).exists())
    return next((path for path in there if not _begun(path, files)), None)


def _begun(folder: Path, files: Sequence[Published]) -> bool:
    """Whether a download, ours or another's, stopped half-way: some of the files are there, and some are not."""
    if not folder.is_dir():
        return False
    there = [(folder / file.name).exists() or (folder / file.name).with_suffix("").exists() for file in files]
    return not all(there) and (any(there) or folder.parent == fetched_folder())


def fetch(files: Sequence[Published], folder: str) -> Path:
    """The folder of these files in the cache, fetching those that are not there yet.

    Raises:
        InputError: in one line, where there is no network, or what came is not what was published.
    """
    target = fetched_folder() / folder
    for file in files:
        if not (target / file.name).is_file():
            _fetch(file, target)
    return target


def _fetch(file: Published, folder: Path) -> None:
    if os.environ.get("AEGEAN_OFFLINE"):
        raise InputError(f"{file.name}: not at hand, and AEGEAN_OFFLINE is set; from {file.url} into {folder}")
    try:
        with urllib.request.urlopen(file.url, timeout=PATIENCE) as answer:
            folder.mkdir(parents=True, exist_ok=True)
            with whole(folder / file.name) as beside:
                _check(_copied(answer, beside, file), file)
    except (OSError, urllib.error.URLError) as error:
        reason = getattr(error, "reason", None) or error
        raise InputError(f"{file.url}: cannot be fetched ({reason}); put it into {folder} by hand") from error


def _check(found: str, file: Published) -> None:
    """InputError where a digest is not the published one."""
    if found != file.md5:
        raise InputError(f"{file.url}: what came is not the published file (md5 {found}, expected {file.md5})")


def _copied(answer: object, beside: Path, file: Published) -> str:
    """Copy what is sent, and its md5."""
    digest = hashlib.md5(usedforsecurity=False)
    with beside.open("wb") as into, progress_bar(transient=True) as line:
        task = line.add_task(f"fetching {file.name}", total=file.size or None)
        while content := answer.read(AT_ONCE):  # type: ignore[attr-defined]
            into.write(content)
            digest.update(content)
            line.update(task, advance=len(content))
    return digest.hexdigest()
