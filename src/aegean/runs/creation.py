"""A new run folder, made whole or not at all."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aegean.data.splits import SPLITS
from aegean.data.types import Dataset
from aegean.errors import InputError
from aegean.families import RunConfig
from aegean.runs.origin import command, commit, machine
from aegean.runs.run import Run
from aegean.runs.storage import write_whole


def create(config: RunConfig, dataset: Dataset, path: str | Path | None = None, **facts: Any) -> Run:
    """Make a run folder, whole or not at all; without `path`, the first free one of runs/FAMILY-DATA-001, -002, ...

    `facts` are recorded beside where the run comes from.
    """
    splits = {name: dataset.split(name) for name in SPLITS}
    others = {name: len(split.other) for name, split in splits.items() if split.other is not None}
    about = {
        "command": command(),
        **machine(),
        "commit": commit(Path(__file__)),
        "data": dataclasses.asdict(dataset.spec),
        "images": {name: len(split) for name, split in splits.items()},
        **({"other_images": others} if others else {}),  # of the second domain
        "fingerprint": dataset.fingerprint,
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


def _claimed(folder: Path, files: Mapping[str, bytes]) -> bool:
    """Make `folder` with these files in it, by one rename; False where it is there and not empty.

    An empty folder of the user's stays the one it is: the first file claims it, and the last makes it a run.
    """
    if folder.exists():
        if not folder.is_dir() or any(folder.iterdir()):
            return False
        try:
            (folder / next(iter(files))).touch(exist_ok=False)
        except FileExistsError:
            return False
        for name, content in files.items():
            write_whole(folder / name, content)
        return True
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = folder.with_name(f".{os.getpid()}-{folder.name}")
    beside.mkdir()
    try:
        for name, content in files.items():
            write_whole(beside / name, content)
        beside.rename(folder)
    except OSError as error:
        if error.errno in {errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR}:
            return False
        raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return True


def _free_name(stem: str) -> Path:
    number = 1
    while (folder := Path("runs") / f"{stem}-{number:03d}").exists():
        number += 1
    return folder
