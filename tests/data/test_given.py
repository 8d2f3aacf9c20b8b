from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import Dataset, IterableDataset, TensorDataset

import aegean
from aegean.data import describe, open_dataset
from aegean.errors import InputError

SMALL: dict[str, Any] = {"steps": 3, "batch_size": 8, "width": 4, "latent": 2, "preview_every": 0, "quiet": True}
SMALL["precision"] = "float32"  # by itself it is chosen by speed, anew for each training
PIXELS = np.random.default_rng(0).integers(0, 256, (40, 8, 8), np.uint8)
LABELS = np.arange(40) % 2


class Pictures(Dataset):
    """As those of torchvision: an image as PIL, array or tensor, and its class, by number."""

    classes = ("cat", "dog")

    def __init__(self, kind: str, labelled: bool = True) -> None:
        self.kind, self.labelled = kind, labelled

    def __len__(self) -> int:
        return len(PIXELS)

    def __getitem__(self, index: int) -> Any:
        pixels = PIXELS[index]
        image = {
            "pil": lambda: Image.fromarray(pixels),
            "array": lambda: pixels,
            "tensor": lambda: torch.from_numpy(pixels)[None].float() / 255,
        }[self.kind]()
        return (image, int(LABELS[index])) if self.labelled else image


def same(data: Any) -> bool:
    """Whether these are the 40 images, each with its own label."""
    known = {image.tobytes(): label for image, label in zip(PIXELS, LABELS)}
    found = {}
    for name in ("train", "validation", "test"):
        some = data.split(name)
        labels = [None] * len(some) if some.labels is None else some.labels.tolist()
        found |= {image.tobytes(): label for image, label in zip(some.images[..., 0].numpy(), labels)}
    return found.keys() == known.keys() and all(label in (None, known[image]) for image, label in found.items())


@pytest.mark.parametrize(
    "given",
    [
        PIXELS,
        PIXELS[..., None],
        PIXELS[:, None],
        PIXELS / 255,
        (PIXELS / 127.5 - 1).astype(np.float32),
        torch.from_numpy(PIXELS)[:, None],
        (PIXELS, LABELS),
        (torch.from_numpy(PIXELS), torch.from_numpy(LABELS)),
        {"images": PIXELS, "labels": LABELS},
        Pictures("pil"),
        Pictures("array"),
        Pictures("tensor"),
        Pictures("pil", labelled=False),
        TensorDataset(torch.from_numpy(PIXELS)[:, None], torch.from_numpy(LABELS)),
        [Image.fromarray(pixels) for pixels in PIXELS],
    ],
    ids=lambda given: type(given).__name__,
)
def test_whatever_holds_the_images_gives_the_same_images(given: Any) -> None:
    data = open_dataset(given)
    assert same(data)
    assert (len(data.train), len(data.validation), len(data.test)) == (32, 4, 4)
    named = isinstance(given, Pictures) and given.labelled
    assert data.spec.classes == (("cat", "dog") if named else ("0", "1") if data.train.labels is not None else ())


def test_our_own_dataset_is_taken_as_it_is_or_cut() -> None:
    data = open_dataset((PIXELS, LABELS))
    assert open_dataset(data) is data
    cut = open_dataset(data, limit=5, size=4)
    assert cut.train.images.shape == (5, 4, 4, 1)
    assert torch.equal(cut.test.labels, data.test.labels)
    assert open_dataset(data, limit=1000).fingerprint == data.fingerprint


def test_tensors_have_their_channels_first() -> None:
    image = torch.randint(0, 256, (40, 3, 4, 4), dtype=torch.uint8)
    data = open_dataset(image)
    assert (data.spec.channels, data.spec.size.word) == (3, 4)
    pixels = {one.numpy().tobytes() for one in image.permute(0, 2, 3, 1).contiguous()}
    assert {one.numpy().tobytes() for one in data.test.images} <= pixels
    assert open_dataset([(one, 0) for one in image]).spec.channels == 3


def test_pictures_of_several_sizes_ask_for_one() -> None:
    pictures = [Image.new("RGB", (8 + k % 2, 8), (k, 0, 0)) for k in range(20)]
    with pytest.raises(InputError, match=r"python:array: the pictures have different sizes .*give --size"):
        open_dataset(pictures)
    data = open_dataset(pictures, size=8)
    shades = torch.cat([data.train.images, data.validation.images, data.test.images])[:, 4, 4, 0]
    assert sorted(shades.tolist()) == list(range(20))


