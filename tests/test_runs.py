"""The run folder: whole or not there, its files for all to read, its record true."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import stat
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

import aegean
from aegean.data import open_dataset
from aegean.families import default_config
from aegean.runs import create
from aegean.runs.origin import commit

SETTINGS: dict[str, Any] = {"steps": 2, "batch_size": 8, "width": 4, "latent": 3, "preview_every": 0, "quiet": True}


def test_files_have_the_mode_that_the_user_gives_all_files(shapes: Path, tmp_path: Path) -> None:
    for umask in (0o022, 0o027):
        before = os.umask(umask)
        try:
            run = aegean.train("autoencoder", data=str(shapes), out=tmp_path / f"{umask:o}", **SETTINGS)
        finally:
            os.umask(before)
        for path in (run.weights_path, run.state_path, run.path / "config.json"):
            assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask


def test_the_commit_is_that_of_the_repository_that_tracks_the_file(tmp_path: Path) -> None:
    def git(*words: str) -> str:
        who = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
        return subprocess.run(["git", *who, *words], cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    git("init", "-q")
    (tmp_path / "ours.py").write_text("")
    (tmp_path / "installed.py").write_text("")
    git("add", "ours.py")
    git("commit", "-qm", "theirs")
    assert commit(tmp_path / "ours.py") == git("rev-parse", "HEAD").strip()
    assert commit(tmp_path / "installed.py") is None
    assert commit(tmp_path.parent / "nowhere" / "installed.py") is None


def _make(data: str, folder: str, count: int, start: Any, names: Any) -> None:
    os.chdir(folder)
    config = default_config("autoencoder", data=data)
    dataset = open_dataset(config.data)
    start.wait()
    for _ in range(count):
        names.put(str(create(config, dataset).path))


def test_names_given_by_themselves_are_given_once(shapes: Path, tmp_path: Path) -> None:
    many = multiprocessing.get_context("spawn")
    start, names = many.Barrier(2), many.Queue()
    makers = [many.Process(target=_make, args=(str(shapes), str(tmp_path), 10, start, names)) for _ in range(2)]
    for maker in makers:
        maker.start()
    given = [names.get(timeout=120) for _ in range(20)]
    for maker in makers:
        maker.join()
    assert sorted(given) == [f"runs/autoencoder-shapes-{number:03d}" for number in range(1, 21)]
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == [Path(name).name for name in sorted(given)]
    assert all(aegean.load(tmp_path / name).config.family == "autoencoder" for name in given)


def test_a_folder_that_holds_something_is_left_as_it_is_and_an_empty_one_is_taken(
    shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = default_config("autoencoder", data=str(shapes))
    dataset = open_dataset(config.data)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    with pytest.raises(aegean.InputError, match="exists already"):
        create(config, dataset, tmp_path / "full")
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["mine.txt"]
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    assert create(config, dataset, ".").about["fingerprint"] == dataset.fingerprint
    assert sorted(path.name for path in Path().iterdir()) == ["about.json", "config.json"]


def test_a_run_that_cannot_be_written_leaves_nothing(shapes: Path, tmp_path: Path) -> None:
    config = default_config("autoencoder", data=str(shapes))
    with pytest.raises(TypeError, match="not JSON serializable"):
        create(config, open_dataset(config.data), tmp_path / "run", fact=object())
    assert list(tmp_path.iterdir()) == []


def test_a_run_begins_with_what_fits_of_another_and_says_so(
    shapes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = aegean.train("autoencoder", data=str(shapes), out=tmp_path / "first", **SETTINGS)
    still = SETTINGS | {"learning_rate": 1e-30, "init": str(first.path)}
    second = aegean.train("vae", data=str(shapes), out=tmp_path / "second", **still)
    begun = second.about["init"]
    theirs, ours = first.model.state_dict(), second.model.state_dict()
    fitting = [name for name in ours if name in theirs and ours[name].shape == theirs[name].shape]
    assert 0 < len(fitting) < len(ours)  # the vae's encoder ends in twice as many numbers
    assert sum(begun["taken"].values()) == len(fitting)
    assert sum(begun["taken"].values()) + sum(begun["random"].values()) == len(ours)
    assert all((ours[name] == theirs[name]).all() for name in fitting)
    said = capsys.readouterr().err
    assert f"aegean: --init {first.path}: {len(fitting)} tensors taken (" in said
    assert f"from random ones: encoder {begun['random']['encoder']}" in said
    assert f"not taken: encoder {begun['unused']['encoder']}" in said


def test_a_folder_that_a_killed_process_had_begun_is_taken(shapes: Path, tmp_path: Path) -> None:
    config = default_config("autoencoder", data=str(shapes))
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in ("about.json", ".config.json.lock", ".aegean-0123456789abcdef.json"):
        (folder / name).write_text("{")
    assert create(config, open_dataset(config.data), folder).config == config
    assert sorted(path.name for path in folder.iterdir()) == ["about.json", "config.json"]


@pytest.fixture(scope="module")
def trained(shapes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two checkpoints."""
    folder = tmp_path_factory.mktemp("runs") / "vae"
    more = {"save_every": 1, "log_every": 1}
    return aegean.train("vae", data=str(shapes), out=folder, **{**SETTINGS, **more}).path


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    return Path(shutil.copytree(trained, tmp_path / "run"))


def test_one_flipped_bit_of_weights_is_seen_and_mended_from_the_checkpoint(run: Path) -> None:
    weights = run / "weights.safetensors"
    good = weights.read_bytes()
    weights.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    with pytest.raises(aegean.InputError, match=r"damaged: .* `aegean resume .*` writes it anew from the checkpoint"):
        _ = aegean.load(run).model
    aegean.resume(run, quiet=True)
    assert weights.read_bytes() == good


