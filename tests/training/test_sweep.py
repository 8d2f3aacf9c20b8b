from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import torch

import aegean
from aegean.cli import main
from aegean.errors import InputError

SMALL: dict[str, Any] = {"width": 4, "latent": 2, "batch_size": 8, "steps": 4, "log_every": 2, "preview_every": 2}
WORDS = ["--width", "4", "--latent", "2", "--batch-size", "8", "--steps", "4", "--preview-every", "2"]
OVER = {"learning_rate": [1e-3, 3e-3], "width": [4, 8]}


def weights(run: aegean.Run) -> list[torch.Tensor]:
    return list(run.model.state_dict().values())


@pytest.mark.parametrize("jobs", [1, 2])
def test_each_run_is_what_a_training_by_itself_makes(jobs: int, shapes: Path, tmp_path: Path) -> None:
    small = SMALL | {"data": str(shapes)}
    over = {"learning_rate": [1e-3], "width": [4, 8]} if jobs == 2 else OVER
    runs = aegean.sweep("vae", over, out=tmp_path / "all", jobs=jobs, quiet=True, **small)
    assert len(runs) == (2 if jobs == 2 else 4)
    for run in runs:
        alone = {"learning_rate": run.config.training.learning_rate, "width": run.config.model.width}
        same = aegean.train("vae", out=tmp_path / run.path.name, quiet=True, **(small | alone))
        close = torch.equal if jobs == 1 else torch.allclose  # it has its part of the cores, and so other sums
        assert all(close(one, other) for one, other in zip(weights(run), weights(same)))
    assert {path.name for path in (tmp_path / "all").iterdir() if path.is_dir()} == {run.path.name for run in runs}


def test_the_same_again_does_nothing_twice_and_goes_on_with_what_was_stopped(shapes: Path, tmp_path: Path) -> None:
    class Stop(aegean.Callback):
        def on_step(self, trainer: Any, logged: Any) -> None:
            if trainer.step == 3 and trainer.training.learning_rate > 2e-3:
                signal.raise_signal(signal.SIGTERM)

    small = SMALL | {"data": str(shapes), "out": tmp_path / "all", "quiet": True}
    over = {"learning_rate": [1e-3, 3e-3, 4e-4]}
    with pytest.raises(InputError, match="stopped at step 3 of 4"):
        aegean.sweep("vae", over, callbacks=[Stop()], **small)
    first, second = sorted((tmp_path / "all").iterdir())
    assert [first.name, second.name] == ["learning_rate=0.001", "learning_rate=0.003"]
    before = (first / "weights.safetensors").stat().st_mtime_ns
    runs = aegean.sweep("vae", over, **small)
    assert [run.step for run in runs] == [4, 4, 4]
    assert (first / "weights.safetensors").stat().st_mtime_ns == before
    whole = aegean.train("vae", learning_rate=3e-3, **(small | {"out": tmp_path / "whole"}))
    assert all(torch.equal(one, other) for one, other in zip(weights(runs[1]), weights(whole)))


def test_a_run_that_was_stopped_by_a_callback_is_done(shapes: Path, tmp_path: Path) -> None:
    small = SMALL | {"data": str(shapes), "out": tmp_path, "quiet": True, "steps": 40}
    watch = [aegean.StopEarly("validation/vae/loss", 1)]
    (run,) = aegean.sweep("vae", {"learning_rate": [1e-9]}, callbacks=watch, **small)
    assert run.step < 40
    (again,) = aegean.sweep("vae", {"learning_rate": [1e-9]}, callbacks=watch, **small)
    assert again.step == run.step


