"""Pairs: what goes in, and what is wanted of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import aegean
from aegean.data import open_dataset
from aegean.errors import InputError

COUNT, SIDE = 30, 8
CLEAN = np.random.default_rng(0).integers(0, 256, (COUNT, SIDE, SIDE, 3), np.uint8)
NOISY = 255 - CLEAN  # so that every pair can be told from any other
SMALL: dict[str, Any] = {"steps": 3, "batch_size": 8, "width": 4, "latent": 2, "preview_every": 0, "quiet": True}


def write(folder: Path, pictures: np.ndarray, names: list[str] | None = None) -> Path:
    for k, pixels in enumerate(pictures):
        path = folder / (names[k] if names else f"{k}.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
    return folder


def pairs(data: aegean.Dataset) -> list[tuple[np.ndarray, np.ndarray]]:
    """All of them."""
    some = [data.split(name) for name in ("train", "validation", "test")]
    assert all(one.target is not None for one in some)
    return [(x.numpy(), y.numpy()) for one in some for x, y in zip(one.images, one.target)]  # type: ignore[arg-type]


def test_two_folders_of_equal_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    noisy = write(tmp_path / "noisy", NOISY)
    clean = write(tmp_path / "clean", CLEAN[:-2], [f"{k}.bmp" for k in range(COUNT - 2)])  # another ending, two fewer
    write(clean, CLEAN[:1], ["only.png"])
    data = open_dataset(str(noisy), target=str(clean))
    found = pairs(data)
    assert len(found) == COUNT - 2
    assert all(np.array_equal(x, 255 - y) for x, y in found)
    assert (data.spec.target_channels, data.spec.target_scale) == (3, 1)
    said = capsys.readouterr().err
    assert "2 of noisy have no partner of that name in clean and are left out: 28, 29" in said
    assert "1 of clean have no partner of that name in noisy and are left out: only" in said


def test_side_by_side_and_from_python(tmp_path: Path) -> None:
    whole = write(tmp_path / "facades", np.concatenate([NOISY, CLEAN], axis=2))
    right = open_dataset(str(whole), input_half="right")
    assert all(np.array_equal(x, 255 - y) for x, y in pairs(right))
    assert {x.tobytes() for x, _ in pairs(right)} == {x.tobytes() for x in CLEAN}
    given = open_dataset((NOISY, CLEAN))
    assert {x.tobytes() for x, _ in pairs(given)} == {x.tobytes() for x in NOISY}
    assert all(np.array_equal(x, 255 - y) for x, y in pairs(given))
    again = open_dataset(given, size=4)  # an opened set, cut anew
    assert again.train.target is not None
    assert again.train.target.shape[1:] == (4, 4, 3)
    labels = open_dataset((CLEAN, np.arange(COUNT) % 3))  # a pair of images and labels is what it was
    assert labels.train.target is None
    assert len(labels.spec.classes) == 3


def test_the_wanted_may_be_larger_and_of_other_channels(tmp_path: Path) -> None:
    large = CLEAN.repeat(2, 1).repeat(2, 2)
    grey = np.asarray([np.asarray(Image.fromarray(x).convert("L")) for x in CLEAN])
    data = open_dataset(str(write(tmp_path / "grey", grey)), target=str(write(tmp_path / "large", large)))
    assert (data.spec.channels, data.spec.target_channels, data.spec.target_scale) == (1, 3, 2)
    for x, y in pairs(data):
        small = Image.fromarray(y[::2, ::2]).convert("L")
        assert np.array_equal(x[:, :, 0], np.asarray(small))


def test_a_pair_with_an_unreadable_half_is_left_out_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    noisy, clean = write(tmp_path / "noisy", NOISY), write(tmp_path / "clean", CLEAN)
    (clean / "3.png").write_bytes((clean / "3.png").read_bytes()[:80])
    (noisy / "5.png").write_bytes(b"no picture")
    found = pairs(open_dataset(str(noisy), target=str(clean)))
    assert len(found) == COUNT - 2
    assert all(np.array_equal(x, 255 - y) for x, y in found)
    assert "2 of" in capsys.readouterr().err
    with pytest.raises(InputError, match=r"3\.png|5\.png"):
        open_dataset(str(noisy), target=str(clean), strict=True)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda t: {"data": str(write(t / "a", NOISY)), "target": str(write(t / "b", CLEAN[:, :6, :6]))}, "8 x 8"),
        (
            lambda t: {
                "data": str(write(t / "a", NOISY)),
                "target": str(write(t / "b", CLEAN, [f"x{k}.png" for k in range(COUNT)])),
            },
            "the same name",
        ),
        (lambda t: {"data": (NOISY, CLEAN[:-1])}, "30 pictures and 29 wanted"),
        (lambda t: {"data": str(write(t / "a", NOISY[:, :, :7])), "input_half": "left", "size": 8}, "7 pixels wide"),
        (lambda t: {"data": "digits", "target": "digits", "input_half": "left"}, "--target and --input-half"),
        (lambda t: {"data": NOISY, "target": CLEAN}, "data=(pictures, wanted)"),
    ],
)
def test_what_are_no_pairs(make: Any, says: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        aegean.train("denoising", out=tmp_path / "run", **SMALL, **make(tmp_path))
    assert says in str(error.value)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", ["vae", "cyclegan"])
def test_a_family_without_use_for_pairs_refuses_them(name: str) -> None:
    with pytest.raises(InputError, match="denoising"):
        aegean.train(name, data="digits", target="digits")


@pytest.mark.parametrize("name", ["denoising", "autoencoder", "vae"])
def test_a_family_without_use_for_a_second_domain_refuses_it(name: str) -> None:
    with pytest.raises(InputError, match=r"--other.*cyclegan"):
        aegean.train(name, data="digits", other="digits")


def test_denoising_learns_from_pairs_and_is_measured_on_them(tmp_path: Path) -> None:
    """What is wanted of a picture is its negative, which no noise of denoising's own would teach."""
    grey = np.random.default_rng(1).integers(0, 2, (600, 1, 1)).astype(np.uint8) * np.full((8, 8), 180, np.uint8) + 40
    settings = SMALL | {"steps": 150, "batch_size": 32, "width": 8, "learning_rate": 3e-3}
    run = aegean.train("denoising", data=(grey, 255 - grey), out=tmp_path / "run", **settings)
    figures = {each["metric"]: each for each in aegean.evaluate(run, metrics=["restored_psnr"])}
    assert figures["restored_psnr"]["value"] > 20
    assert figures["restored_psnr"]["beside"]["damaged"] < 8
    assert figures["restored_psnr"]["settings"]["damage"] == "that of the pairs"
    made = aegean.denoise(run, Image.fromarray(grey[0]))
    assert abs(int(np.asarray(made).mean()) - int((255 - grey[0]).mean())) < 30
    with pytest.raises(InputError, match="pairs"):
        aegean.denoise(run, Image.fromarray(grey[0]), noisy=True)
    with pytest.raises(InputError, match="not what"):
        aegean.resume(run.path, data=(grey, grey))
    assert aegean.resume(run.path, data=(grey, 255 - grey), quiet=True).step == 150
    torch.testing.assert_close(run.data.test.first(2).image, -run.data.test.first(2).target)
