"""The checkpoints of a run: the last one, and the one before it to fall back on, should the last be damaged."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from aegean.errors import InputError
from aegean.files import unfinished
from aegean.runs.storage import Damaged, read_metadata, read_tensors, save_tensors

log = logging.getLogger(__name__)


class State:
    """The folder state/ of a run."""

    def __init__(self, folder: Path) -> None:
        self.last, self.previous = folder / "state.safetensors", folder / "previous.safetensors"

    @property
    def paths(self) -> list[Path]:
        """Those that there are, the last one first."""
        return [path for path in (self.last, self.previous) if path.is_file()]

    @property
    def step(self) -> int | None:
        """The step of the checkpoint that `load` takes, by its head; None where there is none."""
        for path in self.paths:
            with contextlib.suppress(Damaged):
                return _count(read_metadata(path), "step", path)
        return None

    def save(self, tensors: Mapping[str, Tensor], family: str, step: int, processes: int) -> None:
        """Write the checkpoint, whole or not at all; the one before it is kept as well."""
        self.last.parent.mkdir(exist_ok=True)
        if self.last.exists():
            with unfinished(self.previous) as beside:
                try:
                    os.link(self.last, beside)
                except OSError:  # a file system without links
                    shutil.copyfile(self.last, beside)
                beside.replace(self.previous)
        save_tensors(self.last, tensors, {"family": family, "step": str(step), "processes": str(processes)})

    def load(self, family: str) -> tuple[dict[str, Tensor], int, int]:
        """The tensors, the step, and how many processes made it."""
        damage: list[Damaged] = []
        for path in self.paths:
            try:
                tensors, metadata = read_tensors(path)
            except Damaged as error:
                damage.append(error)
                continue
            if metadata.get("family") != family:
                raise InputError(f"{path}: a checkpoint of {metadata.get('family')}, not {family}")
            step = _count(metadata, "step", path)
            if damage:
                log.warning(f"{damage[0]}; the checkpoint before it, of step {step}, is taken")
            return tensors, step, _count({"processes": "1"} | metadata, "processes", path)
        if damage:
            raise InputError(f"{damage[0]}; nothing was loaded")
        raise InputError(f"{self.last}: there is no checkpoint to resume from")


def _count(metadata: Mapping[str, str], name: str, path: Path) -> int:
    """A number that a checkpoint tells; InputError where it is none."""
    if not (word := metadata.get(name, "")).isdecimal():
        raise InputError(f"{path}: not as aegean writes it ({name} is {word!r})")
    return int(word)