def test_one_that_fails_leaves_the_others(shapes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", "vae", "--data", str(shapes), *WORDS, "--out", str(tmp_path), "--quiet", "--log-every", "1"]
    assert main([*words, "--sweep", "learning_rate=1e30,1e-3"]) == 2
    out, err = capsys.readouterr()
    assert "aegean: 1 of 2 runs failed; the first: learning_rate=1e+30: " in err
    assert "learning_rate=0.001  vae" in out
    assert "4 of 4" in out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["width=4,x"], "--width"),
        (["widht=4"], "vae has no setting 'widht'. Did you mean 'width'?"),
        (["width"], "must be NAME=VALUE,VALUE"),
        (["width=4,4"], "width=4 is there twice"),
        (["width=4", "width=8"], "names width twice"),
        (["learning_rate=1e-3,-1"], "--learning-rate -1.0: must be above 0"),
        (["flip=true,maybe"], "must be true or false"),
        (["data=digits,nowhere-at-all"], "nowhere-at-all: no such file or folder"),
        (["width=4", "--jobs", "0"], "--jobs 0: must be 1 or more"),
    ],
)
def test_all_is_checked_before_the_first_run(
    words: list[str], told: str, shapes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "all"
    assert main(["train", "vae", "--data", str(shapes), *WORDS, "--out", str(out), "--sweep", *words]) == 2
    err = capsys.readouterr().err
    assert told in err
    assert len(err.splitlines()) == 1
    assert not out.exists()


def test_what_does_not_fit_what_is_there(shapes: Path, tmp_path: Path) -> None:
    small = SMALL | {"data": str(shapes), "quiet": True}
    aegean.sweep("vae", {"width": [4]}, out=tmp_path / "all", **small)
    with pytest.raises(InputError, match="width=4: was trained with steps 4, not 5; give the sweep another --out"):
        aegean.sweep("vae", {"width": [4]}, out=tmp_path / "all", **(small | {"steps": 5}))
    with pytest.raises(InputError, match="is a run; a sweep takes a folder for several"):
        aegean.sweep("vae", {"width": [4]}, out=tmp_path / "all" / "width=4", **small)
    (tmp_path / "all" / "width=8").mkdir()
    (tmp_path / "all" / "width=8" / "mine.txt").write_text("")
    with pytest.raises(InputError, match="is there, and no run"):
        aegean.sweep("vae", {"width": [8]}, out=tmp_path / "all", **small)
    with pytest.raises(InputError, match="the callback Callback is of this process alone"):
        aegean.sweep("vae", {"width": [16]}, out=tmp_path / "all", jobs=2, callbacks=[aegean.Callback()], **small)
    with pytest.raises(InputError, match="expected a list of values"):
        aegean.sweep("vae", {"width": 4}, out=tmp_path / "all", **small)  # type: ignore[dict-item]
    with pytest.raises(InputError, match="needs settings to try"):
        aegean.sweep("vae", out=tmp_path / "all", **small)


def test_the_table_at_the_end_is_that_of_runs(
    shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    sweep = ["--sweep", "learning_rate=1e-9,1e-2", "flip=true,false", "betas=0.9 0.99"]
    assert main(["train", "vae", "--data", str(shapes), *WORDS, "--quiet", *sweep]) == 0
    table = capsys.readouterr().out
    assert main(["runs", "runs/vae-shapes-sweep", "--sort", "validation/vae/loss"]) == 0
    assert capsys.readouterr().out == table
    head, *rows = table.splitlines()
    assert len(rows) == 4
    assert "learning_rate  flip" in head
    assert "learning_rate=0.01" in rows[0]
    place = head.index("validation/vae/loss")
    losses = [float(row[place : place + 19].replace(",", "")) for row in rows]
    assert losses == sorted(losses)


def test_jobs_that_are_stopped_leave_their_checkpoints_and_no_process(
    shapes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [tmp_path / name / "metrics.jsonl" for name in ("width=4", "width=8")]

    def stop() -> None:
        until = time.monotonic() + 60
        while not all(line.is_file() and line.stat().st_size for line in lines) and time.monotonic() < until:
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=stop).start()
    words = ["train", "vae", "--data", str(shapes), *WORDS, "--steps", "100000", "--quiet", "--out", str(tmp_path)]
    assert main([*words, "--sweep", "width=4,8", "--jobs", "2"]) == 130
    assert capsys.readouterr().err == "aegean: stopped\n"
    for line in lines:
        run = aegean.load(line.parent)
        assert run.step > 0
        with run.held():  # nobody trains it any more
            pass


def test_data_from_python(tmp_path: Path) -> None:
    images = torch.zeros(40, 8, 8, dtype=torch.uint8).random_(0, 255)
    small = SMALL | {"data": images, "quiet": True, "out": tmp_path}
    runs = aegean.sweep("vae", {"width": [4, 8]}, **small)
    assert [run.config.model.width for run in runs] == [4, 8]
    with pytest.raises(InputError, match="of this process alone"):
        aegean.sweep("vae", {"width": [16]}, jobs=2, **small)