@pytest.mark.parametrize("damage", ["bit", "cut", "head", "empty", "more", "gone"])
def test_of_a_damaged_checkpoint_the_one_before_is_taken(
    damage: str, run: Path, trained: Path, caplog: pytest.LogCaptureFixture
) -> None:
    state = run / "state" / "state.safetensors"
    good = state.read_bytes()
    if damage == "gone":
        state.unlink()
    else:
        bad = {"bit": good[:-1] + bytes([good[-1] ^ 1]), "cut": good[:-9], "head": b"\xff" + good[1:], "empty": b""}
        bad |= {"more": good + bytes(8)}
        state.write_bytes(bad[damage])
    resumed = aegean.resume(run, quiet=True)
    assert resumed.step == 2
    assert load_file(state).keys() == load_file(trained / "state" / "state.safetensors").keys()
    assert all(
        torch.equal(one, load_file(state)[name]) for name, one in load_file(trained / "state" / state.name).items()
    )
    assert [line["step"] for line in resumed.history if "learning_rate" in line] == [1, 2]
    assert ("the checkpoint before it, of step 1, is taken" in caplog.text) == (damage != "gone")


def test_a_run_finds_its_data_from_any_folder_and_when_all_has_moved(
    shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "project" / "elsewhere").mkdir(parents=True)
    shutil.copy(shapes, tmp_path / "project" / "shapes.npz")
    monkeypatch.chdir(tmp_path / "project")
    run = aegean.train("autoencoder", data="shapes.npz", **SETTINGS)
    assert run.config.data.data == "shapes.npz"
    monkeypatch.chdir(tmp_path / "project" / "elsewhere")
    assert aegean.load("../runs/autoencoder-shapes-001").has_own_data
    monkeypatch.chdir(tmp_path)
    (tmp_path / "project").rename("moved")
    assert aegean.resume("moved/runs/autoencoder-shapes-001", quiet=True).has_own_data


def test_what_is_no_number_takes_no_checkpoint_s_place(shapes: Path, tmp_path: Path) -> None:
    class Breaking(aegean.Callback):
        def on_step(self, trainer: Any, logged: Any) -> None:
            if trainer.step == 4:
                with torch.no_grad():
                    next(trainer.model.parameters()).fill_(float("nan"))

    more = {"save_every": 2, "steps": 4}
    with pytest.raises(aegean.InputError, match=r"model/.* holds NaN .* at step 4; the checkpoint of step 2 is kept"):
        aegean.train("vae", data=str(shapes), out=tmp_path / "a", callbacks=[Breaking()], **{**SETTINGS, **more})
    kept = aegean.load(tmp_path / "a")
    assert (kept.step, all(value.isfinite().all() for value in kept.model.state_dict().values())) == (2, True)
    assert "divergence" in kept.history[-1]["verdict"]
    assert aegean.resume(tmp_path / "a", quiet=True).step == 4


def test_a_run_is_trained_by_one_process_at_a_time(run: Path) -> None:
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    with aegean.load(run).held(), pytest.raises(aegean.InputError, match=f"{run}: another process is training it"):
        aegean.resume(run, quiet=True)
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


def test_of_figures_that_two_add_at_once_none_is_lost(run: Path) -> None:
    start = threading.Barrier(2)

    def add(number: int) -> None:  # the lock is of the file, opened by each: threads are as processes
        opened = aegean.load(run)
        start.wait()
        for k in range(10):
            opened.save_evaluation([{"metric": f"{number}-{k}", "value": 1.0, "split": "test"}])

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(add, range(2)))
    found = {record["metric"] for record in aegean.load(run).evaluation}
    assert found == {f"{number}-{k}" for number in range(2) for k in range(10)}
    assert not [path.name for path in run.iterdir() if path.name.startswith(".")]


ABOUT = {"data": {"name": "a", "channels": 1, "size": 12}, "fingerprint": "0"}


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("about.json", [], "expected object, got array"),
        ("about.json", {}, "object missing required field data"),
        ("about.json", ABOUT | {"data": {"name": "a", "channels": 2, "size": 12}}, "invalid enum value 2"),
        ("about.json", ABOUT | {"data": {"name": "a", "channels": 1, "size": 0}}, "int >= 1 - at data.size"),
        ("about.json", ABOUT | {"format": 99}, r"written by a newer aegean \(format 99, not 1\)"),
        ("about.json", "{", "not JSON"),
        ("about.json", "[" * 100_000, "not JSON"),
        ("evaluation.json", {}, "not a list of figures"),
        ("evaluation.json", [{}], "missing required field metric"),
        ("evaluation.json", [{"metric": "a", "value": "x", "split": "test"}], "got str - at value"),
        ("metrics.jsonl", [], "line 1: not as aegean writes it"),
        ("metrics.jsonl", {"step": -5}, "int >= 0 - at step"),
        ("metrics.jsonl", {"step": 1, "vae/loss": [1]}, r"line 1: vae/loss is \[1\], and no number"),
        ("config.json", [], r"config\.json: a config is an object"),
        ("config.json", {"family": "vae", "training": {"steps": "x"}}, r"config\.json: --steps x: must be a whole"),
    ],
)
def test_json_that_is_not_as_it_was_written_is_one_line_that_names_it(
    name: str, content: Any, line: str, run: Path
) -> None:
    (run / name).write_text(content if isinstance(content, str) else json.dumps(content))
    opened = aegean.load(run)
    read = {"config.json": "config", "about.json": "spec", "evaluation.json": "evaluation", "metrics.jsonl": "history"}
    with pytest.raises(aegean.InputError, match=line) as raised:
        getattr(opened, read[name])
    assert str(raised.value).startswith(str(run / name))
    assert "\n" not in str(raised.value)
