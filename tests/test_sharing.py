"""Two processes that share a command make what one makes, to the bit; and what is wrong with one, all know."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import aegean
from aegean import sharing
from aegean.cli import COMMANDS, SHARED, TOGETHER

# Each process forms a group once, in which it runs one command after another: torchrun takes seconds to begin.
GAME = r"""
import json, os, sys
from torch import distributed
from aegean.cli import main

shared = len(sys.argv) > 2
if shared:
    import torch._dynamo  # before a group is open: see aegean.sharing
    distributed.init_process_group("gloo")
for words in json.loads(sys.argv[1]):
    code = main(words)
    sys.stdout.flush()
    os.write(2, f"\nexit {code}\n".encode())  # whole, also where the other process has written half a line
if shared:
    distributed.barrier()
    distributed.destroy_process_group()  # its threads may abort a process that ends with them
"""
MADE = {  # a name -> words, of which OUT is that name, in a folder for each of the ways
    "sheet.png": "sample vae -n 600 -o OUT",
    "samples": "sample vae -n 5 -o OUT",
    "rebuilt.npz": "reconstruct vae photos -o OUT",
    "clean": "denoise denoising photos -o OUT",
    "there": "translate cyclegan photos --to b -o OUT",
    "film.gif": "translate cyclegan film.gif --to b --back -o OUT",
    "steady.gif": "translate cyclegan film.gif --to b --steady 0.5 -o OUT",
    "edited": "edit vae photos --add Low -o OUT",
    "codes.npz": "encode vae photos -o OUT",
    "set.npz": "encode vae shapes.npz --split train -o OUT",
    "decoded.npz": "decode vae codes.npz -o OUT",
    "features.npz": "features photos -m vae -o OUT",
    "rows.safetensors": "features shapes.npz -m classifier -o OUT",
    "found.png": "search photos/00.png --in photos -m vae -o OUT",
    "vae.json": "evaluate vae --samples 3 --out OUT",
    "gan.json": "evaluate gan --judge classifier --metrics fid kid precision --seeds 2 --out OUT",
    "denoising.json": "evaluate denoising --out OUT",
    "cyclegan.json": "evaluate cyclegan --metrics cycle_error --out OUT",
}
PRINTED = {"classes": "classify photos -m classifier --json"}
WRONG = ("denoise denoising cut.png -o nothing.png", "sample vae --label 3", "evaluate vae --metrics fud")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, shapes: Path) -> Path:
    """Runs, photos of which one cannot be read, and an animation."""
    folder = tmp_path_factory.mktemp("sharing")
    (folder / "photos").mkdir()
    random = np.random.default_rng(0)
    pictures = [Image.fromarray(random.integers(0, 256, (12, 12 + k % 3, 3), np.uint8)) for k in range(7)]
    for number, picture in enumerate(pictures):
        picture.save(folder / "photos" / f"{number:02d}.png")
    (folder / "photos" / "03.png").write_bytes((folder / "photos" / "03.png").read_bytes()[:60])
    shutil.copy(folder / "photos" / "03.png", folder / "cut.png")
    pictures[0].save(folder / "film.gif", save_all=True, append_images=[pictures[3], pictures[6]])
    np.savez(folder / "codes.npz", codes=random.normal(size=(300, 3)).astype(np.float32))
    shutil.copy(shapes, folder / "shapes.npz")
    tiny: dict[str, Any] = {"steps": 2, "batch_size": 4, "width": 4, "preview_every": 0, "quiet": True}
    tiny |= {"precision": "float32"}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("AEGEAN_CACHE", str(folder / "cache"))
        for family, more in {
            "vae": {"latent": 3},
            "gan": {"latent": 8},
            "classifier": {},
            "denoising": {"denoiser": "residual", "depth": 2},
            "cyclegan": {"data": "photos", "other": "photos", "size": 12, "blocks": 1, "discriminator": 4},
        }.items():
            aegean.train(family, out=family, **{"data": "shapes.npz", **tiny, **more})
    return folder


@pytest.fixture(scope="module")
def ways(place: Path) -> dict[str, subprocess.CompletedProcess[str]]:
    """What one process and two say, and in the folders `one` and `two` what they make."""
    done = {}
    (place / "game.py").write_text(GAME)
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    for way, how in (("one", []), ("two", torchrun)):
        words = [made.replace("OUT", f"{way}/{name}").split() for name, made in (MADE | PRINTED).items()]
        given = json.dumps(words + [line.split() for line in WRONG])
        (place / way).mkdir()
        environment = {**os.environ, "AEGEAN_CACHE": str(place / f"cache-{way}"), "OMP_NUM_THREADS": "1"}
        command = [sys.executable, *how, "game.py", given, *["shared"] * (way == "two")]
        done[way] = subprocess.run(
            command, cwd=place, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=900
        )
        assert done[way].returncode == 0, done[way].stderr[-3000:]
    return done


@pytest.mark.parametrize("name", MADE)
def test_two_processes_make_what_one_makes(
    name: str, place: Path, ways: dict[str, subprocess.CompletedProcess[str]]
) -> None:
    one, two = (contents(place / way / name) for way in ways)
    assert one
    assert one == two


def contents(path: Path) -> dict[str, Any]:
    """What is in a file, or in those of a folder, but for the time that it took and the command."""
    if path.is_dir():
        return {f"{path.name}/{one.name}": contents(one) for one in sorted(path.iterdir())}
    if path.suffix == ".json":
        left_out = {"seconds", "command", "time", "machine"}
        return {
            record["metric"]: {k: v for k, v in record.items() if k not in left_out}
            for record in json.loads(path.read_text())
        }
    if path.suffix == ".npz":
        with np.load(path) as arrays:
            return {name: (array.shape, array.tobytes()) for name, array in arrays.items()}
    if path.suffix == ".safetensors":
        return {"bytes": path.read_bytes()}
    with Image.open(path) as picture:
        frames = []
        for k in range(getattr(picture, "n_frames", 1)):
            picture.seek(k)
            frames.append(picture.convert("RGBA").tobytes())
        return {"size": picture.size, "frames": frames}


def test_the_first_prints_for_all(ways: dict[str, subprocess.CompletedProcess[str]]) -> None:
    one, two = (done.stdout.replace(f"{way}/", "") for way, done in ways.items())
    assert '"classes"' in one
    assert one == two


def test_what_is_remarked_and_what_is_wrong_is_said_once(ways: dict[str, subprocess.CompletedProcess[str]]) -> None:
    one, two = (
        [line for line in done.stderr.replace(f"{way}/", "").splitlines() if line.startswith("aegean: ")]
        for way, done in ways.items()
    )
    steady = [line for line in two if "--steady" in line]
    assert steady == ["aegean: --steady: each frame depends on those before it: one process works, 1 wait"]
    assert sorted(line for line in two if line not in steady) == sorted(one)
    codes = [[line for line in done.stderr.splitlines() if line.startswith("exit ")] for done in ways.values()]
    assert codes[0] == ["exit 0"] * (len(MADE) + len(PRINTED)) + ["exit 2"] * len(WRONG)
    assert codes[1] == [code for code in codes[0] for _ in range(2)]


def test_each_command_is_shared_or_says_that_it_is_not() -> None:
    tried = {words.split()[0] for words in (*MADE.values(), *PRINTED.values())}
    assert tried == SHARED
    assert set(COMMANDS) >= (SHARED | TOGETHER)


class Wire:
    """What processes say at each exchange, so that one can be watched by itself: the other's words are given."""

    def __init__(self, index: int, others: list[sharing._Word]) -> None:
        self.index, self.others, self.said = index, others, list[sharing._Word]()

    def __call__(self, own: sharing._Word) -> list[sharing._Word]:
        self.said.append(own)
        other = self.others.pop(0)
        words = [own, other] if self.index == 0 else [other, own]
        if wrong := next((word.wrong for word in words if word.wrong), None):
            raise sharing.Told(wrong)
        return words


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Wire]:
    def one_of_two(index: int, *others: sharing._Word) -> Wire:
        wire = Wire(index, list(others))
        monkeypatch.setattr(sharing, "_crew", sharing.Crew(index, 2, index))
        monkeypatch.setattr(sharing, "_exchanged", wire)
        return wire

    return one_of_two


