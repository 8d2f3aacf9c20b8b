"""The run folder: whole or not there, its files for all to read, its record true."""

from __future__ import annotations

import multiprocessing
import os
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

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
