"""Classes whose names are numbers, but not 0, 1, 2: a number is then a name, once, in every command and call."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import aegean
from aegean.cli import main
from aegean.errors import InputError

TINY: dict[str, Any] = {"size": 8, "width": 4, "steps": 1, "preview_every": 0, "quiet": True}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of 3, 5 and 7."""
    place = tmp_path_factory.mktemp("numbers") / "odd"
    pixels = np.random.default_rng(0).integers(0, 256, (30, 8, 8), np.uint8)
    for k, one in enumerate(pixels):
        path = place / "357"[k % 3] / f"{k}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(one).save(path)
    return place


@pytest.fixture(scope="module")
def run_of(folder: Path) -> Callable[[str], aegean.Run]:
    """A run of a family on them."""
    made: dict[str, aegean.Run] = {}

    def of(family: str) -> aegean.Run:
        if family not in made:
            made[family] = aegean.train(family, data=str(folder), out=folder.parent / family, **TINY)
        return made[family]

    return of


@pytest.mark.parametrize("family", ["conditional_vae", "conditional_gan", "conditional_flow"])
def test_a_label_is_the_class_of_that_name(
    run_of: Callable[[str], aegean.Run], family: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, out = run_of(family), tmp_path / "x.npz"
    for words, names in ((["--label", "5"], "5" * 4), ([], "3573"), (["--label", "all"], "335577")):
        assert main(["sample", str(run.path), "-n", "4", "-o", str(out), *words]) == 0, capsys.readouterr().err
        with np.load(out) as file:
            assert [file["classes"][k] for k in file["labels"]] == list(names)
            made = aegean.sample(run, len(names), list(names), as_tensor=True)
            assert np.abs(file["images"][..., 0] - ((made[:, 0] + 1) * 127.5).numpy()).max() <= 0.51
    places = torch.tensor([1, 0, 1, 2])
    by_name = aegean.sample(run, 4, [*"5357"], as_tensor=True)
    assert torch.equal(aegean.sample(run, 4, places, as_tensor=True), by_name)
    for wrong in ("0", 1, ["3", "4", "5", "7"], torch.tensor([0, 1, 2, 3])):
        with pytest.raises(InputError):
            aegean.sample(run, 4, wrong)


def test_every_command_that_takes_a_label_knows_it(
    run_of: Callable[[str], aegean.Run], folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, photo, codes = str(run_of("conditional_vae").path), str(folder / "7" / "2.png"), str(tmp_path / "c.npz")
    for words in (
        f"encode {run} {photo} --label 7 -o {codes}",
        f"decode {run} {codes} -o {tmp_path}/d.png",
        f"decode {run} {codes} --label 3 -o {tmp_path}/e.png",
        f"reconstruct {run} -n 3 -o {tmp_path}/f.png",
        f"reconstruct {run} {photo} --label 7 -o {tmp_path}/g.png",
        f"interpolate {run} 0 1 -o {tmp_path}/h.webp",
        f"project {run} {photo} --label 7 --steps 1 --starts 1 --perceptual 0 -o {tmp_path}/i.npz",
    ):
        assert main(words.split()) == 0, (words, capsys.readouterr().err)
    with np.load(codes) as file:
        assert torch.equal(torch.from_numpy(file["codes"]), aegean.encode(run, photo, "7"))
        assert file["classes"][file["labels"][0]] == "7"


def test_a_class_that_was_not_trained_on_is_not_drawn(folder: Path, tmp_path: Path) -> None:
    """The limit left it out, or none of its pictures could be read."""
    few = aegean.train("conditional_vae", data=str(folder), limit=2, out=tmp_path / "few", **TINY)
    lacking = set(few.about["untrained"])
    assert 1 <= len(lacking) <= 2
    assert lacking == {"3", "5", "7"} - {few.spec.classes[k] for k in few.data.train.labels.tolist()}  # type: ignore[union-attr]
    for name in lacking:
        for label in (name, [name]):
            with pytest.raises(InputError, match=f"no picture that it was trained on shows '{name}'"):
                aegean.sample(few, 1, label)
    (tmp_path / "set" / "broken").mkdir(parents=True)
    for name in "35":
        (tmp_path / "set" / name).symlink_to(folder / name)
    for k in range(8):
        (tmp_path / "set" / "broken" / f"{k}.png").write_bytes(b"broken")
    run = aegean.train("conditional_vae", data=str(tmp_path / "set"), out=tmp_path / "run", **TINY)
    assert run.about["untrained"] == ["broken"]
    with pytest.raises(InputError, match="shows 'broken'"):
        aegean.sample(run, 1, "broken")


def test_counts_codes_and_pictures_that_are_none_are_one_line(run_of: Callable[[str], aegean.Run]) -> None:
    run = run_of("conditional_vae")
    for count in (2.5, 0, "x", None):
        with pytest.raises(InputError, match="a whole number of images"):
            aegean.sample(run, count)  # type: ignore[arg-type]
    assert len(aegean.sample(run, np.int64(2))) == 2  # type: ignore[arg-type]
    with pytest.raises(InputError, match="pictures are paths"):
        aegean.encode(run, None)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no finite numbers"):
        aegean.decode(run, np.full((1, 32), np.nan), "3")
