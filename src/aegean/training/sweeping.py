"""A sweep: one training for each combination of some settings, each a run of its own in one folder.

The same sweep again goes on: runs that are done stay as they are, stopped ones are resumed, new ones are begun.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aegean.consoles import warn
from aegean.data import open_dataset, take_given
from aegean.errors import InputError
from aegean.families import RunConfig, change, default_config
from aegean.files import result_name
from aegean.runs import Run, is_run
from aegean.training.callbacks import Callback
from aegean.training.codes import with_codec
from aegean.training.jobs import Job, spread
from aegean.training.loop import resume, train
from aegean.training.stop import Stopped
from aegean.training.trackers import check_tracker


class Unfinished(InputError):
    """Some runs of a sweep, which lie in `folder`, ended with an error; the others are done."""

    def __init__(self, line: str, folder: Path) -> None:
        super().__init__(line)
        self.folder = folder


@dataclass(frozen=True)
class Trial:
    """One combination, and where its run lies."""

    words: str  # learning_rate=0.001, width=16
    path: Path
    config: RunConfig

    @property
    def begun(self) -> bool:
        """Whether its run is there."""
        return is_run(self.path)

    @property
    def done(self) -> bool:
        """Whether its run reached its last step, or was stopped by a callback."""
        if not self.begun:
            return False
        run = Run(self.path)
        finished = run.step >= self.config.training.steps or "stopped" in next(iter(run.history[-1:]), {})
        return finished and run.weights_path.exists()


def sweep(
    family: str | None = None,
    over: Mapping[str, Sequence[Any]] | None = None,
    *,
    config: RunConfig | None = None,
    out: str | Path | None = None,
    jobs: int = 1,
    quiet: bool = False,
    callbacks: Sequence[Callback] = (),
    **settings: Any,
) -> list[Run]:
    """Train once for each combination of settings, and return the runs in that order.

    Args:
        family: a key of `aegean.FAMILIES`.
        over: values to try of each setting, by its name: `{"learning_rate": [1e-3, 3e-4], "width": [16, 32]}`.
        config: a whole config to start from instead of a family's defaults.
        out: the folder for the runs; None: runs/FAMILY-DATA-sweep. What lies there of the same sweep goes on.
        jobs: processes that train side by side, each with its part of the cores.
        quiet: say nothing as it goes on.
        callbacks: what is called in each training; with several jobs, `KeepBest` and `StopEarly` alone.
        settings: as for `train`: what is the same in all.

    Raises:
        InputError: before the first training, for whatever does not fit; after the last one, where some failed.
    """
    if (family is None) == (config is None):
        raise InputError("a sweep takes the name of a family, or a whole config")
    if jobs < 1:
        raise InputError(f"--jobs {jobs}: must be 1 or more")
    if "WORLD_SIZE" in os.environ:
        raise InputError("a sweep is not shared among the processes of torchrun; --jobs spreads it over its own")
    given, settings = take_given(settings)
    base = change(config, **settings) if config else default_config(str(family), **settings)
    folder = Path(out) if out is not None else Path("runs") / f"{base.family}-{_name(base)}-sweep"
    if is_run(folder):
        raise InputError(f"{folder}: is a run; a sweep takes a folder for several")
    trials = _trials(base, over or {}, folder)
    for trial in trials:
        _check(trial)
    for data in {trial.config.data for trial in trials}:
        open_dataset(data, given=given)
    tell = (lambda line: None) if quiet else warn
    if jobs > 1:
        if given is not None:
            raise InputError("--jobs: data from Python are of this process alone; give them as a file, or jobs=1")
        failed = spread([_job(trial, callbacks) for trial in trials if not trial.done], jobs, tell)
    else:
        failed = _one_by_one(trials, given, quiet, callbacks, tell)
    if failed:
        name, why = next(iter(failed.items()))
        raise Unfinished(f"{len(failed)} of {len(trials)} runs failed; the first: {name}: {why}", folder)
    return [Run(trial.path) for trial in trials]


def _name(config: RunConfig) -> str:
    """Of the data, as far as their word tells it before they are opened."""
    return result_name(Path(config.data.data).name.split(".")[0] or "data")


def _trials(base: RunConfig, over: Mapping[str, Sequence[Any]], folder: Path) -> list[Trial]:
    """Every combination, its settings checked; InputError for the first that does not fit."""
    if not over:
        raise InputError("a sweep needs settings to try, such as learning_rate=1e-3,3e-4")
    for name, values in over.items():
        if isinstance(values, str) or not isinstance(values, Iterable) or not list(values):
            raise InputError(f"--sweep {name}: expected a list of values, not {values!r}")
    trials = []
    for values in itertools.product(*over.values()):
        words = [f"{name}={value}" for name, value in zip(over, values)]
        config = with_codec(change(base, **dict(zip(over, values))).checked())
        check_tracker(config.training.tracker)
        trials.append(Trial(", ".join(words), folder / result_name(",".join(words)), config))
    if twice := next((one for one in trials if sum(other.path == one.path for other in trials) > 1), None):
        raise InputError(f"--sweep: {twice.words} is there twice")
    return trials


def _check(trial: Trial) -> None:
    """InputError where a run lies there that is of other settings."""
    if not trial.begun:
        if trial.path.exists() and (not trial.path.is_dir() or any(trial.path.iterdir())):
            raise InputError(f"{trial.path}: is there, and no run; give another --out")
        return
    run = Run(trial.path)
    was = run.config.training
    found = {"precision": was.precision, "device": was.device}  # which a run records as they were found
    auto = {name: value for name, value in found.items() if getattr(trial.config.training, name) == "auto"}
    wanted = change(trial.config, **auto).flat()
    for name, value in run.config.flat().items():
        if value != wanted.get(name):
            raise InputError(
                f"{trial.path}: was trained with {name} {value}, not {wanted.get(name)}; give the sweep another --out"
            )


def _one_by_one(
    trials: Sequence[Trial], given: Any, quiet: bool, callbacks: Sequence[Callback], tell: Callable[[str], None]
) -> dict[str, str]:
    """Train what is not done; why, of each that failed."""
    failed = {}
    for number, trial in enumerate(trials, 1):
        tell(f"{number} of {len(trials)}: {trial.words}{' (done)' if trial.done else ''}")
        try:
            if trial.done:
                continue
            if trial.begun:
                resume(trial.path, data=given, quiet=quiet, callbacks=callbacks)
            else:
                data = {} if given is None else {"data": given}
                train(config=trial.config, out=trial.path, quiet=quiet, callbacks=callbacks, **data)
        except Stopped:
            raise
        except InputError as error:  # of one run, as where it diverges
            failed[trial.words] = str(error)
            tell(f"{trial.words}: {error}")
    return failed


def _job(trial: Trial, callbacks: Sequence[Callback]) -> Job:
    return Job(trial.words, trial.path, None if trial.begun else trial.config, callbacks)