def test_pieces_are_dealt_in_turn_and_come_back_in_order(beside: Callable[..., Wire]) -> None:
    wire = beside(1, *(sharing._Word(k) for k in (0, 20, 40)))
    assert list(sharing.dealt(range(5), lambda mine: [10 * k for k in mine])) == [0, 10, 20, 30, 40]
    assert [word.result for word in wire.said] == [10, 30, None]


def test_a_piece_of_work_deals_nothing_out_and_writes(beside: Callable[..., Wire]) -> None:
    beside(1, sharing._Word())

    def work(mine: Any) -> Any:
        for _ in mine:
            yield sharing.writes(), list(sharing.dealt("ab", list)), sharing.agreed("own")

    assert list(sharing.dealt([0, 1], work))[1] == (True, ["a", "b"], "own")
    assert not sharing.writes()


def test_what_is_wrong_elsewhere_is_raised_here(beside: Callable[..., Wire]) -> None:
    beside(0, sharing._Word(wrong="b.png: cannot be read"))
    with pytest.raises(sharing.Told, match=r"b\.png"):
        list(sharing.dealt([0, 1], list))


def test_all_take_what_the_first_gives(beside: Callable[..., Wire]) -> None:
    beside(1, sharing._Word("first"))
    assert sharing.agreed("second") == "first"


@pytest.mark.parametrize("index", [0, 1])
def test_the_first_goes_ahead(index: int, beside: Callable[..., Wire]) -> None:
    wire = beside(index, sharing._Word())
    order = []
    assert sharing.first_alone(lambda: order.append(len(wire.said)) or "made") == "made"
    assert order == [index]  # exchanges before the work
