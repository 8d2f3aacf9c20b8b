"""A family of somebody else's: registered in a process, or by the entry point of an installed package."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import aegean
from aegean.errors import InputError
from aegean.families import registry

PAGE = (Path(__file__).parents[2] / "docs" / "own-family.md").read_text()
FAMILY, USE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test registers is forgotten after it."""
    monkeypatch.setattr(registry.FAMILIES, "registered", {})


@pytest.mark.usefixtures("registered")
def test_the_family_of_the_page_trains_and_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(compile(FAMILY + USE, "own-family.md", "exec"), names)
    run = names["run"]
    (record,) = run.evaluation
    assert record["value"] > 10  # dB: the mean image has less
    assert run.model.axes.shape == (784, 16)
    assert aegean.resume(run.path).step == 30
    assert aegean.make_report(run).is_file()


@pytest.mark.usefixtures("registered")
def test_a_name_is_taken_once() -> None:
    from aegean.families.vae import VAEConfig

    for name in ("vae", "no name"):
        with pytest.raises(InputError, match=r"called 'vae' already|called 'no name'"):
            aegean.register(name, VAEConfig, "aegean.models.vae:VAE")
    aegean.register("mine", VAEConfig, "aegean.models.vae:VAE")
    assert "mine" in aegean.FAMILIES
    with pytest.raises(InputError, match="Did you mean 'mine'"):
        aegean.train("mien")


def installed(folder: Path, value: str) -> dict[str, str]:
    """An environment in which a package with one entry point is installed in `folder`."""
    module = FAMILY + '\nFAMILY = aegean.Family(LinearConfig, model="own_linear:Linear")\n'
    (folder / "own_linear.py").write_text(module)
    facts = folder / "own_linear-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: own-linear\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text(f"[aegean.families]\nlinear = {value}\n")
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": path}


SHELL = """
import json, sys
from aegean.cli import main
for words in json.loads(sys.argv[1]):
    print(main(words))
"""


def says(environment: dict[str, str], folder: Path, *commands: list[str]) -> subprocess.CompletedProcess[str]:
    """What a fresh process says to these command lines, and their exit codes."""
    command = [sys.executable, "-c", SHELL, json.dumps(commands)]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)


def test_a_fresh_shell_knows_the_family_of_an_installed_package(tmp_path: Path) -> None:
    environment = installed(tmp_path, "own_linear:FAMILY")
    train = ["train", "linear", "--latent", "3", "--steps", "2", "--out", "run"]
    trained = says(environment, tmp_path, ["models"], train, ["train", "linear", "--latent", "x"])
    assert "Linear autoencoder: an image is a point of a plane." in trained.stdout
    assert trained.stdout.splitlines()[-2:] == ["0", "2"]  # of the training, and of the wrong word
    assert "aegean: Error parsing --latent" in trained.stderr
    measure = ["evaluate", "run", "--metrics", "reconstruction_mse", "--limit", "9"]
    used = says(environment, tmp_path, ["reconstruct", "run"], measure, ["report", "run"])
    assert used.returncode == 0, used.stderr
    assert [line for line in used.stdout.splitlines() if line.isdigit()] == ["0", "0", "0"]


def test_a_package_that_cannot_be_imported_is_one_line(tmp_path: Path) -> None:
    environment = installed(tmp_path, "no_such_module:FAMILY")
    found = says(environment, tmp_path, ["train", "linear"])
    assert found.stdout == "2\n"
    assert "the family 'linear' of no_such_module:FAMILY cannot be imported" in found.stderr
    assert "Traceback" not in found.stderr


def test_the_public_names_are_these() -> None:
    assert set(aegean.__all__) == {
        *("FAMILIES", "Family", "Settings", "TrainingConfig", "register"),
        *("Batch", "DataSpec", "Dataset", "open_dataset"),
        *("Model", "Player", "Classifies", "ClassifiesAttributes", "Conditional", "Density", "Edits", "Encodes"),
        *("Restores", "Samples", "Translates"),
        *("EvaluationContext", "Figure", "Metric", "register_metric"),
        *("Callback", "KeepBest", "StopEarly"),
        *(
            "InputError",
            "Run",
            "compare",
            "evaluate",
            "export",
            "load",
            "make_report",
            "pretrained",
            "resume",
            "sweep",
            "train",
        ),
        *(
            "classify",
            "decode",
            "denoise",
            "edit",
            "encode",
            "features",
            "inpaint",
            "interpolate",
            "project",
            "reconstruct",
        ),
        *("read_origin", "sample", "save", "search", "translate"),
    }
    assert all(getattr(aegean, name) is not None for name in aegean.__all__)
