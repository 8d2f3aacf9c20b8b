"""Runs by name: the zoo and the recipes from an installed wheel, hub folders read back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

import aegean
from aegean import places
from aegean.cli import main
from aegean.exporting import hub


def test_weights_are_in_a_package_of_their_own(wheels: Path) -> None:
    (wheel,), (source,) = wheels.glob("aegean-*.whl"), wheels.glob("aegean-*.tar.gz")
    assert wheel.stat().st_size < 2e6
    assert source.stat().st_size < 4e6
    names = zipfile.ZipFile(wheel).namelist()
    assert "aegean/recipes/vae-mnist.json" in names
    assert "aegean/recipes/evaluations/vae-mnist.json" in names
    assert "aegean/benchmarks/rows/speed.json" in names
    assert "aegean/exporting/page/index.html" in names
    assert not [name for name in names if name.endswith((".safetensors", ".xz"))]
    with zipfile.ZipFile(wheel) as opened:
        (told,) = (opened.read(name).decode() for name in names if name.endswith("dist-info/METADATA"))
    assert "# aegean\n" in told
    assert "docs/own-pictures.md" not in told, "read away from the checkout, a link into it leads nowhere"
    assert "shaved again" in told, "the words of its pictures"


def test_an_installed_wheel_knows_zoo_and_recipes(wheels: Path, tmp_path: Path) -> None:
    site, work = tmp_path / "site", tmp_path / "work"
    work.mkdir()
    for wheel in wheels.glob("*.whl"):
        zipfile.ZipFile(wheel).extractall(site)
    code = (
        "import aegean, sys; assert aegean.__file__.startswith(sys.argv[1]), aegean.__file__\n"
        "from aegean.cli import main\n"
        "from aegean.cli.training import _read\n"
        "assert _read('vae-mnist').family == 'vae'\n"
        "failed = main(['models', '--zoo']) or main(['scoreboard']) or main(['reproduce'])\n"
        "sys.exit(failed or main(['sample', 'zoo:vae-mnist', '-n', '4']))"
    )
    environment = {**os.environ, "PYTHONPATH": str(site)}
    words = [sys.executable, "-c", code, str(site)]
    said = subprocess.run(words, env=environment, cwd=work, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert "zoo:gan-mnist" in said.stdout
    assert "gan_quality-mnist" in said.stdout, "the scoreboard, with its benchmarks"
    assert "Conditional GAN on Fashion-MNIST" in said.stdout, "what can be reproduced"
    (picture,) = work.rglob("*.png")
    assert picture.parent == work / "zoo-vae-mnist" / "samples"


def test_a_shared_run_is_not_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = aegean.load("zoo:vae-mnist")
    before = (run.path / "about.json").read_bytes()
    run.remember(seen="yes")
    run.save_evaluation([{"metric": "mine", "split": "test", "value": 1.0, "settings": {}}])
    assert (run.path / "about.json").read_bytes() == before
    assert "mine" not in (run.path / "evaluation.json").read_text()
    assert aegean.load("zoo:vae-mnist").evaluation[-1]["metric"] == "mine"
    assert (tmp_path / "zoo-vae-mnist" / "evaluation.json").is_file()


def test_names_that_lead_nowhere_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(aegean.InputError, match=r"Did you mean 'vae-mnist'"):
        aegean.load("zoo:vae-mnst")
    with pytest.raises(aegean.InputError, match="OWNER/NAME"):
        aegean.load("hf:mnist")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(aegean.InputError, match=r"hf:nobody/nothing: "):
        aegean.load("hf:nobody/nothing")
    monkeypatch.setattr(places, "zoo", dict)
    with pytest.raises(aegean.InputError, match=r"pip install \./zoo"):
        aegean.load("zoo:vae-mnist")


def test_a_hub_folder_is_read_back(
    trained: Callable[..., aegean.Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trained("conditional_vae", latent=3)
    monkeypatch.setattr(hub, "write_html", lambda _, out: out.write_text("page"))  # test_html.py tests the page
    folder = aegean.export(run, "hub", tmp_path / "hub", licence="apache-2.0")
    again = aegean.load(folder)
    assert torch.equal(aegean.sample(again, 3, label=1, as_tensor=True), aegean.sample(run, 3, label=1, as_tensor=True))
    card = (folder / "README.md").read_text()
    assert card.startswith(
        "---\nlibrary_name: aegean\npipeline_tag: unconditional-image-generation\nlicense: apache-2.0"
    )
    for part in ("## Data", "## Figures", "## Limits", "## Licence", "picture.png"):
        assert part in card
    told = "".join(path.read_text() for path in folder.glob("*.json"))
    assert str(Path(run.config.data.data).parent) not in told + card
    assert "sdk: static" in (folder / "space" / "README.md").read_text()
    assert json.loads((folder / "config.json").read_text())["family"] == "conditional_vae"


def test_push_says_what_is_missing(
    trained: Callable[..., aegean.Run],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = trained("conditional_vae", latent=3)
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("huggingface_hub.get_token", lambda: None)
    for words, problem in (
        (["--to", "hub", "--push", "me"], "OWNER/NAME"),
        (["--to", "hub", "--push", "me/mine"], "not logged in"),
        (["--to", "onnx", "--push", "me/mine"], "--push belongs to --to hub"),
    ):
        assert main(["export", str(run.path), "--out", str(tmp_path / "hub"), *words]) == 2
        assert problem in capsys.readouterr().err
    assert not list(tmp_path.iterdir())  # said before anything is written
