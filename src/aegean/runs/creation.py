"""A new run folder, made whole or not at all."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from aegean.data.splits import SPLITS
from aegean.data.types import Dataset
from aegean.errors import InputError
from aegean.families import DataConfig, RunConfig
from aegean.files import UNFINISHED, exclusive, holds_run, unfinished
from aegean.places import place
from aegean.runs.origin import command, machine
from aegean.runs.run import Run
from aegean.runs.schema import FORMAT
from aegean.runs.storage import write_whole


def create(config: RunConfig, dataset: Dataset, path: str | Path | None = None, **facts: Any) -> Run:
    """Make a run folder, whole or not at all; without `path`, the first free one of runs/FAMILY-DATA-001, -002, ...

    `facts` are recorded beside where the run comes from.
    """
    splits = {name: dataset.split(name) for name in SPLITS}
    others = {name: len(split.other) for name, split in splits.items() if split.other is not None}
    about = {
        "format": FORMAT,
        "command": command(),
        **machine(),
        "data": dataset.spec.to_json(),
        "images": {name: len(split) for name, split in splits.items()},
        **({"other_images": others} if others else {}),  # of the second domain
        "fingerprint": dataset.fingerprint,
        "from_here": _from(path or Path("runs", "name"), config.data),
        **facts,
    }
    record = {"about.json": about, "config.json": config.to_json()}
    files = {name: (json.dumps(content, indent=2) + "\n").encode() for name, content in record.items()}
    if path is not None:
        if not _claimed(Path(path), files):
            raise InputError(f"{path}: exists already; resume it with `aegean resume {path}`, or give another --out")
        return Run(path)
    while not _claimed(folder := _free_name(f"{config.family}-{dataset.spec.name}"), files):
        pass  # another process was the quicker
    return Run(folder)


def _from(folder: str | Path, data: DataConfig) -> dict[str, str]:
    """The way from a run folder to data that were named from the working folder: a run is resumed from any."""
    named = {"data": data.data, "other": data.other}
    ways = {name: word for name, word in named.items() if word and not Path(word).is_absolute() and Path(word).exists()}
    with suppress(ValueError):  # on another drive
        return {name: os.path.relpath(Path(word).resolve(), Path(folder).resolve()) for name, word in ways.items()}
    return {}


def _claimed(folder: Path, files: Mapping[str, bytes]) -> bool:
    """Make `folder` with these files in it, by one rename; False where it is there and not empty.

    An empty folder of the user's stays the one it is: the last file, its config, makes it a run.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    if folder.exists():
        if not _is_empty(folder):
            return False
        with exclusive(folder / "config.json", "making a run here", wait=True):
            if not _is_empty(folder):
                return False  # another process was the quicker
            for name, content in files.items():
                write_whole(folder / name, content)
        return True
    with unfinished(folder) as beside:
        beside.mkdir()
        for name, content in files.items():
            write_whole(beside / name, content)
        try:
            beside.rename(folder)
        except OSError as error:
            if error.errno in {errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR}:
                return False
            raise
    return True


def _is_empty(folder: Path) -> bool:
    """Whether a folder holds nothing but what a process left that was killed as it made a run here."""
    names = {child.name for child in folder.iterdir()} if folder.is_dir() else {"a file"}
    ours = {"about.json", ".config.json.lock"}
    return not any(name not in ours and not UNFINISHED.fullmatch(name) for name in names)


def is_run(path: str | Path) -> bool:
    """Whether a path names the folder of a run, and not a network in the hub's format, which has a config.json too."""
    return holds_run(place(path))


def _free_name(stem: str) -> Path:
    number = 1
    while (folder := Path("runs") / f"{stem}-{number:03d}").exists():
        number += 1
    return folder
