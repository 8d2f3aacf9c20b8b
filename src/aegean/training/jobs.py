"""Trainings side by side, a process each: a config goes in, and a line comes out where one fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aegean.errors import InputError
from aegean.families import RunConfig, from_json
from aegean.training.callbacks import Callback, KeepBest, StopEarly
from aegean.training.loop import resume, train

WORK = "from aegean.training.jobs import work; work()"


@dataclass(frozen=True)
class Job:
    """One training."""

    words: str  # what people call it
    path: Path
    config: RunConfig | None  # None: the run is there, and is resumed
    callbacks: Sequence[Callback]

    def to_json(self) -> str:
        """What the process that does it is told; InputError for callbacks that are of this process alone."""
        return json.dumps(
            {
                "command": sys.argv,  # that the run may record how it came about
                "path": str(self.path),
                "config": None if self.config is None else self.config.to_json(),
                "callbacks": [_told(callback) for callback in self.callbacks],
            }
        )


def spread(jobs: Sequence[Job], at_once: int, tell: Callable[[str], None]) -> dict[str, str]:
    """Do all, so many at once; why, of each that failed. What stops this stops them, each with its checkpoint."""
    waiting, failed = [(job, job.to_json()) for job in jobs], dict[str, str]()
    running: list[tuple[Job, _Process]] = []
    threads = str(max(1, (os.cpu_count() or 1) // at_once))
    environment = {"OMP_NUM_THREADS": threads, **os.environ}
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                job, told = waiting.pop(0)
                tell(f"{job.words}: {'goes on' if job.config is None else 'begins'}")
                running.append((job, _Process(told, environment)))
            for job, process in [pair for pair in running if pair[1].ended]:
                running.remove((job, process))
                why = process.close()
                tell(f"{job.words}: {why or 'done'}")
                failed |= {job.words: why} if why else {}
            time.sleep(0.05)
    finally:
        for _, process in running:  # all are told before one is waited for
            process.stop()
        for _, process in running:
            process.close()
    return failed


class _Process:
    """A Python that does one job."""

    def __init__(self, told: str, environment: dict[str, str]) -> None:
        self.said = tempfile.TemporaryFile()  # noqa: SIM115 (a pipe that nobody empties would stop it)
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORK],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self.said,
            env=environment,
            start_new_session=True,  # a terminal's Ctrl-C stops us, and we stop it
            text=True,
        )
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):  # it ended at once, and says why
            self.process.stdin.write(told)
            self.process.stdin.close()

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.process.poll() is not None

    def close(self) -> str:
        """Why it failed, the last line that it said; empty where it did not."""
        code = self.process.wait()
        self.said.seek(0)
        lines = self.said.read().decode(errors="replace").strip().splitlines()
        self.said.close()
        return (lines[-1] if lines else f"ended with {code}") if code else ""

    def stop(self) -> None:
        """Tell it to write its checkpoint, and to end."""
        self.process.terminate()


def work() -> None:
    """What such a process does: reads one job from its standard input."""
    told: dict[str, Any] = json.load(sys.stdin)
    sys.argv = told["command"]
    watching = [_callback(one) for one in told["callbacks"]]
    try:
        if told["config"] is None:
            resume(told["path"], quiet=True, callbacks=watching)
        else:
            train(config=from_json(told["config"]), out=told["path"], quiet=True, callbacks=watching)
    except InputError as error:
        print(error, file=sys.stderr)
        sys.exit(2)


def _told(callback: Callback) -> list[Any]:
    if type(callback) is KeepBest:
        return [callback.term, callback.sign > 0]
    if type(callback) is StopEarly:
        return [callback.term, callback.sign > 0, callback.patience]
    raise InputError(f"--jobs: the callback {type(callback).__name__} is of this process alone; jobs=1 calls it")


def _callback(told: Sequence[Any]) -> Callback:
    term, higher, *patience = told
    return StopEarly(term, patience[0], higher) if patience else KeepBest(term, higher)
