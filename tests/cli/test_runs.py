"""`aegean runs`: which there are, which is the best, two beside one another, away with one."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

import aegean
from aegean.cli import main


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, shapes: Path) -> Path:
    """Three runs, two of them alike but for a rate; figures that are made up, of known order."""
    folder = tmp_path_factory.mktemp("runs")
    small = {
        "data": str(shapes),
        "width": 4,
        "latent": 2,
        "steps": 4,
        "log_every": 2,
        "preview_every": 0,
        "quiet": True,
    }
    for name, family, rate, value in (
        ("a", "vae", 1e-3, 7.0),
        ("b", "vae", 3e-3, 5.0),
        ("c", "autoencoder", 1e-3, None),
    ):
        run = aegean.train(family, out=folder / name, learning_rate=rate, **small)
        if value is not None:
            record = {"metric": "fid", "split": "test", "settings": {}, "unit": "", "better": "smaller", "value": value}
            run.save_evaluation([record | {"weights": run.weights_digest, "step": 4}])
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "runs"))


def says(capsys: pytest.CaptureFixture[str], *words: object, code: int = 0) -> str:
    assert main([*map(str, words)]) == code
    found = capsys.readouterr()
    assert "Traceback" not in found.err
    return found.out if code == 0 else found.err


def test_the_table_tells_what_differs_and_what_was_measured(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = says(capsys, "runs", folder).splitlines()
    assert len(lines) == 4
    assert "learning_rate" in lines[0]
    assert "width" not in lines[0]  # alike in all
    assert re.search(r"\bb\b.* vae .*4 of 4.*0\.003.*fid 5", lines[2])


def test_the_best_stands_first_and_those_without_a_figure_last(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records = json.loads(says(capsys, "runs", folder, "--sort", "fid", "--json"))
    assert [Path(record["run"]).name for record in records] == ["b", "a", "c"]
    assert records[0]["settings"]["learning_rate"] == 3e-3
    assert records[0]["figures"][0]["value"] == 5.0
    assert "Did you mean 'fid'?" in says(capsys, "runs", folder, "--sort", "fit", code=2)


def test_figures_of_earlier_weights_are_left_out(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(folder / "a" / "weights.safetensors", folder / "b" / "weights.safetensors")
    records = json.loads(says(capsys, "runs", folder, "--json"))
    assert [len(record["figures"]) for record in records] == [1, 0, 0]


def test_a_damaged_run_is_a_line_that_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a" / "config.json").write_text('{"family": "vae", "model": {"latent": -1}}')
    out = says(capsys, "runs", folder)
    assert "--latent -1" in out
    assert "fid 5" in out


def test_two_beside_one_another(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = tmp_path / "deep" / "two.html"
    assert says(capsys, "runs", "compare", folder / "a", folder / "b", "-o", where).strip() == str(where)
    text = where.read_text()
    assert "<td>learning rate</td><td>0.001</td><td>0.003</td>" in text
    assert "<b>5</b>" in text  # the better of the two figures
    assert "<b>7</b>" not in text
    assert text.count("data:image/png;base64,") == 2
    assert "vae: loss" in text or "elbo" in text
    assert not re.search(r"<script|https?://", text.replace("http://www.w3.org", ""))
    assert aegean.compare([folder / "a", folder / "c"], tmp_path / "other.html").is_file()


@pytest.mark.parametrize("names", [["a"], ["a", "a"], ["a", "nothing"]])
def test_what_cannot_be_compared(
    names: list[str], folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    says(capsys, "runs", "compare", *(folder / name for name in names), "-o", tmp_path / "x.html", code=2)
    assert not (tmp_path / "x.html").exists()


def test_removal_asks_and_takes_only_runs(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "--yes" in says(capsys, "runs", "rm", folder / "a", code=2)  # nobody could answer
    (folder / "mine").mkdir()
    assert "not a run" in says(capsys, "runs", "rm", folder / "a", folder / "mine", "--yes", code=2)
    assert (folder / "a").is_dir()
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: "n")
    says(capsys, "runs", "rm", folder / "a")
    assert (folder / "a").is_dir()
    assert "removed" in says(capsys, "runs", "rm", folder / "a", "--yes")
    assert not (folder / "a").exists()


def test_an_empty_place_and_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no runs yet" in says(capsys, "runs", tmp_path)
    assert "no such folder" in says(capsys, "runs", tmp_path / "nowhere", code=2)


def test_the_best_weights_are_kept_and_a_training_that_gets_no_better_stops(
    shapes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a rate at which nothing is learned, the loss hardly moves."""
    small = [
        "--width",
        "4",
        "--latent",
        "2",
        "--steps",
        "40",
        "--log-every",
        "1",
        "--preview-every",
        "0",
        "--learning-rate",
        "1e-9",
        "--quiet",
    ]
    words = ["train", "vae", "--data", str(shapes), "--out", str(tmp_path / "run"), *small]
    says(capsys, *words, "--keep-best", "vae/loss", "--stop-early", "3")
    run = aegean.load(tmp_path / "run")
    assert run.best_path.is_file()
    assert run.step < 40
    assert "--keep-best" in says(capsys, *words, "--stop-early", "3", code=2)
    assert "vae/loss" in says(capsys, *words[:-1], "--out", tmp_path / "x", "--keep-best", "vae/los", "--quiet", code=2)