def test_floats_a_little_outside_are_in_0_1_and_what_was_understood_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    floats = (PIXELS / 255).astype(np.float32)
    floats[0, 0, 0], floats[1, 0, 0], PIXELS_MEANT = -1e-8, 1 + 5e-4, PIXELS.copy()
    PIXELS_MEANT[0, 0, 0], PIXELS_MEANT[1, 0, 0] = 0, 255
    assert open_dataset(floats).fingerprint == open_dataset(PIXELS_MEANT).fingerprint
    for name, array, words in (("a", floats, "[0, 1]"), ("b", floats * 2 - 1, "[-1, 1]")):
        np.save(tmp_path / f"{name}.npy", array)
        assert describe(tmp_path / f"{name}.npy").kind == f"array (.npy), floats in {words}"
    assert capsys.readouterr().err == ""
    floats[0, 0, 0] = -0.05
    open_dataset(floats)
    assert "floats from -0.05 to 1 are taken for [-1, 1]" in capsys.readouterr().err


class Stream(IterableDataset):
    def __iter__(self) -> Any:
        return iter(PIXELS)


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (7, "data is of type int; expected an array"),
        (None, "--data None: must be a word"),
        (Stream(), r"python:Stream: is read in one order only, .*give list\(\.\.\.\)"),
        ([{"image": 1}] * 5, "item 0 is a dict; expected a picture"),
        ([*PIXELS, (PIXELS[0], 1)], r"item 0 is not a pair \(image, label\)"),
        ((PIXELS, LABELS[:-1]), "39 labels for 40 images"),
        (PIXELS * 2.0, "float values from 0 to 510"),
        (np.zeros((40, 5, 5, 7), np.uint8), r"shape \(40, 5, 5, 7\) is not images"),
        ([], "there are none"),
        ({"weights": PIXELS, "biases": PIXELS}, "holds weights, biases; expected x_train"),
    ],
)
def test_other_things_are_refused_in_one_line(given: Any, line: str) -> None:
    with pytest.raises(InputError, match=line) as caught:
        aegean.train("vae", data=given, **SMALL)
    assert "\n" not in str(caught.value)


def test_a_run_asks_for_its_data_again(tmp_path: Path) -> None:
    run = aegean.train("conditional_vae", data=(PIXELS, LABELS), limit=30, out=tmp_path / "run", **SMALL)
    assert json.loads((run.path / "config.json").read_text())["data"]["data"] == "python:array"
    assert (run.spec.name, run.about["fingerprint"]) == ("array", open_dataset((PIXELS, LABELS), limit=30).fingerprint)
    assert (len(run.data.train), len(run.data.test)) == (30, 4)  # the run that training gives back has its data
    other = (255 - PIXELS, LABELS)
    for asks in (lambda run, **data: aegean.evaluate(run, ["reconstruction_mse"], **data), aegean.make_report):
        if asks is not aegean.make_report:  # a report says what it had to leave out
            with pytest.raises(InputError, match=r"python:array: these data came from Python.*evaluate\(run, data=X\)"):
                asks(aegean.load(run.path))
        with pytest.raises(InputError, match="the data given are not those that this run was trained on"):
            asks(aegean.load(run.path), data=other)
        asks(aegean.load(run.path), data=(PIXELS, LABELS))
    assert "these data came from Python" not in run.report_path.read_text()
    aegean.make_report(run.path)
    assert "these data came from Python" in run.report_path.read_text()
    assert aegean.load(run.path).give_data(open_dataset((PIXELS, LABELS), limit=30)).own_data.spec.classes == ("0", "1")


def test_a_stopped_run_goes_on_with_the_same_data_alone(tmp_path: Path) -> None:
    whole = aegean.train("vae", data=PIXELS, out=tmp_path / "whole", **SMALL)
    run = aegean.train("vae", data=PIXELS, out=tmp_path / "run", **{**SMALL, "save_every": 2})
    config = json.loads((run.path / "config.json").read_text())
    config["training"]["steps"] = 5
    (run.path / "config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match=r"python:array: .*resume\(run, data=X\)"):
        aegean.resume(run.path, quiet=True)
    with pytest.raises(InputError, match="is not what this run was trained on"):
        aegean.resume(run.path, data=255 - PIXELS, quiet=True)
    assert run.weights_digest == whole.weights_digest
    assert aegean.resume(run.path, data=PIXELS, quiet=True).step == 5


def test_a_second_domain_from_python_is_a_dataset() -> None:
    with pytest.raises(InputError, match="other: a second domain is a name or a path"):
        aegean.train("cyclegan", data=PIXELS, other=PIXELS)
