"""Callbacks hear what happens, stop a run cleanly, and keep the best weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

import aegean

SETTINGS: dict[str, Any] = {
    "steps": 20,
    "batch_size": 8,
    "width": 4,
    "latent": 3,
    "log_every": 5,
    "preview_every": 5,
    "save_every": 10,
    "precision": "float32",
    "device": "cpu",
    "quiet": True,
}
TERM = "validation/autoencoder/loss"


class Notes(aegean.Callback):
    """Writes down what it hears."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.heard: list[tuple[str, int]] = []
        self.stop_at = stop_at

    def on_start(self, trainer, run):
        self.heard.append(("start", trainer.step))

    def on_step(self, trainer, logged):
        assert isinstance(logged["autoencoder/loss"], torch.Tensor)
        self.heard.append(("step", trainer.step))
        if trainer.step == self.stop_at:
            trainer.stop("enough")

    def on_log(self, trainer, run, line):
        self.heard.append(("validation" if TERM in line else "log", line["step"]))

    def on_checkpoint(self, trainer, run):
        assert run.step == trainer.step
        self.heard.append(("checkpoint", trainer.step))

    def on_end(self, trainer, run):
        assert run.weights_path.exists()
        self.heard.append(("end", trainer.step))


def of(notes: Notes, what: str) -> list[int]:
    return [step for word, step in notes.heard if word == what]


def test_each_is_called_when_it_says(shapes: Path, tmp_path: Path) -> None:
    notes = Notes()
    aegean.train("autoencoder", data=str(shapes), out=tmp_path / "run", callbacks=[notes], **SETTINGS)
    assert of(notes, "start") == [0]
    assert of(notes, "step") == list(range(1, 21))
    assert of(notes, "log") == of(notes, "validation") == [5, 10, 15, 20]
    assert of(notes, "checkpoint") == [10, 20]
    assert notes.heard[-1] == ("end", 20)


def test_a_stop_is_clean_and_goes_on_to_the_same_bits(shapes: Path, tmp_path: Path) -> None:
    notes, later = Notes(stop_at=7), Notes()
    run = aegean.train("autoencoder", data=str(shapes), out=tmp_path / "run", callbacks=[notes], **SETTINGS)
    assert run.step == 7
    assert run.model is not None
    assert run.history[-1] == {"step": 7, "stopped": "enough"}
    assert notes.heard[-2:] == [("checkpoint", 7), ("end", 7)]
    aegean.resume(run.path, callbacks=[later], quiet=True)
    assert of(later, "step") == list(range(8, 21))
    whole = aegean.train("autoencoder", data=str(shapes), out=tmp_path / "whole", **SETTINGS)
    one, other = (load_file(path) for path in (run.state_path, whole.state_path))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_the_best_weights_are_those_of_the_step_with_the_least_loss(shapes: Path, tmp_path: Path) -> None:
    kept: dict[int, dict[str, torch.Tensor]] = {}

    class Remember(aegean.Callback):
        def on_log(self, trainer, run, line):
            if TERM in line:
                kept[line["step"]] = {k: v.clone() for k, v in trainer.ema.model.state_dict().items()}

    class Worse(aegean.Callback):
        def on_step(self, trainer, logged):
            if trainer.step == 12:  # what is learned by then is lost
                with torch.no_grad():
                    for tensor in [*trainer.model.parameters(), *trainer.ema.model.parameters()]:
                        tensor.mul_(3)

    callbacks = [Remember(), Worse(), aegean.KeepBest(TERM)]
    settings = {**SETTINGS, "learning_rate": 1e-2}
    run = aegean.train("autoencoder", data=str(shapes), out=tmp_path / "run", callbacks=callbacks, **settings)
    losses = {line["step"]: line[TERM] for line in run.history if TERM in line}
    best = min(losses, key=losses.__getitem__)
    assert best == 10
    found = load_file(run.best_path)
    assert all(torch.equal(found[name], kept[best][name]) for name in found)
    assert not all(torch.equal(found[name], kept[20][name]) for name in found)


