"""The story of a training: open the data, build the trainer, play rounds, write down what happened.

`resume` is the same story begun at the checkpoint: batch order, noise and learning rate are functions of (seed, step),
so a run that is killed at any moment and resumed ends with the same weights, bit for bit, as one that was not.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aegean.data import open_dataset
from aegean.data.types import Dataset
from aegean.errors import InputError
from aegean.families import RunConfig, change, default_config
from aegean.runs import Run, create
from aegean.training.distributed import Distributed
from aegean.training.precision import resolve
from aegean.training.progress import live
from aegean.training.recorder import Recorder
from aegean.training.stop import Stop
from aegean.training.trackers import check_tracker
from aegean.training.trainer import Trainer, command


def train(
    family: str | None = None,
    *,
    config: RunConfig | None = None,
    out: str | Path | None = None,
    quiet: bool = False,
    **settings: Any,
) -> Run:
    """Train a model from scratch and return its run, open.

    `family` is a key of `aegean.FAMILIES`; `settings` are any fields of its data, model and training configs, by name: `train("vae", data="digits", steps=1500, latent=16)`. `config` starts from a whole config instead. `out` is
    the run folder, which must not hold anything yet. Raises InputError for what the user can mend.
    """
    if (family is None) == (config is None):
        raise InputError("train takes the name of a family, or a whole config")
    config = change(config, **settings).checked() if config else default_config(str(family), **settings)
    check_tracker(config.training.tracker)
    distributed = Distributed(config.training)
    precision = distributed.tell(resolve(config.training.precision, distributed.device) if distributed.first else None)
    config = change(config, precision=precision, device=distributed.device.type)
    with distributed.first_alone():
        dataset = open_dataset(config.data)
    trainer = Trainer(config, dataset, distributed)
    path = distributed.tell(str(create(config, dataset, out).path) if distributed.first else None)
    return _play(trainer, dataset, Run(path), quiet)


def resume(path: str | Path, *, quiet: bool = False) -> Run:
    """Go on with a run from its checkpoint, to the step its config says; a finished run is returned as it is."""
    run = Run(path)
    if run.weights_path.exists() and not run.state_path.exists():
        raise InputError(
            f"{run.path}: has weights, but no checkpoint (state/) to go on from; a new run may begin with them:"
            f" aegean train --like {run.path} --init {run.path}"
        )
    distributed = Distributed(run.config.training)
    with distributed.first_alone():
        dataset = open_dataset(run.config.data)
    if dataset.fingerprint != run.about["fingerprint"]:
        raise InputError(f"{run.path}: the data in {run.config.data.data} is not what this run was trained on")
    begun = run.state_path.exists()
    trainer = Trainer(run.config, dataset, distributed, begun)
    if begun:
        trainer.restore(run)
    if distributed.first:
        run.rewind(trainer.step)
        if begun:
            trainer.save_weights(run)  # a run that was killed as it saved has those of before, or none
    distributed.wait()
    return _play(trainer, dataset, run, quiet)


def _play(trainer: Trainer, dataset: Dataset, run: Run, quiet: bool) -> Run:
    """Rounds from the trainer's step to the last."""
    steps = trainer.training.steps
    recorder = Recorder(trainer, dataset, run)
    with Stop() as stop, live(steps, trainer.step, quiet or not trainer.distributed.first) as line:
        while trainer.step < steps:
            recorder.note(trainer.play(), line)
            if trainer.distributed.agree(stop.asked):
                recorder.close(line)
                how = command(run, trainer.distributed.count)
                raise InputError(f"stopped at step {trainer.step} of {steps}; go on with: {how}")
        recorder.close(line)
    trainer.distributed.finish()
    return Run(run.path)
