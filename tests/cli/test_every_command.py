"""Contracts of all commands: what computes takes --device, what reports --json, and every console prints it."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

import aegean
from aegean.cli import COMMANDS, main
from aegean.cli.completion import options_of

COMPUTES_NOTHING = {
    **dict.fromkeys(("metrics", "models", "datasets", "info", "scoreboard", "runs", "completion"), "only reads"),
    "layers": "sends one image through, for its shapes",
    "export": "graphs are traced, and compared with what they are made of, on the CPU, which is where they are used",
}
REPORTS = {"evaluate", "scoreboard", "metrics", "runs", "classify", "layers", "search", "models", "info", "datasets"}
# `reproduce` keeps what it reports in files: reproduced.json, and the evaluation.json of each run
LISTS = ("metrics", "models", "models --zoo", "scoreboard", "datasets", "runs")  # what is told without a run

Says = Callable[..., tuple[int, list[str], list[str]]]


@pytest.mark.parametrize("command", COMMANDS)
def test_what_computes_takes_a_device_and_what_reports_is_read_by_programs(command: str) -> None:
    options = options_of(["train", "vae"] if command == "train" else [command])
    assert ("--device" in options) == (command not in COMPUTES_NOTHING)
    assert ("--json" in options) == (command in REPORTS)


def test_of_runs_the_comparison_computes() -> None:
    assert "--device" in options_of(["runs", "compare"])


@pytest.mark.parametrize("line", LISTS)
def test_a_list_is_json_for_programs(line: str, says: Says, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    code, out, err = says(*line.split(), "--json")
    assert (code, err) == (0, [])
    records = json.loads("\n".join(out))
    assert isinstance(records, list)
    assert bool(records) == (line != "runs")
    assert all(isinstance(record, dict) for record in records)


def test_where_a_picture_comes_from_is_json_for_programs(shapes: Path, tmp_path: Path, says: Says) -> None:
    settings = {"steps": 1, "batch_size": 8, "width": 4, "latent": 2, "preview_every": 0, "quiet": True}
    run = aegean.train("vae", data=str(shapes), out=tmp_path / "run", **settings)
    made = tmp_path / "made.png"
    assert says("sample", run.path, "-n", 4, "-o", made, "--device", "cpu")[0] == 0
    told = json.loads("\n".join(says("info", made, "--json")[1]))
    assert told["seed"] == "0"
    assert says("sample", run.path, "-n", 4, "-o", made, "--device", "abacus")[2][-1].startswith(
        "aegean: device 'abacus' cannot be used here"
    )


@pytest.mark.parametrize("line", [*(f"{command} --help" for command in COMMANDS), "--help", *LISTS, "reproduce"])
def test_a_console_of_windows_prints_what_is_said(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In cp1252, its own code, nothing had to be written out as \\u2191."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    printed = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(printed, encoding="cp1252", write_through=True))
    words = line.split()
    try:
        code = main(["train", "vae", "--help"] if words[0] == "train" else words)
    except SystemExit as stop:
        code = stop.code or 0
    assert code == 0
    said = printed.getvalue().decode("cp1252")
    assert len(said) > 40
    assert "\\u" not in said
    assert "\\x" not in said


def test_a_console_of_windows_prints_figures(shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"steps": 1, "batch_size": 8, "width": 4, "preview_every": 0, "quiet": True}
    run = aegean.train("vae", data=str(shapes), out=tmp_path / "runs" / "one", latent=2, **settings)
    Image.new("L", (16, 16)).save(tmp_path / "photo.png")
    printed = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(printed, encoding="cp1252", write_through=True))
    for words in (
        ["evaluate", str(run.path), "--limit", "8"],
        ["runs", str(run.path.parent)],
        ["layers", str(run.path)],
    ):
        assert main(words) == 0
    said = printed.getvalue().decode("cp1252")
    assert "negative_elbo v" in said
    assert "±" in said
    assert "\\u" not in said
