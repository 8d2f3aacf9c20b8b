"""Trainings that the studio starts, each a process of its own: what the command line would do, by its own words."""

from __future__ import annotations

import dataclasses
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from aegean.data.datasets import DATASETS
from aegean.errors import InputError, did_you_mean
from aegean.families import FAMILIES, PARTS, RunConfig, change, default_config
from aegean.families.settings import flag
from aegean.runs import load
from aegean.studio.form import form
from aegean.studio.state import Studio

RUNS = ("init", "codes")  # settings that name a run
NOT_HERE = ("networks", "tracker", "strict")  # settings that run code of others, or ask other machines
Changes = dict[str, Any]


class Trainings:
    """The processes, by the names of their runs."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self._of: dict[str, subprocess.Popen[bytes]] = {}
        self._stopped: set[str] = set()
        self._lock = threading.Lock()

    def live(self, name: str) -> bool:
        """Whether this run trains now."""
        process = self._of.get(name)
        return process is not None and process.poll() is None

    def problem(self, name: str) -> str | None:
        """What a training that failed said last."""
        process = self._of.get(name)
        if process is None or name in self._stopped or not process.poll():
            return None
        said = [line for line in self._log(name).read_text(errors="replace").splitlines() if line.strip()]
        return said[-1].removeprefix("aegean: ") if said else f"the training ended with {process.poll()}"

    def start(self, name: str, words: list[str]) -> None:
        """Run `aegean WORDS` for this run."""
        with self._lock:
            if self.live(name):
                raise InputError(f"{name} is being trained")
            self._stopped.discard(name)
            command = [sys.executable, "-m", "aegean", *words, "--quiet"]
            with self._log(name).open("w") as log:
                self._of[name] = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
                )

    def stop(self, name: str) -> None:
        """Ask for the end: after this step, with a checkpoint."""
        if not self.live(name):
            raise InputError(f"{name} is not being trained here")
        self._stopped.add(name)
        self._of[name].send_signal(signal.SIGINT)

    def waiting(self) -> dict[str, str | None]:
        """Runs that were started and have no folder yet, or never had one: what is wrong with each, or None."""
        return {name: self.problem(name) for name in self._of}

    def forget(self, name: str) -> None:
        """No longer tell of a run."""
        self._of.pop(name, None)

    def close(self) -> None:
        """Stop all, each with its checkpoint."""
        live = [name for name in self._of if self.live(name)]
        for name in live:
            self.stop(name)
        for name in live:
            try:
                self._of[name].wait(60)
            except subprocess.TimeoutExpired:
                self._of[name].kill()

    def _log(self, name: str) -> Path:
        return self.logs / f"{name}.log"


def families(studio: Studio) -> dict[str, Any]:
    """The families that can be trained, and the data sets that have a name."""
    known = [{"name": name, "summary": family.summary} for name, family in FAMILIES.items()]
    sets = [{"name": name, "what": one.what, "missing": one.missing()} for name, one in DATASETS.items()]
    return {"families": known, "datasets": sets, "folders": studio.folder_names()}


def settings(studio: Studio, family: str, like: str | None = None) -> dict[str, Any]:
    """The form of a family's settings, part by part; their values those of a run like it, if one is named."""
    config = load(studio.runs.find(like)).config if like else default_config(family)
    return {
        "family": config.family,
        "name": studio.runs.free_name(f"{config.family}-{Path(config.data.data).stem}"),
        "parts": {part: form(getattr(config, part), NOT_HERE) for part in PARTS},
    }


def train(
    studio: Studio, family: str, changes: Changes, name: str | None = None, like: str | None = None
) -> dict[str, Any]:
    """Start a training: a family's defaults, or a run's settings, with `changes`; the run's name and the command."""
    base = load(studio.runs.find(like)).config if like else default_config(family)
    config = change(base, **{key: _allowed(studio, key, value) for key, value in changes.items()})
    name = name or studio.runs.free_name(f"{config.family}-{Path(config.data.data).stem}")
    words = ["train", config.family, *_flags(config), "--out", str(studio.runs.new(name))]
    studio.trainings.start(name, words)
    return {"run": name, "command": " ".join(["aegean", *words])}


def stop(studio: Studio, run: str) -> dict[str, Any]:
    """Ask a training to end; its checkpoint is written first."""
    studio.trainings.stop(run)
    return {"run": run}


def resume(studio: Studio, run: str) -> dict[str, Any]:
    """Go on with a run from its checkpoint."""
    path = studio.runs.find(run)
    one = load(path)
    if not one.state.paths:
        raise InputError(f"{run} has no checkpoint to go on from")
    if one.step >= one.config.training.steps:
        raise InputError(f"{run} has made all of its {one.config.training.steps:,} steps")
    studio.trainings.start(run, ["resume", str(path)])
    return {"run": run}


def delete(studio: Studio, run: str) -> dict[str, Any]:
    """Move a run to the bin; the name by which it can be had back."""
    if studio.trainings.live(run):
        raise InputError(f"{run} is being trained: stop it first")
    kept = studio.runs.bin(run)
    studio.trainings.forget(run)
    return {"kept": kept}


def undelete(studio: Studio, kept: str) -> dict[str, Any]:
    """Take a run back from the bin."""
    return {"run": studio.runs.unbin(kept)}


def _allowed(studio: Studio, name: str, value: Any) -> Any:
    """A setting that may be given from a page: no code of others, no other machine, no path outside."""
    if name in NOT_HERE:
        raise InputError(f"{name.replace('_', ' ')} is set on the command line alone")
    if name in RUNS and value is not None:
        return str(studio.runs.find(str(value)))
    if name in ("data", "other") and value is not None:
        word = str(value)
        if word in DATASETS or word.removeprefix("stacked:") in DATASETS:
            return word
        known = [*DATASETS, *studio.folder_names()]
        if word not in studio.folder_names():
            raise InputError(
                f"there are no data {word[:60]!r} here.{did_you_mean(word[:60], known)} Folders of your own: start the"
                " studio with --pictures FOLDER"
            )
        return str(studio.folder(word))
    return value


def _flags(config: RunConfig) -> list[str]:
    """The settings that are not the family's defaults, as the command line writes them."""
    usual, words = default_config(config.family), list[str]()
    for part in PARTS:
        mine, theirs = getattr(config, part), getattr(usual, part)
        for one in dataclasses.fields(mine):
            value = getattr(mine, one.name)
            if value == getattr(theirs, one.name):
                continue
            if isinstance(value, bool):
                words.append(flag(one.name) if value else f"--no-{one.name.replace('_', '-')}")
            else:
                words += [flag(one.name), *map(str, value if isinstance(value, tuple) else [value])]
    return words
