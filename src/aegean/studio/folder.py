"""The runs that the studio shows: by name, and none outside its folder."""

from __future__ import annotations

import re
import shutil
import threading
import time
from collections import OrderedDict
from pathlib import Path
from typing import NamedTuple

from aegean.errors import InputError, did_you_mean
from aegean.runs import Run, is_run, load

OPEN = 6  # models that are kept in memory
BIN = ".bin"
NAME = re.compile(r"[\w][\w.+-]{0,99}")


class Opened(NamedTuple):
    """A run whose model is in memory, and the lock that who uses the model holds."""

    run: Run
    lock: threading.RLock


class RunsFolder:
    """A folder of runs, or one run alone."""

    def __init__(self, path: str | Path, device: str = "cpu") -> None:
        """`device`: where the models compute."""
        path, self.device = Path(path), device
        self.alone = path.name if is_run(path) else None
        self.path = path.parent if self.alone else path
        self._opened: OrderedDict[tuple[str, float], Opened] = OrderedDict()
        self._lock = threading.Lock()

    def names(self) -> list[str]:
        """All runs, the newest first."""
        if self.alone:
            return [self.alone]
        if not self.path.is_dir():
            return []
        found = [(self._changed(one), one.name) for one in self.path.iterdir() if _shown(one)]
        return [name for _, name in sorted(found, reverse=True)]

    def find(self, name: str) -> Path:
        """The folder of a run; InputError for a name that is none of `names`, paths among them."""
        known = self.names()
        if name not in known:
            raise InputError(f"there is no run {_clipped(name)!r} here.{did_you_mean(name[:99], known)}")
        return self.path / name

    def new(self, name: str) -> Path:
        """The folder of a run to come; InputError where the name is taken, or is no plain name."""
        if self.alone:
            raise InputError("the studio shows one run alone; start it on a folder of runs to train others")
        if not NAME.fullmatch(name):
            raise InputError(f"a run cannot be called {_clipped(name)!r}: letters, digits, dots, dashes, underscores")
        if (self.path / name).exists():
            raise InputError(f"there is a run called {name} already")
        return self.path / name

    def free_name(self, stem: str) -> str:
        """STEM-001, or the first after it that is free."""
        stem = re.sub(r"[^\w.+-]+", "-", stem).strip("-.")[:80] or "run"
        return next(name for k in range(1, 10**6) if not (self.path / (name := f"{stem}-{k:03d}")).exists())

    def open(self, name: str) -> Opened:
        """A run with its model in memory; opened anew once its weights have changed."""
        path = self.find(name)
        weights = load(path).weights_path
        key = (name, weights.stat().st_mtime if weights.is_file() else 0.0)
        with self._lock:
            if key not in self._opened:
                for other in [other for other in self._opened if other[0] == name]:
                    del self._opened[other]
                self._opened[key] = Opened(load(path, self.device), threading.RLock())
            self._opened.move_to_end(key)
            while len(self._opened) > OPEN:
                self._opened.popitem(last=False)
            return self._opened[key]

    def bin(self, name: str) -> str:
        """Move a run to the bin, `RUNS/.bin`; its name there."""
        path = self.find(name)
        kept = f"{name}~{time.time_ns()}"
        (self.path / BIN).mkdir(exist_ok=True)
        path.rename(self.path / BIN / kept)
        return kept

    def unbin(self, kept: str) -> str:
        """Move a run back from the bin."""
        inside = {one.name for one in (self.path / BIN).iterdir()} if (self.path / BIN).is_dir() else set()
        name = kept.rpartition("~")[0]
        if kept not in inside or not name:
            raise InputError(f"there is no {_clipped(kept)!r} in the bin")
        shutil.move(self.path / BIN / kept, self.new(name))
        return name

    def _changed(self, folder: Path) -> float:
        metrics = load(folder).metrics_path
        return (metrics if metrics.is_file() else folder).stat().st_mtime


def _shown(folder: Path) -> bool:
    return not folder.name.startswith(".") and folder.is_dir() and is_run(folder)


def _clipped(word: str) -> str:
    return word if len(word) <= 60 else word[:57] + "..."
