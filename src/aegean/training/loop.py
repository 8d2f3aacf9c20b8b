"""The story of a training: open the data, set the table, play rounds, write down what happened.

`resume` is the same story begun at the checkpoint: batch order, noise and learning rate are functions of (seed, step),
so a run that is killed at any moment and resumed ends with the same weights, bit for bit, as one that was not.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from aegean.data import open_dataset, take_given
from aegean.data.types import Dataset, ImageSet, spread
from aegean.errors import InputError
from aegean.families import RunConfig, change, default_config
from aegean.runs import Run, create
from aegean.training.codes import with_codec
from aegean.training.diagnosis import verdict
from aegean.training.distributed import Processes
from aegean.training.precision import resolve
from aegean.training.preview import preview
from aegean.training.progress import Line, live
from aegean.training.schedule import BalancedOrder, learning_rate
from aegean.training.stop import Stop
from aegean.training.table import Table, command
from aegean.training.trackers import Tracker, check_tracker

VALIDATION = 1000  # images on which the losses are also reported
VALIDATION_OF_TWO = 16  # the same, of two domains: translators are large, and each image passes six times
AT_ONCE = 16  # of these, or more where batches are larger
SHOWN = 64  # of these in a preview
DIVERGED = "lower --learning-rate or set --clip"  # what then helps


def train(
    family: str | None = None,
    *,
    config: RunConfig | None = None,
    out: str | Path | None = None,
    quiet: bool = False,
    **settings: Any,
) -> Run:
    """Train a model from scratch and return its run, open.

    `family` is a key of `aegean.FAMILIES`; `settings` are any fields of its data, model and training configs, by name:
    `train("vae", data="digits", steps=1500, latent=16)`. `data` may also be the data themselves: whatever
    `open_dataset` takes. `config` starts from a whole config instead. `out` is the run folder, which must not hold
    anything yet. Raises InputError for what the user can mend.
    """
    if (family is None) == (config is None):
        raise InputError("train takes the name of a family, or a whole config")
    given, settings = take_given(settings)  # a config is JSON: it holds a name for data from Python
    config = change(config, **settings).checked() if config else default_config(str(family), **settings)
    check_tracker(config.training.tracker)
    config = with_codec(config)
    processes = Processes(config.training)
    precision = processes.tell(resolve(config.training.precision, processes.device) if processes.first else None)
    config = change(config, precision=precision, device=processes.device.type)
    with processes.first_alone():
        dataset = open_dataset(config.data, given=given)
    table = Table(config, dataset, processes)
    path = processes.tell(str(create(config, dataset, out).path) if processes.first else None)
    run = _play(table, dataset, Run(path), quiet)
    return run if given is None else run.give_data(dataset)


def resume(path: str | Path, *, data: Any = None, quiet: bool = False) -> Run:
    """Go on with a run from its checkpoint, to the step its config says; a finished run is returned as it is.

    `data`: the data again, where they came from Python; InputError where they are missing or others.
    """
    run = Run(path)
    if run.weights_path.exists() and not run.state_path.exists():
        raise InputError(
            f"{run.path}: has weights, but no checkpoint (state/) to go on from; a new run may begin with them:"
            f" aegean train --like {run.path} --init {run.path}"
        )
    processes = Processes(run.config.training)
    with processes.first_alone():
        dataset = open_dataset(run.config.data, given=data)
    if dataset.fingerprint != run.about["fingerprint"]:
        raise InputError(f"{run.path}: the data in {run.config.data.data} is not what this run was trained on")
    begun = run.state_path.exists()
    table = Table(run.config, dataset, processes, begun)
    if begun:
        table.restore(run)
    if processes.first:
        run.rewind(table.step)
        if begun:
            table.save_weights(run)  # a run that was killed as it saved has those of before, or none
    processes.wait()
    run = _play(table, dataset, run, quiet)
    return run if data is None else run.give_data(dataset)


def _play(table: Table, dataset: Dataset, run: Run, quiet: bool) -> Run:
    """Rounds from the table's step to the last."""
    steps = table.training.steps
    diary = Diary(table, dataset, run)
    with Stop() as stop, live(steps, table.step, quiet or not table.processes.first) as line:
        while table.step < steps:
            diary.note(table.play(), line)
            if table.processes.agree(stop.asked):
                diary.close(line)
                how = command(run, table.processes.count)
                raise InputError(f"stopped at step {table.step} of {steps}; go on with: {how}")
        diary.close(line)
    table.processes.finish()
    return Run(run.path)


