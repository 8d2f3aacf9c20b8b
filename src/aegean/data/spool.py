"""Pieces of bytes that can be read one after the other alone, laid where each is found at once."""

from __future__ import annotations

import shutil
import tempfile
import threading
import weakref
from array import array
from collections.abc import Callable, Iterator

from aegean.data.cache import cache_folder
from aegean.errors import InputError
from aegean.resources import SPARE


class Spool:
    """Filled when first asked, in a file without a name beside the cache, which the system removes at the end."""

    def __init__(self, pieces: Callable[[], Iterator[bytes]]) -> None:
        """`pieces`: all of them, in order."""
        self.pieces = pieces
        self.lock = threading.Lock()
        self.ends = array("q", [0])
        self.failed: InputError | None = None  # why it cannot be filled, which is not tried again for each piece

    def __getitem__(self, index: int) -> bytes:
        """One piece, from any thread; InputError where the disk has too little room."""
        with self.lock:
            if self.failed:
                raise self.failed
            if len(self.ends) == 1:
                try:
                    self._fill()
                except InputError as error:
                    self.failed = error
                    raise
            start, end = self.ends[index : index + 2]
            self.file.seek(start)
            return self.file.read(end - start)

    def _fill(self) -> None:
        folder = cache_folder()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            room = shutil.disk_usage(folder).free - SPARE
            file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (it lives as long as this)
        except OSError as error:
            raise InputError(f"{folder}: cannot be written ({error}); AEGEAN_CACHE names another place") from error
        weakref.finalize(self, file.close)
        ends = array("q", [0])
        for piece in self.pieces():
            ends.append(ends[-1] + len(piece))
            if ends[-1] > room:
                file.truncate(0)
                raise InputError(f"{folder}: too little room to unpack there; AEGEAN_CACHE names another place")
            file.write(piece)
        self.file, self.ends = file, ends
