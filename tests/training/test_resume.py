"""A run that is killed at any moment and resumed ends with the same weights, bit for bit, as one that was not."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

import aegean
from aegean.training.trainer import Trainer

SETTINGS: dict[str, Any] = {
    "steps": 60,
    "batch_size": 16,
    "width": 8,
    "latent": 4,
    "save_every": 7,
    "preview_every": 20,
    "log_every": 5,
    "precision": "float32",  # `auto` measures, and runs that are compared must not differ in it
}


def words(family: str, data: Path, out: Path) -> list[str]:
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in SETTINGS.items()]
    return [sys.executable, "-m", "aegean", "train", family, f"--data={data}", f"--out={out}", *flags]


def same_weights(one: Path, other: Path) -> bool:
    a, b = (load_file(path / "state" / "state.safetensors") for path in (one, other))
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def steps_logged(run: Path) -> list[int]:
    return [record["step"] for record in map(json.loads, (run / "metrics.jsonl").read_text().splitlines())]


@pytest.mark.parametrize("family", ["autoencoder", "vae"])
def test_a_killed_process_resumes_to_the_same_bits(family: str, shapes: Path, tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    aegean.train(family, data=str(shapes), out=whole, **SETTINGS)
    chance = random.Random(family)
    process = subprocess.Popen(words(family, shapes, cut), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not (cut / "state" / "state.safetensors").exists():  # at least one checkpoint, then any moment
            assert process.poll() is None, "the training ended before it could be killed"
            time.sleep(0.01)
        time.sleep(chance.random() * 0.3)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    run = aegean.resume(cut)
    assert run.step == 60
    assert same_weights(whole, cut)
    assert steps_logged(cut) == steps_logged(whole)
    averages = [load_file(path / "weights.safetensors") for path in (whole, cut)]
    assert all(torch.equal(averages[0][name], averages[1][name]) for name in averages[0])


@pytest.mark.parametrize(
    ("family", "more"),
    [
        ("gan", {"normalise": "batch", "augment": ("colour", "translation", "cutout"), "turns": 2}),
        ("conditional_gan", {"loss": "wasserstein", "gradient_penalty": 10.0}),
        ("gan", {"accumulate": 2, "turns": 2, "optimiser": "rmsprop", "rates": ("discriminator=4e-4",)}),
        ("conditional_gan", {"optimiser": "sgd", "betas": (0.9, 0.9), "weight_decay": 1e-3, "accumulate": 3}),
        ("context_encoder", {"mask": "blocks", "flip": True}),
        ("context_encoder", {"sees": "features", "loss": "hinge", "discriminator": 4}),
        (
            "cyclegan",
            {
                "other": True,
                "latent": None,
                "blocks": 1,
                "discriminator": 4,
                "history": 20,
                "batch_size": 4,
                "sees": "pixels",
            },
        ),
        (
            "cyclegan",
            {"other": True, "latent": None, "blocks": 1, "discriminator": 4, "sees": "features", "batch_size": 2},
        ),
        (
            "paired_translator",
            {"target": True, "latent": None, "levels": 2, "halvings": 1, "discriminator": 4, "flip": True},
        ),
        ("attribute_editor", {"latent": None}),
        ("multi_attribute_editor", {"latent": None, "batch_size": 7}),
    ],
)
def test_games_of_two_resume_to_the_same_bits(family: str, more: dict[str, Any], shapes: Path, tmp_path: Path) -> None:
    """Two optimisers, buffers, averages; stopped between two checkpoints by an error, as if by a loss of power."""
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    settings = {name: value for name, value in {**SETTINGS, "steps": 20, **more}.items() if value is not None}
    settings |= {name: str(shapes) for name in ("other", "target") if name in settings}
    aegean.train(family, data=str(shapes), out=whole, **settings)

    class Failing(aegean.Callback):
        def on_step(self, trainer: Trainer, logged: Any) -> None:
            if trainer.step == 17:
                raise OSError("power")

    with pytest.raises(OSError, match="power"):
        aegean.train(family, data=str(shapes), out=cut, callbacks=[Failing()], **settings)
    assert aegean.load(cut).step == 14
    aegean.resume(cut)
    assert same_weights(whole, cut)
    state = load_file(cut / "state" / "state.safetensors")
    players = {name.split("/")[1] for name in state if name.startswith("optimiser/")}
    assert len(players) == 2
    kept = load_file(cut / "weights.safetensors")
    assert not any("history" in name for name in kept)  # images made in training are not handed on with a model
    assert {"model/" + name for name in kept} <= state.keys()
    assert aegean.load(cut).model is not None


def test_ctrl_c_saves_and_says_how_to_resume(shapes: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    command = [*words("autoencoder", shapes, out), "--steps=100000"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not (out / "metrics.jsonl").exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 2
    assert f"aegean resume {out}" in stderr.splitlines()[-1]
    assert "Traceback" not in stderr
    assert aegean.load(out).step == max(steps_logged(out)) > 0


TERMINAL = """
import fcntl, signal, sys, termios
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # also where the tests themselves run under nohup
fcntl.ioctl(0, termios.TIOCSCTTY)
from aegean.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_a_terminal_that_is_closed_saves(shapes: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    ours, theirs = os.openpty()
    command = [sys.executable, "-c", TERMINAL, *words("autoencoder", shapes, out)[3:], "--steps=100000"]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    while not (out / "metrics.jsonl").exists():
        assert process.poll() is None
        os.read(ours, 65536)
    os.close(ours)
    assert process.wait(timeout=60) == 2
    assert aegean.load(out).step == max(steps_logged(out)) > 0


def test_what_ignores_a_terminal_that_closes_goes_on(shapes: Path, tmp_path: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        heard = type("Closing", (aegean.Callback,), {"on_step": lambda *_: signal.raise_signal(signal.SIGHUP)})
        run = aegean.train("autoencoder", data=str(shapes), out=tmp_path / "a", callbacks=[heard()], **SETTINGS)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert run.step == SETTINGS["steps"]


def test_weights_without_a_checkpoint_are_kept_and_not_begun_anew(shapes: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    aegean.train("autoencoder", data=str(shapes), out=out, **{**SETTINGS, "steps": 7})
    shutil.rmtree(out / "state")
    before = (out / "weights.safetensors").read_bytes()
    with pytest.raises(aegean.InputError, match=r"has weights, but no checkpoint .* --init"):
        aegean.resume(out)
    assert (out / "weights.safetensors").read_bytes() == before


def test_weights_that_a_killed_run_did_not_write_are_written(shapes: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    aegean.train("autoencoder", data=str(shapes), out=out, **{**SETTINGS, "steps": 7})
    weights = out / "weights.safetensors"
    before = weights.read_bytes()
    for left in (b"of an earlier step", None):
        weights.unlink() if left is None else weights.write_bytes(left)
        aegean.resume(out)
        assert weights.read_bytes() == before


def test_a_run_goes_on_without_what_it_began_with(shapes: Path, tmp_path: Path) -> None:
    first, out = tmp_path / "first", tmp_path / "run"
    aegean.train("autoencoder", data=str(shapes), out=first, **{**SETTINGS, "steps": 7})
    aegean.train("autoencoder", data=str(shapes), out=out, **{**SETTINGS, "steps": 7, "init": str(first)})
    shutil.rmtree(first)
    aegean.resume(out)
    with pytest.raises(aegean.InputError, match=r"first/weights\.safetensors: no such file"):
        aegean.train("autoencoder", data=str(shapes), out=tmp_path / "o", **{**SETTINGS, "init": str(first)})


def test_other_than_as_many_processes_are_told_that_bits_will_differ(
    shapes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    run = aegean.train("autoencoder", data=str(shapes), out=out, **{**SETTINGS, "steps": 7})
    aegean.resume(out)
    assert "bit for bit" not in capsys.readouterr().err
    tensors, step, _ = run.load_state()
    run.save_state(tensors, step, processes=2)
    aegean.resume(out)
    told = (
        f"2 processes trained {out}, 1 go on: well, but not bit for bit as torchrun --nproc-per-node 2 -m aegean resume"
    )
    assert told in capsys.readouterr().err


def test_what_was_not_written_down_before_a_kill_is_written_by_the_run_that_goes_on(
    shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, save = tmp_path / "run", Trainer.save

    def killed(trainer: Trainer, run: Any) -> None:
        if trainer.step == 14:
            raise RuntimeError("killed")
        save(trainer, run)

    monkeypatch.setattr(Trainer, "save", killed)
    settings = {**SETTINGS, "steps": 14, "preview_every": 7}
    with pytest.raises(RuntimeError, match="killed"):
        aegean.train("autoencoder", data=str(shapes), out=out, **settings)
    monkeypatch.setattr(Trainer, "save", save)
    aegean.resume(out)
    lines = [record for record in aegean.load(out).history if any("validation" in name for name in record)]
    assert [record["step"] for record in lines] == [7, 14]


def test_a_truncated_checkpoint_is_refused(shapes: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    aegean.train("autoencoder", data=str(shapes), out=out, **{**SETTINGS, "steps": 7})
    state = out / "state" / "state.safetensors"
    state.write_bytes(state.read_bytes()[:-100])
    with pytest.raises(aegean.InputError, match=r"state\.safetensors: not a whole safetensors file"):
        aegean.resume(out)


def test_a_foreign_checkpoint_is_refused_and_never_unpickled(shapes: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    aegean.train("autoencoder", data=str(shapes), out=one, **{**SETTINGS, "steps": 7})
    aegean.train("vae", data=str(shapes), out=other, **{**SETTINGS, "steps": 7})
    shutil.copy(other / "state" / "state.safetensors", one / "state" / "state.safetensors")
    with pytest.raises(aegean.InputError, match="a checkpoint of vae, not autoencoder"):
        aegean.resume(one)
    torch.save({"step": 1}, one / "state" / "state.safetensors")
    with pytest.raises(aegean.InputError, match="not a whole safetensors file"):
        aegean.resume(one)


def test_other_data_is_refused(shapes: Path, tmp_path: Path) -> None:
    import numpy as np

    data = tmp_path / "shapes.npz"
    shutil.copy(shapes, data)
    out = tmp_path / "run"
    aegean.train("autoencoder", data=str(data), out=out, **{**SETTINGS, "steps": 7})
    with np.load(data) as arrays:
        np.savez(data, images=255 - arrays["images"], labels=arrays["labels"])
    with pytest.raises(aegean.InputError, match="is not what this run was trained on"):
        aegean.resume(out)


def test_not_a_number_stops_the_run_and_keeps_the_checkpoint(shapes: Path, tmp_path: Path) -> None:
    settings = {**SETTINGS, "learning_rate": 1e30, "clip": 0.0, "warmup": 0.9, "steps": 200}
    with pytest.raises(aegean.InputError, match=r"autoencoder/(mse|loss) became (nan|inf) at step \d+"):
        aegean.train("autoencoder", data=str(shapes), out=tmp_path / "run", **settings)
    assert (tmp_path / "run" / "config.json").exists()