def _parts(looked: ImageSet, table: Table) -> list[Tensor]:
    """The validation images in parts like the batches of the training; none where an attribute is the same in all."""
    size = max(AT_ONCE, table.training.batch_size)
    balanced = list(table.model.balanced)
    if not balanced or looked.attributes is None:
        return list(torch.arange(len(looked)).chunk(max(1, round(len(looked) / size))))
    has = looked.attributes[:, balanced]
    if bool((has.amin(0) == has.amax(0)).any()):
        return []
    order = BalancedOrder(has, size, seed=0)
    return [order(number) for number in range(max(1, len(looked) // size))]


class Diary:
    """Writes down what happened without making the device wait: terms are read every `log_every` steps."""

    def __init__(self, table: Table, dataset: Dataset, run: Run) -> None:
        self.table, self.run, self.writes = table, run, table.processes.first
        self.looked = dataset.validation.some(VALIDATION_OF_TWO if dataset.spec.domains else VALIDATION)
        self.parts = _parts(self.looked, table)
        self.waiting: list[dict[str, Tensor]] = []
        self.tracker = Tracker(table.config, run if self.writes else None)
        self.lines = run.history
        self.before = max((record.get("seconds", 0.0) for record in self.lines), default=0.0)
        self.started = time.perf_counter()
        self.last = (table.step, self.started)
        self.saved = table.step

    def note(self, logged: dict[str, Tensor], line: Line) -> None:
        """After each round."""
        self.waiting.append(logged)
        training, step = self.table.training, self.table.step
        last = step == training.steps
        if step % training.log_every == 0 or step % training.save_every == 0 or last:
            self.log(line)
        elif step % 10 == 0:
            line.show(step)
        if training.preview_every and (step % training.preview_every == 0 or last):
            self.look()
        if step % training.save_every == 0 or last:  # when all of the step is written down
            self.save()

    def log(self, line: Line) -> None:
        """Means over the steps since the last line; stops the run where one is not a number."""
        if not self.waiting:
            return
        names = list(self.waiting[0])
        values = torch.stack([torch.stack([terms[name].float() for name in names]) for terms in self.waiting]).cpu()
        step = self.table.step
        self.waiting = []
        if not values.isfinite().all():
            row, column = (~values.isfinite()).nonzero()[0].tolist()
            kept = self.run.step
            what = f"{names[column]} became {values[row, column]:.4g} at step {step - len(values) + row + 1}"
            self._write(
                {"step": step, "seconds": round(self._seconds(), 2), "verdict": f"divergence: {what}; {DIVERGED}"}
            )
            raise InputError(
                f"{what}; {'the checkpoint of step ' + str(kept) if kept else 'no checkpoint'} is kept; {DIVERGED}"
            )
        now = time.perf_counter()
        rate = (step - self.last[0]) * self.table.training.batch_size / max(now - self.last[1], 1e-9)
        self.last = (step, now)
        terms = dict(zip(names, values.mean(0).tolist()))
        record = {
            "step": step,
            "images": step * self.table.training.batch_size,
            "seconds": round(self._seconds(), 2),
            "images/s": round(rate, 1),
            "learning_rate": learning_rate(self.table.training, step - 1),
            **terms,
        }
        self.lines.append(record)
        config = self.table.config
        lost = verdict(self.lines, config.family, getattr(config.model, "sees", "pixels"))
        line.show(step, rate, terms, lost)
        self._write(record | ({"verdict": lost} if lost else {}))

    def _seconds(self) -> float:
        """Of training so far, in all parts of the run."""
        return self.before + time.perf_counter() - self.started

    @torch.no_grad()
    def look(self) -> None:
        """The preview picture, and the losses of the averaged model on validation images."""
        if not self.writes:
            return
        model, device = self.table.average.model, self.table.processes.device
        shown = self.looked.batch(spread(len(self.looked), SHOWN), device=device)
        preview(model, shown, self.run, self.table.step)
        torch.manual_seed(0)
        sums: dict[str, float] = {}
        for part in self.parts:
            batch = self.looked.batch(part, device=device)
            for player in model.players():
                for name, value in player.loss(batch)[1].items():
                    name = f"validation/{player.name}/{name}"
                    sums[name] = sums.get(name, 0.0) + len(part) * float(value)
        count = sum(len(part) for part in self.parts)
        self._write({"step": self.table.step} | {name: total / count for name, total in sums.items()})

    def save(self) -> None:
        """A checkpoint."""
        if self.writes:
            self.table.save(self.run)
        self.saved = self.table.step
        self.table.processes.wait()

    def close(self, line: Line) -> None:
        """Write down what is left: on the last step, or where the user stops."""
        self.log(line)
        if self.saved != self.table.step:
            self.save()
        self.tracker.close()

    def _write(self, record: dict[str, Any]) -> None:
        if self.writes:
            self.run.log(record)
            self.tracker.log(record)
