"""A stranger's first hour: the wheels, a folder that was empty, and the commands that the README names; no checkout.

The wheels are really installed, in a venv of their own. What they need, torch and so on, is lent by the venv of the
tests, so that nothing is downloaded. What each step says and makes is asserted on.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import venv
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

SMALL = "--size 32 --likelihood gaussian --width 8 --latent 8 --batch-size 32 --preview-every 0 --quiet"
STEPS = 600
KINDS = (".jpg", ".png", ".webp", ".bmp", ".tif", ".gif")
FOREIGN = ("PYTHONPATH", "PYTHONHOME", "AEGEAN_SHARED_DATA", "PYTEST_CURRENT_TEST")  # of the tests, not of a stranger


class Said(NamedTuple):
    """What a command printed."""

    out: str
    err: str


class Stranger:
    """Someone with the wheels, in an empty folder."""

    def __init__(self, wheels: Path, folder: Path) -> None:
        self.bin, self.home = folder / "venv" / "bin", folder / "home"
        for name in ("home", "user"):
            (folder / name).mkdir()
        venv.create(folder / "venv", with_pip=False, symlinks=True)
        pip = [sys.executable, "-m", "pip", "--python", str(folder / "venv"), "install", "--quiet", "--no-compile"]
        subprocess.run([*pip, "--no-index", "--no-deps", *map(str, wheels.glob("*.whl"))], check=True)
        (site,) = (folder / "venv").glob("lib/python*/site-packages")
        (site / "lent.pth").write_text(f"{Path(torch.__file__).parents[1]}\n")  # whose own .pth files are not read
        self.own = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        self.own |= {"HOME": str(folder / "user"), "AEGEAN_CACHE": str(folder / "cache"), "HF_HUB_OFFLINE": "1"}

    def begins(self, *words: str) -> subprocess.Popen[str]:
        """A program of the venv, begun in the folder."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
        return subprocess.Popen(
            [self.bin / words[0], *words[1:]], cwd=self.home, env=self.own, text=True, encoding="utf-8", **pipes
        )

    def runs(self, *words: str, code: int = 0) -> Said:
        """The same to its end, with the exit code that is expected."""
        process = self.begins(*words)
        said = Said(*process.communicate(timeout=1800))
        assert process.returncode == code, (words, *said)
        assert "Traceback" not in said.err
        return said

    def says(self, line: str, code: int = 0) -> Said:
        """`aegean` with the words of a line."""
        return self.runs("aegean", *line.split(), code=code)

    def sees(self, name: str) -> np.ndarray:
        """The pixels of a picture (H, W, C), which is no even surface."""
        with Image.open(self.home / name) as picture:
            pixels = np.asarray(picture.convert("RGB")).astype(float)
        assert pixels.std() > 5, name
        return pixels


def test_a_stranger_comes_through(wheels: Path, tmp_path: Path) -> None:
    stranger = Stranger(wheels, tmp_path)
    is_installed(stranger)
    sees_the_demo(stranger)
    brings_photos(stranger)
    trains_stops_and_goes_on(stranger)
    compares(stranger)
    edits_a_face(stranger)
    exports(stranger)
    opens_a_notebook(stranger)
    made = {"demo", "photos", "runs", "samples.png", "both.html", "face.png", "glasses.png", "mine.html", "first.ipynb"}
    assert {path.name for path in stranger.home.iterdir()} == made


def is_installed(stranger: Stranger) -> None:
    where = stranger.runs("python", "-c", "import aegean; print(aegean.__file__)").out
    assert where.startswith(str(stranger.bin.parent)), "of the wheel, not of the checkout"
    assert stranger.says("--version").out.startswith("aegean 0.")
    assert "zoo:multi_attribute_editor-celeba" in stranger.says("models --zoo").out


def sees_the_demo(stranger: Stranger) -> None:
    said = stranger.says("demo --steps 60 --out demo")
    figures = dict(line.split()[:2] for line in said.out.splitlines() if line.startswith("  "))
    assert 50 < float(figures["negative_elbo"]) < 400, "nats: an untrained one has 543 = 784 log 2"
    assert "Digits that never were: " in said.out
    side = 3 * (8 * (28 + 2) - 2)  # enlarged, with white between
    assert stranger.sees("demo/samples/digits.png").shape[:2] == (side, side)
    report = (stranger.home / "demo/report.html").read_text(encoding="utf-8")
    assert all(f'<section id="{name}">' in report for name in ("samples", "curves", "evaluation", "run"))


