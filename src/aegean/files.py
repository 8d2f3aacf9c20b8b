"""Files that are written whole or not at all, and by one process at a time."""

from __future__ import annotations

import errno
import hashlib
import itertools
import json
import os
import stat
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from aegean.errors import InputError

LONGEST = 150  # bytes of a result's name without its ending: most systems allow 255, some of them encrypt
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{k}" for port in ("com", "lpt") for k in range(1, 10))}  # by Windows


@contextmanager
def whole(path: Path, durable: bool = False) -> Iterator[Path]:
    """A path to write to, beside `path` and of its ending: at the end it takes the place of what `path` held.

    Where something fails, or is stopped, before, it is removed, and `path` stays as it was. With `durable` the content
    is on the disk before the name is. What is no file, /dev/stdout say, is written to as it is.
    """
    path = path.resolve()  # of a link, the file it leads to is replaced
    if path.exists() and not path.is_file():
        yield path
        return
    beside = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        beside.touch()
        mode = stat.S_IMODE(beside.stat().st_mode)  # as the umask has it: some libraries make files for the owner alone
        yield beside
        beside.chmod(mode)
        if durable:
            with beside.open("rb+") as file:  # Windows flushes only what may be written
                os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold `path`, a file or a folder that may not exist yet, alone among processes.

    The system's lock on `.NAME.lock` beside it ends with this process, however that ends: what a killed one leaves is
    an empty file, which holds nobody up.

    Raises:
        InputError: at once, if another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.with_name(f".{path.name}.lock")
    descriptor = _hold(lock)
    if descriptor is None:
        raise InputError(f"{path}: another process is writing it; wait until it ends, or stop it")
    try:
        yield
    finally:
        with suppress(OSError):  # Windows removes no file that is open
            lock.unlink()
        os.close(descriptor)


def _hold(lock: Path) -> int | None:
    """The descriptor of a lock file that is ours now; None: another's."""
    while True:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(descriptor)
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(descriptor), lock.stat()):
                    return descriptor
        except OSError as error:
            os.close(descriptor)
            if error.errno in {errno.EACCES, errno.EAGAIN, errno.EDEADLK}:
                return None
            raise
        os.close(descriptor)  # who held it removed it between our two steps: once more


def _lock(descriptor: int) -> None:
    """OSError if another process holds it."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_run(path: str | Path) -> bool:
    """Whether a path names the folder of a run, and not a network in the hub's format, which has a config.json too."""
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
