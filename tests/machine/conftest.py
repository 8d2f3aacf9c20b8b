"""Faults on purpose: a command runs in a child of this process that dies, or is refused something, at one of its calls.

AEGEAN_POINTS says at how many of its calls each command is tried; by default at two. `make kills` tries them all.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import resource
import shutil
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image, ImageSequence

import aegean
from aegean import files
from aegean.cli import main
from aegean.runs import read_tensors

POINTS = int(os.environ.get("AEGEAN_POINTS", "2"))
TINY: dict[str, Any] = {"steps": 1, "batch_size": 4, "width": 4, "preview_every": 0, "quiet": True}
TINY |= {"precision": "float32"}
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.truncate", "os.chmod"}

COMMANDS = {  # what writes: words, and those that go on after it was stopped
    "train": "train vae --data photos --out new --steps 2 --save-every 1 --batch-size 4 --width 4 --latent 3"
    " --preview-every 1 --quiet --precision float32",
    "resume": "resume half --quiet",
    "sample": "sample vae -n 3 -o sheet.png",
    "sample to a folder": "sample vae -n 3 -o made",
    "reconstruct": "reconstruct vae photos -o rebuilt.npz",
    "denoise": "denoise denoising photos/00.png photos/01.png -o clean",
    "inpaint": "inpaint context_encoder photos/00.png -o filled.png",
    "edit": "edit vae photos/00.png --add Low -o edited.png",
    "translate": "translate cyclegan photos/00.png --to b -o there.png",
    "translate an animation": "translate cyclegan film.gif --to b -o there.gif",
    "encode": "encode vae photos -o codes.npz",
    "decode": "decode vae given.npz -o decoded.png",
    "project": "project vae photos/00.png --steps 2 --starts 2 --perceptual 0 -o found.npz",
    "interpolate": "interpolate vae -n 3 -o walk.webp",
    "evaluate": "evaluate vae --metrics negative_elbo --limit 8 --samples 1",
    "report": "report cyclegan",
    "features": "features photos -m vae -o features.npz",
    "search": "search photos/00.png --in photos -m vae -o found.png",
}


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory, shapes: Path) -> Path:
    """Photos, an animation, codes, and a run of each kind, one of them half trained."""
    place = tmp_path_factory.mktemp("workshop") / "place"
    (place / "photos").mkdir(parents=True)
    random = np.random.default_rng(0)
    pictures = [Image.fromarray(random.integers(0, 256, (12, 12, 3), np.uint8)) for _ in range(12)]
    for number, picture in enumerate(pictures):
        picture.save(place / "photos" / f"{number:02d}.png")
    pictures[0].save(place / "film.gif", save_all=True, append_images=pictures[1:3])
    np.savez(place / "given.npz", codes=np.zeros((2, 3), np.float32))
    shutil.copy(shapes, place / "shapes.npz")

    class Half(aegean.Callback):
        def on_step(self, trainer: Any, logged: Any) -> None:
            trainer.stop("half")

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setenv("AEGEAN_CACHE", str(place / "kept"))
        aegean.train("vae", data="shapes.npz", out="half", latent=3, callbacks=[Half()], **{**TINY, "steps": 3})
        for family, more in {
            "vae": {"latent": 3},
            "denoising": {"denoiser": "residual", "depth": 2, "data": "photos"},
            "context_encoder": {"adversarial": 0.0, "data": "photos"},
            "cyclegan": {"data": "photos", "other": "photos", "blocks": 1, "discriminator": 4},
        }.items():
            aegean.train(family, out=family, **{"data": "shapes.npz", **TINY, **more})
    shutil.rmtree(place / "kept", ignore_errors=True)
    return place


class Outcome(NamedTuple):
    """What became of a command."""

    code: int  # negative: the number of the signal that ended it
    said: list[str]  # on stderr
    calls: int  # that wrote or changed something


class Calls:
    """Counts what this process writes and changes below a folder; at one of these calls it dies, or gets an error."""

    def __init__(self, place: Path, at: int | None, number: int | None, ends: signal.Signals) -> None:
        self.place, self.at, self.number, self.ends, self.count = str(place), at, number, ends, 0
        self.flush = os.fsync

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """As `sys.addaudithook` calls it, before what is told happens."""
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITES
        named = (writes or event in CHANGES) and isinstance(arguments[0], str | os.PathLike)
        if named and str(Path(arguments[0]).absolute()).startswith(self.place):
            self.pass_by(os.fspath(arguments[0]))

    def fsync(self, descriptor: int) -> None:
        """In place of `os.fsync`, of which no hook is told."""
        self.pass_by(None)
        self.flush(descriptor)

    def pass_by(self, path: str | None) -> None:
        """One call more."""
        self.count += 1
        if self.count != self.at:
            return
        if self.number is None:
            os.kill(os.getpid(), self.ends)
            return
        raise OSError(self.number, os.strerror(self.number or 0), path)


def run(
    words: Sequence[str],
    place: Path,
    at: int | None = None,
    number: int | None = None,
    limits: Mapping[int, int] = {},
    ends: signal.Signals = signal.SIGKILL,
) -> Outcome:
    """Run a command in `place`: `ends` is sent to it at its call `at`, or that call fails with the error `number`."""
    read, write = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of Python 3.12: other threads, such as xdist's
        child = os.fork()
    if child == 0:
        code = 70
        calls = Calls(place, at, number, ends)
        try:
            for stream in (1, 2):
                os.dup2(write, stream)
            sys.stdout, sys.stderr = io.StringIO(), io.TextIOWrapper(io.FileIO(2, "w"), write_through=True)
            os.chdir(place)
            os.environ["AEGEAN_CACHE"] = str(place / "kept")
            files._swept.clear()  # a number of a folder may be given again
            sys.addaudithook(calls)
            os.fsync = calls.fsync
            for kind, limit in limits.items():
                resource.setrlimit(kind, (limit, resource.getrlimit(kind)[1]))
            code = main(list(words))
        except BaseException:
            traceback.print_exc()
        finally:
            os.write(write, f"\n{calls.count}".encode())
            os._exit(code)
    os.close(write)
    with os.fdopen(read) as pipe:
        *said, count = pipe.read().splitlines() or [""]
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return Outcome(code, [line for line in said if line], int(count) if code >= 0 else 0)


def content_of(place: Path) -> dict[str, str]:
    """Every file at any depth: its hash."""
    found = [path for path in sorted(place.rglob("*")) if path.is_file()]
    return {str(path.relative_to(place)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def names_in(content: Mapping[str, str]) -> set[str]:
    """Their names; what is kept of a set is called by what tells its files from copies."""
    return {re.sub(r"^kept/[0-9a-f]{24}/", "kept/KEY/", name) for name in content}


def is_passing(name: str) -> bool:
    """Whether a file is one that only lies there while something is written."""
    parts = Path(name).parts
    hidden = any(files.UNFINISHED.fullmatch(part) or part.endswith(".lock") for part in parts)
    return hidden or any(".part" in part for part in parts)


def check_whole(path: Path) -> None:
    """Fails where a file is not as its kind is."""
    ending = path.suffix
    if ending == ".safetensors":
        read_tensors(path)
    elif ending == ".json":
        json.loads(path.read_text())
    elif ending == ".jsonl":
        for line in path.read_text().splitlines()[:-1]:
            json.loads(line)
    elif ending == ".html":
        assert path.read_text().endswith("</html>\n")
    elif ending in {".npz", ".npy"}:
        arrays = np.load(path)
        assert [arrays[name].shape for name in arrays.files] if ending == ".npz" else arrays.shape
    elif ending in {".png", ".gif", ".webp"}:
        with Image.open(path) as picture:
            for frame in ImageSequence.Iterator(picture):
                frame.load()
    else:
        pytest.fail(f"{path}: what is this?")


def check_harmless(place: Path, before: Mapping[str, str]) -> None:
    """Fails where a file is lost, or one that was written is not whole."""
    now = content_of(place)
    assert set(before) <= set(now)
    for name, digest in now.items():
        if digest != before.get(name) and not is_passing(name):
            check_whole(place / name)


def steady(content: Mapping[str, str]) -> dict[str, str]:
    """Those files of which a second run makes the same: no times are in them."""
    timed = {".json", ".jsonl", ".html"}
    return {name: content[name] for name in content if Path(name).suffix not in timed and not name.startswith("kept/")}


def spread(count: int, points: int) -> list[int]:
    """So many of the numbers from 1 to `count`, evenly; all, if they are not more."""
    if points >= count:
        return list(range(1, count + 1))
    return sorted(set(np.linspace(1, count, min(points, count) + 2).round().astype(int).tolist()[1:-1] or [1]))


@pytest.fixture
def fresh(workshop: Path, tmp_path: Path) -> Callable[[], Path]:
    """Copies of the workshop, one after another, each in place of the one before."""

    def copy() -> Path:
        shutil.rmtree(tmp_path / "place", ignore_errors=True)
        return Path(shutil.copytree(workshop, tmp_path / "place"))

    return copy


@pytest.fixture
def faults() -> Any:
    """This module, which tests may not import."""
    return sys.modules[__name__]
