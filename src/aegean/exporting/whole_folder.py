"""A folder that is written whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aegean.errors import InputError


@contextmanager
def whole_folder(out: Path, mark: str) -> Iterator[Path]:
    """A folder to write to, which at the end takes the place of `out`; where something fails, `out` stays as it was.

    Raises:
        InputError: where `out` is a file, or holds what was not exported: an earlier export has a file named `mark`.
    """
    if out.exists() and not out.is_dir():
        raise InputError(f"--out {out}: is a file; a folder is written")
    if out.is_dir() and any(out.iterdir()) and not (out / mark).is_file():
        raise InputError(f"--out {out}: holds other things; give a folder that is not there yet")
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = out.with_name(f".{os.getpid()}-{out.name}")
    beside.mkdir()
    try:
        yield beside
        shutil.rmtree(out, ignore_errors=True)
        beside.rename(out)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
