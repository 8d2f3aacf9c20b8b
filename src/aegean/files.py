"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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
        yield beside
        if durable:
            with beside.open("rb+") as file:  # Windows flushes only what may be written
                os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