def test_a_run_that_gets_no_better_is_stopped(shapes: Path, tmp_path: Path) -> None:
    class Worse(aegean.Callback):
        def on_step(self, trainer, logged):
            if trainer.step == 7:
                trainer.ema.model.requires_grad_(False)
                for tensor in [*trainer.model.parameters(), *trainer.ema.model.parameters()]:
                    tensor.data.mul_(3)

    watch = aegean.StopEarly(TERM, patience=2)
    settings = {**SETTINGS, "steps": 60, "learning_rate": 1e-6}
    run = aegean.train("autoencoder", data=str(shapes), out=tmp_path / "run", callbacks=[Worse(), watch], **settings)
    assert run.step == 15  # the best at 5; 10 and 15 are worse
    assert run.history[-1]["stopped"].startswith(f"{TERM} has not been better for 2 lines than ")


def test_the_higher_may_be_the_better(shapes: Path, tmp_path: Path) -> None:
    watch = aegean.StopEarly(TERM, patience=1, higher_is_better=True)  # a loss that falls, then
    settings = {**SETTINGS, "learning_rate": 1e-2, "average": 0.0}
    run = aegean.train("autoencoder", data=str(shapes), out=tmp_path / "run", callbacks=[watch], **settings)
    assert run.step == 10


def test_what_cannot_be_watched_is_said(shapes: Path, tmp_path: Path) -> None:
    def trained(callback: Any, **more: Any) -> None:
        aegean.train("autoencoder", data=str(shapes), out=tmp_path / "r", callbacks=[callback], **SETTINGS | more)

    with pytest.raises(aegean.InputError, match="Did you mean 'validation/autoencoder/loss'"):
        trained(aegean.KeepBest("validation/autoencoder/los"))
    with pytest.raises(aegean.InputError, match="--preview-every 0 leaves out validation"):
        aegean.train(
            "autoencoder",
            data=str(shapes),
            out=tmp_path / "s",
            callbacks=[aegean.KeepBest(TERM)],
            **SETTINGS | {"preview_every": 0},
        )
    with pytest.raises(aegean.InputError, match=r"is no instance of a subclass of aegean\.Callback"):
        trained(print)
    with pytest.raises(aegean.InputError, match="patience 0 must be 1 or more"):
        aegean.StopEarly(TERM, 0)


def sparse(model: torch.nn.Module, player: str, batch: Any) -> torch.Tensor:
    """A regulariser: the sum of the encoder's absolute weights, times 10."""
    assert player == "autoencoder"
    assert batch.image.dim() == 4
    return 10 * sum(p.abs().sum() for p in model.encoder.parameters())


def test_a_regulariser_is_added_to_the_loss_recorded_and_asked_for_again(shapes: Path, tmp_path: Path) -> None:
    runs = [
        aegean.train("autoencoder", data=str(shapes), out=tmp_path / str(len(added)), regularisers=added, **SETTINGS)
        for added in ([], [sparse])
    ]
    (plain, held) = (run.history[0] for run in runs)
    assert held["autoencoder/loss"] == pytest.approx(held["autoencoder/mse"] + held["autoencoder/sparse"], rel=1e-5)
    size = [sum(float(p.abs().sum()) for p in run.model.encoder.parameters()) for run in runs]
    assert size[1] < size[0]
    assert "autoencoder/sparse" not in plain
    assert runs[1].about["regularisers"] == [f"{sparse.__module__}:sparse"]
    with pytest.raises(aegean.InputError, match=r"was trained with regularisers .*:sparse, not none"):
        aegean.resume(runs[1].path)
    with pytest.raises(aegean.InputError, match=r"was trained with regularisers none, not .*:sparse"):
        aegean.resume(runs[0].path, regularisers=[sparse])
    aegean.resume(runs[1].path, regularisers=[sparse], quiet=True)
    with pytest.raises(aegean.InputError, match="has no name to import it by"):
        aegean.train("autoencoder", data=str(shapes), regularisers=[lambda model, player, batch: 0], **SETTINGS)
