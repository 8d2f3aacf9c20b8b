from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from aegean.cli import main
from aegean.data import DATASETS, describe


@pytest.fixture
def animals(tmp_path: Path) -> Path:
    for k in range(6):
        (tmp_path / ("cat" if k < 4 else "dog")).mkdir(exist_ok=True)
        Image.new("RGB", (100 + k % 2, 80)).save(tmp_path / ("cat" if k < 4 else "dog") / f"{k}.jpg")
    (tmp_path / "dog" / "broken.png").write_text("no")
    return tmp_path


def test_a_folder(animals: Path) -> None:
    found = describe(animals)
    assert (found.kind, found.count, found.parts) == ("folder of images", 7, {"all": 7})
    assert found.classes == {"cat": 4, "dog": 3}
    assert found.sizes == {(80, 100): 3, (80, 101): 3}
    assert found.channels == {3: 6}
    assert found.size == 64
    assert len(found.unreadable) == 1
    assert "broken.png" in found.unreadable[0]


def test_arrays(shapes: Path) -> None:
    found = describe(shapes)
    assert (found.count, found.sizes, found.channels, found.size) == (300, {(12, 12): 300}, {1: 300}, None)
    assert sum(found.classes.values()) == 300


def test_avatars_have_attributes() -> None:
    found = describe("avatars")
    assert found.count == 12_000
    assert all(0.48 < rate < 0.52 for rate in found.attributes.values())


def test_the_command_says_what_a_path_holds(animals: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["datasets", str(animals)]) == 0
    told = capsys.readouterr().out
    assert "2: cat 4, dog 3" in told
    assert f"aegean train conditional_vae --data {animals} --size 64" in told
    assert "1 of 7 looked at" in told


def test_the_command_says_what_pairs_hold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for k in range(12):
        for folder, mode, size in (("grey", "L", (8, 8)), ("large", "RGB", (16, 16))):
            (tmp_path / folder).mkdir(exist_ok=True)
            Image.new(mode, size, k).save(tmp_path / folder / f"{k}.png")
    (tmp_path / "large" / "3.png").unlink()
    grey, large = str(tmp_path / "grey"), str(tmp_path / "large")
    assert main(["datasets", grey, "--target", large]) == 0
    told = capsys.readouterr().out
    assert "wanted     colour, 16 x 16" in told
    assert "1 of grey have no partner" in told
    assert f"aegean train paired_translator --data {grey} --target {large}" in told
    assert main(["datasets", grey, "--target", large, "--strict"]) == 2
    assert main(["datasets", "--target", large]) == 2
    capsys.readouterr()
    assert main(["datasets", grey, "--other", large]) == 0
    assert f"aegean train cyclegan --data {grey} --other {large}" in capsys.readouterr().out


def test_the_command_lists_the_named_sets(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["datasets"]) == 0
    told = capsys.readouterr().out
    assert all(name in told for name in DATASETS)


def test_the_command_refuses_what_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["datasets", "nowhere"]) == 2
    assert capsys.readouterr().err.startswith("aegean: nowhere: no such file or folder")
