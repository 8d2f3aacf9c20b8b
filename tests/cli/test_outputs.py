"""Nothing that is written takes the place of what it is made from, nor of a run's own files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import aegean
from aegean.cli import main
from aegean.outputs import check_outputs

SETTINGS: dict[str, Any] = {"steps": 1, "batch_size": 8, "width": 4, "preview_every": 0, "quiet": True}


def content_of(folder: Path) -> dict[str, str]:
    """Every file of a folder at any depth: its hash."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, shapes: Path) -> Path:
    """Photos, codes, a film and the runs of a family of each kind."""
    folder = tmp_path_factory.mktemp("place")
    (folder / "photos").mkdir()
    random = np.random.default_rng(0)
    for name in "ab":
        Image.fromarray(random.integers(0, 256, (12, 12), np.uint8)).save(folder / "photos" / f"{name}.png")
    (folder / "a.png").symlink_to(folder / "photos" / "a.png")
    (folder / "hard.png").hardlink_to(folder / "photos" / "b.png")
    np.savez(folder / "codes.npz", codes=np.zeros((2, 3), np.float32), names=np.array(["a", "b"]))
    for family, more in {
        "vae": {"latent": 3},
        "denoising": {"denoiser": "residual", "depth": 2},
        "context_encoder": {"adversarial": 0.0},
        "cyclegan": {"other": str(shapes), "blocks": 1, "discriminator": 4, "batch_size": 2},
    }.items():
        aegean.train(family, data=str(shapes), out=folder / family, **{**SETTINGS, **more})
    return folder


WRONG = [
    ("reconstruct vae a.png -o photos/a.png", "is a.png itself"),
    ("reconstruct vae photos/a.png -o a.png", "is photos/a.png itself"),
    ("reconstruct vae photos/b.png -o hard.png", "is photos/b.png itself"),
    ("reconstruct vae photos -o photos", "is photos/a.png itself"),
    ("reconstruct vae photos/a.png -o photos", "is photos/a.png itself"),
    ("reconstruct vae photos -o photos/new", "lies in"),
    ("denoise denoising photos -o photos", "is photos/a.png itself"),
    ("denoise denoising photos -o photos/new", "lies in"),
    ("inpaint context_encoder photos/a.png -o a.png", "itself"),
    ("translate cyclegan photos --to b -o photos/b", "lies in"),
    ("translate cyclegan photos/a.png --to b -o photos/a.png", "itself"),
    ("encode vae photos -o photos/a.png", "is written as .npz"),
    ("encode vae codes.npz -o codes.npz", "is codes.npz itself"),
    ("decode vae codes.npz -o codes.npz", "is codes.npz itself"),
    ("interpolate vae photos/a.png photos/b.png -o photos/b.png", "is photos/b.png itself"),
    ("interpolate vae photos/a.png photos/b.png -o a.png", "itself"),
    ("features photos -m vae -o vae/weights.safetensors", "is what the run vae is made of"),
    ("features vae -o vae/state/state.safetensors", "is what the run vae is made of"),
    ("features codes.npz -m vae -o codes.npz", "is codes.npz itself"),
    ("search photos/a.png --in photos -m vae -o photos/b.png", "is photos/b.png itself"),
    ("sample vae -o vae/previews/sheet.png", "is what the run vae is made of"),
    ("sample denoising/../vae -o vae/config.json", "is what the run vae is made of"),
    ("report vae -o vae/about.json", "is written as .html"),
    ("evaluate vae -o vae/about.json", "is what the run vae is made of"),
]


@pytest.mark.parametrize(("words", "line"), WRONG, ids=[words for words, _ in WRONG])
def test_an_output_that_would_do_harm_is_refused_before_anything_is_touched(
    words: str, line: str, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(place)
    before = content_of(place)
    assert main(words.split()) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith("aegean: --out ")
    assert line in said
    assert content_of(place) == before


def test_what_does_no_harm_is_taken(place: Path, tmp_path: Path) -> None:
    check_outputs([place / "vae" / "samples" / "a.png", place / "new.png"], [place / "photos", Path("no such file")])
    check_outputs([place / "photos" / "features.npz"], [place / "photos"])  # no picture: it is not read as one
    with pytest.raises(aegean.InputError, match="would be written twice"):
        check_outputs([tmp_path / "a.png", tmp_path / "b" / ".." / "a.png"])


def test_a_run_that_may_not_be_written_is_measured_and_reported_elsewhere(
    place: Path, tmp_path: Path, says: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = place / "vae"
    code, said, _ = says("report", run, "-o", tmp_path / "new" / "a.html")
    assert (code, said) == (0, [str(tmp_path / "new" / "a.html")])
    assert (tmp_path / "new" / "a.html").read_text().startswith("<!doctype html>")
    code, _, _ = says("evaluate", run, "--limit", 4, "--metrics", "negative_elbo", "-o", tmp_path / "a.json")
    assert code == 0
    assert '"metric": "negative_elbo"' in (tmp_path / "a.json").read_text()
    before = content_of(run)

    def refuses(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(aegean.Run, "save_evaluation", refuses)  # root, who runs tests, may write anywhere
    code, printed, said = says("evaluate", run, "--limit", 4, "--metrics", "negative_elbo")
    assert code == 0
    assert any("negative_elbo" in line for line in printed)
    assert said == [
        f"aegean: {run}/evaluation.json: may not be written: negative_elbo is not kept; --out names another file"
    ]
    assert content_of(run) == before
