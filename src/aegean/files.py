"""Files that are written whole or not at all, and by one process at a time."""

from __future__ import annotations

import errno
import hashlib
import itertools
import json
import os
import re
import secrets
import shutil
import stat
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from aegean.errors import InputError
from aegean.resources import named
from aegean.sharing import writes

UNFINISHED = re.compile(r"\.aegean-[0-9a-f]{16}(\..*)?")  # names of what is being written, or was when all ended

LONGEST = 150  # bytes of a result's name without its ending: most systems allow 255, some of them encrypt
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{k}" for port in ("com", "lpt") for k in range(1, 10))}  # by Windows


@contextmanager
def whole(path: Path, durable: bool = False) -> Iterator[Path]:
    """A path to write to, beside `path` and of its ending: at the end it takes the place of what `path` held.

    Where something fails, or is stopped, before, it is removed, and `path` stays as it was; what a killed process left
    there goes, too. With `durable` the content is on the disk before the name is. What is no file, /dev/stdout say, is
    written to as it is. Of processes that share a command one writes.
    """
    path = path.resolve()  # of a link, the file it leads to is replaced
    if path.exists() and not path.is_file():
        yield path
        return
    with unfinished(path) as beside:
        beside.touch(exist_ok=False)  # follows no link that somebody planted
        mode = stat.S_IMODE(beside.stat().st_mode)  # as the umask has it: some libraries make files for the owner alone
        with named(path, beside):
            yield beside
            beside.chmod(mode)
            if durable:
                with beside.open("rb+") as file:  # Windows flushes only what may be written
                    os.fsync(file.fileno())
            if not writes():  # another process, which shares the command, does
                return
            beside.replace(path)
        if durable:
            _flush_names(path.parent)


@contextmanager
def unfinished(path: Path) -> Iterator[Path]:
    """A free name beside `path`, of its ending, for a file or a folder; what then is there is removed at the end.

    The system's lock on the folder, shared by all who write in it, tells what a killed process left: nobody holds it.
    """
    folder = _open_folder(path.parent)
    beside = path.with_name(f".aegean-{secrets.token_hex(8)}{path.suffix}")
    try:
        if folder is not None:
            _sweep(path.parent, folder)
        yield beside
    finally:
        _remove(beside)
        if folder is not None:
            os.close(folder)


def _open_folder(folder: Path) -> int | None:
    """A descriptor that can be locked; None where the system has none of a folder, or it may not be read."""
    with suppress(OSError):
        return None if sys.platform == "win32" else os.open(folder, os.O_RDONLY)
    return None


_swept: set[tuple[int, int]] = set()  # folders, which may hold many files, that this process has looked through


def _sweep(folder: Path, descriptor: int) -> None:
    """Remove what killed processes left in a folder, if nobody writes there, and hold it as one who does."""
    import fcntl

    status = os.fstat(descriptor)
    if (status.st_dev, status.st_ino) not in _swept:
        with suppress(OSError):  # somebody writes there, or the file system has no locks
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _swept.add((status.st_dev, status.st_ino))
            for name in filter(UNFINISHED.fullmatch, os.listdir(folder)):  # noqa: PTH208 (there may be many)
                _remove(folder / name)
    for _ in range(20):  # whoever sweeps now is done soon; a lock of the user's own is not waited for
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return
        time.sleep(0.01)


def _remove(path: Path) -> None:
    """A file, a link or a folder, if there is one and it may be removed."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def _flush_names(folder: Path) -> None:
    """The names in a folder on the disk, too."""
    if (descriptor := _open_folder(folder)) is not None:
        with suppress(OSError):
            os.fsync(descriptor)
        os.close(descriptor)


@contextmanager
def exclusive(path: Path, doing: str = "writing it", wait: bool = False, lock: Path | None = None) -> Iterator[None]:
    """Hold `path`, a file or a folder that may not exist yet, alone among processes.

    The system's lock on `lock`, by default `.NAME.lock` beside it, ends with this process, however that ends: what a
    killed one leaves is an empty file, which holds nobody up.

    Raises:
        InputError: at once, if another process holds it; with `wait` it is waited for.
    """
    lock = lock or path.with_name(f".{path.name}.lock")
    lock.parent.mkdir(parents=True, exist_ok=True)
    descriptor = _hold(lock, wait)
    if descriptor is None:
        raise InputError(f"{path}: another process is {doing}; wait until it ends, or stop it")
    try:
        yield
    finally:
        with suppress(OSError):  # Windows removes no file that is open
            lock.unlink()
        os.close(descriptor)


def _hold(lock: Path, wait: bool) -> int | None:
    """The descriptor of a lock file that is ours now; None: another's."""
    while True:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(descriptor, wait)
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(descriptor), lock.stat()):
                    return descriptor
        except OSError as error:
            os.close(descriptor)
            if error.errno in {errno.EACCES, errno.EAGAIN, errno.EDEADLK}:
                return None
            raise
        os.close(descriptor)  # who held it removed it between our two steps: once more


def _lock(descriptor: int, wait: bool) -> None:
    """OSError if another process holds it; with `wait` only after a while, or never."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


def holds_run(path: str | Path) -> bool:
    """Whether a folder is that of a run, and not a network in the hub's format, which has a config.json too."""
    try:
        return "family" in dict(json.loads((Path(path).expanduser() / "config.json").read_bytes()))
    except (OSError, ValueError, TypeError, RuntimeError, RecursionError):
        return False


def result_name(text: str) -> str:
    """`text` as a name, without ending, that every system can hold: what none may hold, or not so long, is replaced.

    A name that had to be changed ends in a hash of what it was, so that two never become one.
    """
    signs = ["-" if unicodedata.category(sign)[0] == "C" or sign in '<>:"/\\|?*' else sign for sign in text]
    name = "".join(signs).strip(" .") or "-"
    if name == text and len(name.encode()) <= LONGEST and name.split(".")[0].lower() not in RESERVED:
        return name
    name = name.encode()[: LONGEST - 7].decode(errors="ignore").rstrip(" .")
    return f"{name}-{hashlib.sha256(text.encode(errors='surrogateescape')).hexdigest()[:6]}"


def result_names(texts: Sequence[str]) -> list[str]:
    """A name for each, which no other has, be it in capitals or not, or composed in another way."""
    names = [result_name(text) for text in texts]
    often = Counter(map(_alike, names))
    taken, told = {alike for alike, times in often.items() if times == 1}, []
    for name in names:
        if often[_alike(name)] > 1:
            name = next(other for k in itertools.count() if _alike(other := f"{name}-{k}") not in taken)
            taken.add(_alike(name))
        told.append(name)
    return told


def _alike(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
