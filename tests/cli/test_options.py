"""What is given and not used: each option of each command changes the result, or is refused where it cannot."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import aegean
from aegean.cli import COMMANDS
from aegean.families.use import SamplingUse

SETTINGS = {"steps": 1, "batch_size": 8, "width": 4, "preview_every": 0, "quiet": True}
MET = {"no-metadata", "json", "device", "quiet", "out", "strict"}  # change what is told or where, or are met anyway

# command: words that it is given, and the options that are refused beside them
REFUSED = {
    ("sample", "VAE", "-o", "x.npz"): (("--scale", "2"), ("--label", "1")),
    ("sample", "VAE", "-o", "folder"): (("--scale=2",),),
    ("sample", "VAE", "-o", "x.png"): (("--steps", "3"), ("--solver", "heun"), ("--guidance", "2")),  # a flow's alone
    ("reconstruct", "VAE", "PHOTO"): (("--count", "3"), ("-n", "3"), ("--label", "1")),
    ("reconstruct", "VAE", "-o", "x.npz"): (("--scale", "2"),),
    ("denoise", "DENOISING"): (("--noisy",),),
    ("denoise", "DENOISING", "PHOTO"): (("-n3",), ("--seed", "3"), ("--sigma", "25")),
    ("encode", "VAE", "PHOTO"): (("--split", "test"), ("--label", "1")),
    ("decode", "VAE", "CODES", "-o", "x.npz"): (("--scale", "2"), ("--label", "1")),
    ("interpolate", "VAE", "PHOTO", "PHOTO"): (("--seeds", "1", "2"), ("--label", "1")),
    ("interpolate", "VAE", "-o", "x.npz"): (("--scale", "2"),),
    ("features", "PHOTO", "-m", "VAE", "-o", "f.npz"): (("--pool", "max"), ("--split", "train")),
    ("datasets",): (("--range", "0", "1"), ("--splits", "none"), ("--strict",)),
    ("datasets", "PHOTOS"): (("--range", "0", "1"), ("--splits", "none")),
    ("train", "vae", "--data", "PHOTOS", "--steps", "1", "--size", "8"): (("--other", "PHOTOS"), ("--range", "0", "1")),
}
# command: words that it is given, and the options that change what it prints or writes
CHANGES = {
    ("sample", "VAE", "-o", "x.png"): (("-n", "3"), ("--seed", "1"), ("--temperature", "2"), ("--scale", "1")),
    ("sample", "VAE", "-o", "y.npz"): (("--prior", "gaussian"),),
    ("sample", "CONDITIONAL_VAE", "-o", "x.npz"): (("--label", "1"),),
    ("reconstruct", "VAE", "-o", "x.png"): (("-n", "3"), ("--scale", "1")),
    ("reconstruct", "CONDITIONAL_VAE", "PHOTO", "--label", "0", "-o", "x.npz"): (("--label", "1"),),
    ("denoise", "DENOISING", "-o", "x.png"): (("-n", "3"), ("--seed", "1"), ("--scale", "1")),
    ("denoise", "DENOISING", "PHOTO", "-o", "x.png"): (("--noisy",), ("--scale", "3")),
    ("encode", "CONDITIONAL_VAE", "SET", "-o", "x.npz"): (("--split", "train"), ("--label", "1")),
    ("decode", "VAE", "CODES", "-o", "x.png"): (("--scale", "2"),),
    ("interpolate", "VAE", "-o", "x.png"): (("-n", "3"), ("--seeds", "1", "2"), ("--scale", "1")),
    ("features", "PHOTO", "-m", "VAE", "-o", "f.npz", "-l", "decoder.body"): (("--pool", "max"),),
    ("project", "VAE", "PHOTO", "--steps", "4", "-o", "x.npz"): (
        *(("--steps", "9"), ("--starts", "1"), ("--seed", "1"), ("--perceptual", "0")),
    ),
    ("layers", "VAE"): (("--depth", "1"),),
    ("datasets", "SET"): (("--range", "0", "300"),),
}


@pytest.fixture(scope="module")
def places(shapes: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What stands for the words in capitals."""
    folder = tmp_path_factory.mktemp("places")
    (folder / "photos").mkdir()
    for k in range(4):
        Image.fromarray(np.random.default_rng(k).integers(0, 255, (16, 16), np.uint8)).save(
            folder / "photos" / f"{k}.png"
        )
    np.savez(folder / "codes.npz", codes=np.random.default_rng(0).normal(size=(3, 32)).astype(np.float32))
    made = {
        "PHOTO": folder / "photos" / "0.png",
        "PHOTOS": folder / "photos",
        "CODES": folder / "codes.npz",
        "SET": shapes,
    }
    for family in ("vae", "conditional_vae", "denoising"):
        made[family.upper()] = aegean.train(family, data=str(shapes), out=folder / family, **SETTINGS).path
    return {word: str(path) for word, path in made.items()}


def options_of(command: str) -> set[str]:
    """The options of a command, as they are typed."""
    module, function, _ = COMMANDS[command]
    parameters = inspect.signature(getattr(importlib.import_module(f"aegean.cli.{module}"), function)).parameters
    names = set(parameters)
    if "how" in names:  # the settings of use
        names = names - {"how"} | {field.name for field in dataclasses.fields(SamplingUse)}
    return {name.replace("_", "-") for name in names}


@pytest.mark.parametrize("words", REFUSED)
def test_what_cannot_change_anything_is_refused(words, places, says, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for option in REFUSED[words]:
        code, _, err = says(*(places.get(word, word) for word in (*words, *option)))
        assert code == 2, (words, option)
        name = option[0].split("=")[0]
        assert name[:2] in err[-1] or f"{name.lstrip('-')!r}" in err[-1], err  # before it: what was remarked of photos
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", CHANGES)
def test_what_is_not_refused_changes_something(words, places, says, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)

    def result(*more: str) -> tuple[object, ...]:
        code, out, err = says(*(places.get(word, word) for word in (*words, *more)))
        assert code == 0, err
        return out, [content(path) for path in sorted(Path().iterdir())]

    plain = result()
    for option in CHANGES[words]:
        assert result(*option) != plain, option
        result()


def content(path: Path) -> object:
    if path.suffix == ".npz":
        with np.load(path) as arrays:
            return {name: arrays[name].tolist() for name in arrays.files if name != "about"}
    with Image.open(path) as picture:
        return picture.size, picture.tobytes()


def test_options_that_no_metric_heeds_are_said(places, says) -> None:
    words = ("evaluate", places["DENOISING"], "--metrics", "restored_psnr", "--limit", "3")
    _, _, plain = says(*words)
    assert plain == []
    code, _, err = says(*words, "--samples", "3", "--temperature", "2")
    assert code == 0
    assert err == [f"aegean: {option}: of no use to restored_psnr" for option in ("--samples", "--temperature")]
    assert says(*words, "--sigma", "9")[2] == []


def test_every_option_is_tried() -> None:
    """A new option of these commands must stand in one of the tables above."""
    short = {"-n": "count", "-o": "out", "-m": "model", "-l": "layer"}
    for command in ("sample", "reconstruct", "denoise", "encode", "decode", "interpolate"):
        tried = set(MET) | {"run", "photos", "source", "codes", "ends"}
        for words, options in [*REFUSED.items(), *CHANGES.items()]:
            if words[0] == command:
                tried |= {short.get(one[0][:2], one[0].lstrip("-").split("=")[0]) for one in options}
        assert options_of(command) <= tried, command
