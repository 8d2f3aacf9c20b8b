"""The story of a training: open the data, build the trainer, play rounds, write down what happened.

`resume` is the same story begun at the checkpoint: batch order, noise and learning rate are functions of (seed, step),
so a run that is killed at any moment and resumed ends with the same weights, bit for bit, as one that was not.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import torch

from aegean.consoles import warn
from aegean.data import open_dataset, take_given
from aegean.data.types import Dataset
from aegean.errors import InputError
from aegean.families import RunConfig, change, default_config
from aegean.models import model_class
from aegean.models.capabilities import Classifies, ClassifiesAttributes, Conditional, Edits, Translates
from aegean.runs import Run, create
from aegean.training.callbacks import Callback, Callbacks
from aegean.training.codes import with_codec
from aegean.training.distributed import Distributed
from aegean.training.precision import resolve
from aegean.training.progress import live
from aegean.training.recorder import Recorder
from aegean.training.regularisers import Regulariser, check_same, names_of
from aegean.training.stop import Stop, Stopped
from aegean.training.trackers import check_tracker
from aegean.training.trainer import Trainer, command


def train(
    family: str | None = None,
    *,
    config: RunConfig | None = None,
    out: str | Path | None = None,
    quiet: bool = False,
    callbacks: Sequence[Callback] = (),
    regularisers: Sequence[Regulariser] = (),
    **settings: Any,
) -> Run:
    """Train a model from scratch and return its run, open.

    Args:
        family: a key of `aegean.FAMILIES`.
        config: a whole config to start from instead.
        out: the run folder, which must not hold anything yet; None: runs/FAMILY-DATA-001, -002 and so on.
        quiet: show no progress line.
        callbacks: what is called as the training goes on (`aegean.Callback`).
        regularisers: functions of (model, player's name, batch) whose value, a scalar, is added to that player's loss.
        settings: any fields of the data, model and training configs, by name: `data="digits", steps=1500, latent=16`.
            `data` may also be the data themselves: whatever `open_dataset` takes.

    Raises:
        InputError: for what the user can mend, in one line.
    """
    if (family is None) == (config is None):
        raise InputError("train takes the name of a family, or a whole config")
    given, settings = take_given(settings)  # a config is JSON: it holds a name for data from Python
    config = (change(config, **settings) if config else default_config(str(family), **settings)).checked()
    check_tracker(config.training.tracker)
    config, names = with_codec(config), names_of(regularisers)
    distributed = Distributed(config.training)
    precision = distributed.tell(resolve(config.training.precision, distributed.device) if distributed.first else None)
    config = change(config, precision=precision, device=distributed.device.type)
    heard = Callbacks(callbacks, distributed.first)
    with distributed.first_alone():
        dataset = open_dataset(config.data, given=given)
    unused = unused_by(config.family, dataset)
    if config.data.other is not None and "a second domain" in unused:
        raise InputError(f"--other {config.data.other}: {config.family} trains on one set; a cyclegan takes two")
    trainer = Trainer(config, dataset, distributed, regularisers=regularisers)
    begun: dict[str, Any] = {"init": trainer.init, "regularisers": names}
    found = dataset.describe() if dataset.describe is not None and distributed.first else None
    begun |= {"read": None if found is None else found.to_json(), "untrained": untrained_classes(dataset)}
    facts = {name: fact for name, fact in begun.items() if fact}
    path = distributed.tell(str(create(config, dataset, out, **facts).path) if distributed.first else None)
    if unused and distributed.first and not quiet:
        warn(f"{'unused':10} {' and '.join(unused)}: {config.family} does not train on them")
    for line in config.model.unused() if distributed.first and not quiet else ():
        warn(f"{'unused':10} {line}")
    if found is not None and not quiet:
        for word, fact in [
            *found.rows(),
            *(("but", line) for line in found.flaws),
        ]:  # the rest was said as it was opened
            warn(f"{word:10} {fact}")
    if begun["untrained"] and not quiet and (found is None or list(found.untrained) != begun["untrained"]):
        warn(f"{'but':10} no picture that is trained on shows {', '.join(begun['untrained'])}")
    run = Run(path)
    with _held(run, distributed):
        run = _play(trainer, dataset, run, quiet, heard)
    return run if given is None else run.give_data(dataset)


def untrained_classes(dataset: Dataset) -> list[str]:
    """Classes that the pictures trained on do not show: they are fewer by --limit, or could not be read."""
    labels, classes = dataset.train.labels, dataset.spec.classes
    if labels is None or not classes:
        return []
    there = torch.bincount(labels, minlength=len(classes)).tolist()
    return [name for name, count in zip(classes, there) if not count]


def unused_by(family: str, dataset: Dataset) -> list[str]:
    """What a data set tells of its images that this family does not train on."""
    spec = dataset.spec
    uses = {
        "labels": (spec.classes, (Conditional, Classifies)),
        "attributes": (spec.attributes, (Edits, ClassifiesAttributes)),
        "a second domain": (spec.domains, (Translates,)),
    }
    return [what for what, (there, able) in uses.items() if there and not issubclass(model_class(family), able)]


def resume(
    path: str | Path,
    *,
    data: Any = None,
    device: str | None = None,
    quiet: bool = False,
    callbacks: Sequence[Callback] = (),
    regularisers: Sequence[Regulariser] = (),
) -> Run:
    """Go on with a run from its checkpoint, to the step its config says; a finished run is returned as it is.

    `data`: the data again, where they came from Python; InputError where they are missing or others. `device`: go on
    elsewhere than it was begun, where other bits are made; the run keeps its own.
    Callbacks may be others than before; regularisers, which change what is trained, must be the same.
    """
    run = Run(path)
    if run.weights_path.exists() and not run.state.paths:
        raise InputError(
            f"{run.path}: has weights, but no checkpoint (state/) to go on from; a new run may begin with them:"
            f" aegean train --like {run.path} --init {run.path}"
        )
    check_same(run, regularisers)
    config = run.config if device is None else change(run.config, device=device)
    distributed = Distributed(config.training)
    heard = Callbacks(callbacks, distributed.first)
    with distributed.first_alone():
        dataset = open_dataset(run.data_config, given=data)
    if dataset.fingerprint != run.about["fingerprint"]:
        raise InputError(f"{run.path}: the data in {run.config.data.data} is not what this run was trained on")
    with _held(run, distributed):
        begun = bool(run.state.paths)
        trainer = Trainer(config, dataset, distributed, begun, regularisers)
        if begun:
            trainer.restore(run)
        if distributed.first:
            run.rewind(trainer.step)
            if begun:
                trainer.save_weights(run)  # a run that was killed as it saved has those of before, or none
        distributed.wait()
        run = _play(trainer, dataset, run, quiet, heard)
    return run if data is None else run.give_data(dataset)


def _held(run: Run, distributed: Distributed) -> AbstractContextManager[None]:
    """The run held by the process that writes it: a second training of it is refused."""
    return run.held() if distributed.first else nullcontext()


def _play(trainer: Trainer, dataset: Dataset, run: Run, quiet: bool, callbacks: Callbacks) -> Run:
    """Rounds from the trainer's step to the last, or until somebody stops it."""
    steps, distributed = trainer.training.steps, trainer.distributed
    recorder = Recorder(trainer, dataset, run, callbacks)
    with Stop() as stop, live(steps, trainer.step, quiet or not distributed.first) as line:
        callbacks.on_start(trainer, run)
        while trainer.step < steps:
            logged = trainer.play()
            callbacks.on_step(trainer, logged)
            recorder.note(logged, line)
            if distributed.agree(stop.asked or trainer.reason is not None):
                break
        if distributed.agree(stop.asked) and trainer.step < steps:
            recorder.close(line)
            how = command(run, distributed.count)
            raise Stopped(f"stopped at step {trainer.step} of {steps}; go on with: {how}")
        recorder.close(line, distributed.tell(trainer.reason or "by a callback") if trainer.step < steps else None)
        callbacks.on_end(trainer, run)
    distributed.finish()
    return Run(run.path)