def brings_photos(stranger: Stranger) -> None:
    """200 of all sizes, kinds and modes, one of them turned by its EXIF; a damaged one, and what is no picture."""
    random, folder = np.random.default_rng(0), stranger.home / "photos"
    folder.mkdir()
    for number in range(200):
        width, height = (int(side) for side in random.integers(40, 200, 2))
        photo = Image.new("RGB", (width, height), tuple(random.integers(0, 120, 3).tolist()))
        box = (*(random.uniform(0, 0.4, 2) * photo.size), *(random.uniform(0.6, 1, 2) * photo.size))
        ImageDraw.Draw(photo).ellipse(tuple(map(float, box)), fill=tuple(random.integers(130, 256, 3).tolist()))
        kind = KINDS[number % len(KINDS)]
        modes = {".jpg": ("RGB", "L"), ".png": ("RGB", "RGBA", "L", "P"), ".gif": ("P",)}.get(kind, ("RGB",))
        exif = Image.Exif()
        exif[0x0112] = 6
        more = {"exif": exif} if number == 0 else {}
        photo.convert(modes[number // len(KINDS) % len(modes)]).save(folder / f"{number:03}{kind}", **more)
    (folder / "damaged.png").write_bytes((folder / "001.png").read_bytes()[:60])
    (folder / "notes.txt").write_text("mine")
    said = stranger.says("datasets photos").out
    facts = {line.split()[0]: line for line in said.splitlines()}
    assert "201" in facts["pictures"]
    assert "notes.txt" in said
    assert "aegean train vae --data photos --size 64" in facts["train"]


def trains_stops_and_goes_on(stranger: Stranger) -> None:
    words = f"train vae --data photos {SMALL} --steps {STEPS} --log-every 5 --out runs/mine".split()
    training, lines = stranger.begins("aegean", *words), stranger.home / "runs/mine/metrics.jsonl"
    while training.poll() is None and not (lines.is_file() and lines.read_text()):
        time.sleep(0.02)
    training.send_signal(signal.SIGINT)  # Ctrl-C
    _, err = training.communicate(timeout=1800)
    told = err.splitlines()[-1]
    assert told.startswith("aegean: stopped at step "), err
    assert training.returncode == 2
    step, way = int(told.split()[4]), told.split("go on with: ")[1]
    assert 0 < step < STEPS
    assert f"step {STEPS}" in stranger.says(f"{way.removeprefix('aegean ')} --quiet").out
    steps = [json.loads(line)["step"] for line in lines.read_text().splitlines()]
    assert steps == sorted(set(steps))
    assert steps[-1] == STEPS
    stranger.says("sample runs/mine -n 16 -o samples.png --scale 1")
    side = 4 * (32 + 2) - 2
    assert stranger.sees("samples.png").shape == (side, side, 3)
    about = stranger.says("info samples.png").out
    assert "runs/mine" in about
    assert "seed: 0" in about


def compares(stranger: Stranger) -> None:
    stranger.says(f"train --like runs/mine --beta 20 --steps {STEPS // 2} --out runs/second --quiet")
    for run in ("mine", "second"):
        stranger.says(f"evaluate runs/{run} --metrics reconstruction_psnr")
    table = stranger.says("runs --sort reconstruction_psnr").out.splitlines()
    assert "beta" in table[0]
    assert [line.split()[0] for line in table[1:3]] == ["runs/mine", "runs/second"], "the weaker code is the worse"
    stranger.says("runs compare runs/mine runs/second -o both.html")
    page = (stranger.home / "both.html").read_text(encoding="utf-8")
    assert all(word in page for word in ("mine", "second", "beta", "psnr", "data:image/png"))


def edits_a_face(stranger: Stranger) -> None:
    draw = "from PIL import Image; from aegean.data import avatars; "
    stranger.runs("python", "-c", f"{draw}Image.fromarray(avatars.draw(3, 96, Eyeglasses=False)).save('face.png')")
    said = stranger.says("edit zoo:multi_attribute_editor-celeba face.png --add Eyeglasses -o glasses.png")
    assert said.out.split() == ["glasses.png"]
    before, after = stranger.sees("face.png"), stranger.sees("glasses.png")
    assert before.shape == after.shape
    assert 0.3 < np.abs(before - after).mean() < 40, "of 255: changed, and still the face"


def exports(stranger: Stranger) -> None:
    stranger.says("export runs/mine --out mine.html")
    page = (stranger.home / "mine.html").read_text(encoding="utf-8")
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert len(page) > 3e6, "the runtime and the model are in it"


def opens_a_notebook(stranger: Stranger) -> None:
    nbformat = pytest.importorskip("nbformat", reason="is in the extra `docs`")
    cells = ['import aegean; run = aegean.load("runs/mine"); run', "aegean.sample(run, 1)[0]"]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in cells])
    nbformat.write(book, stranger.home / "first.ipynb")
    execute = "import nbformat, nbclient; book = nbformat.read('first.ipynb', 4); "
    execute += "nbclient.NotebookClient(book, kernel_name='python3').execute(); nbformat.write(book, 'first.ipynb')"
    stranger.runs("python", "-c", execute)
    (shown,), (picture,) = (cell.outputs for cell in nbformat.read(stranger.home / "first.ipynb", 4).cells)
    assert f"vae on photos, 32 x 32 colour, {STEPS} of {STEPS} steps" in shown.data["text/plain"]
    assert "reconstruction_psnr" in shown.data["text/html"]
    assert "image/png" in picture.data
