"""What a machine runs out of: memory, room on the disk, handles. Told apart from faults of files, said in one line."""

from __future__ import annotations

import errno
import os
import re
import sys
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from aegean.errors import InputError

# What NumPy raises of an .npy or .npz file that is damaged: its head is read as Python's source is.
DAMAGED = (
    *(OSError, ValueError, EOFError, KeyError, TypeError, AttributeError, NotImplementedError),
    *(SyntaxError, tokenize.TokenError, zlib.error, zipfile.BadZipFile),
)

NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
OF_THE_MACHINE = NO_ROOM | {
    errno.EMFILE,
    errno.ENFILE,
    errno.EIO,
    errno.ENOMEM,
    errno.ESTALE,
    errno.EROFS,
    errno.EAGAIN,
}
LESS = "lower --batch-size, --width, --size or -n, or close other programs"
REMEDIES = {
    **dict.fromkeys(NO_ROOM, "free some, or name another place: --out, or AEGEAN_CACHE for what is kept"),
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), "raise `ulimit -n`, or close other programs"),
    errno.ENOMEM: LESS,
}
TOO_LARGE = re.compile("allocate memory|not enough memory|out of memory|bad_alloc|size calculation overflowed", re.I)
SPARE = 2**28  # bytes that are left to all else


def errno_of(error: BaseException) -> int | None:
    """The system's number of an error, whether Python, Rust ("os error 28"), NumPy or torch raised it; else None."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and TOO_LARGE.search(str(error))):
        return errno.ENOMEM
    found = re.search(r"\(os error (\d+)\)", str(error))
    return int(found[1]) if found else None


def is_of_the_machine(error: BaseException) -> bool:
    """Whether an error tells of memory, disk or handles, and nothing of what was read."""
    return errno_of(error) in OF_THE_MACHINE


def fault(error: Exception) -> str | None:
    """What is lacking, where, and what to do, in one line; None for an error that the system has no number for."""
    if (number := errno_of(error)) is None:
        return None
    where = f"{error.filename}: " if isinstance(error, OSError) and error.filename else ""
    asked = re.search(r"allocate (\d[\d.]* ?(?:[KMGTPE]iB|bytes))", str(error))
    what = "not enough memory" if number == errno.ENOMEM else os.strerror(number)
    remedy = REMEDIES.get(number)
    return where + what + (f" ({asked[1]} asked for at once)" if asked else "") + (f"; {remedy}" if remedy else "")


def pass_on(error: Exception, path: object) -> None:
    """Raise an error of the machine again, `path` named in it, since it tells nothing of what was read."""
    with named(str(path)):
        if is_of_the_machine(error):
            raise error


@contextmanager
def named(path: str | Path, beside: Path | None = None) -> Iterator[None]:
    """Errors of the machine in here name `path`, if they name nothing, or what is written `beside` it."""
    try:
        yield
    except Exception as error:
        name = error.filename if isinstance(error, OSError) else None
        if is_of_the_machine(error) and name in {None, str(beside)}:
            number = errno_of(error) or 0
            raise OSError(number, _words(error, number), str(path)) from error
        raise


def _words(error: Exception, number: int) -> str:
    return str(error) if number == errno.ENOMEM and not isinstance(error, OSError) else os.strerror(number)


def check_memory(needed: int, what: str, remedy: str = LESS) -> None:
    """InputError where `needed` bytes are more than can be had: the system would end the process, without a word."""
    free = free_memory()
    if free is not None and needed > free - SPARE:
        gib = 2**30
        raise InputError(f"{what} needs about {needed / gib:,.1f} GiB of memory; {free / gib:,.1f} are free; {remedy}")


def free_memory() -> int | None:
    """Bytes that this process may still have: of the machine, of its container, of `ulimit -v`; None where unknown."""
    found = []
    with suppress(OSError, ValueError, KeyError):
        lines = (line.split() for line in Path("/proc/meminfo").read_text(encoding="utf-8").splitlines())
        kilobytes = {words[0]: int(words[1]) for words in lines}
        found.append(1024 * (kilobytes["MemAvailable:"] + kilobytes["SwapFree:"]))
    with suppress(OSError, ValueError):  # "max" is no limit
        group = Path("/sys/fs/cgroup")
        limit, used = ((group / name).read_text(encoding="utf-8") for name in ("memory.max", "memory.current"))
        found.append(int(limit) - int(used))
    if sys.platform != "win32":
        import resource

        limit_of_all, _ = resource.getrlimit(resource.RLIMIT_AS)
        with suppress(OSError, ValueError):
            if limit_of_all != resource.RLIM_INFINITY:
                pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0])
                found.append(limit_of_all - pages * resource.getpagesize())
    return min(found, default=None)


def allocate(path: Path) -> None:
    """Claim the room of a file that has holes; OSError where there is none, rather than SIGBUS where it is written."""
    if sys.platform == "linux":
        with path.open("rb+") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
