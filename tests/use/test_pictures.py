"""Pictures of every kind in, the same kind of answer out."""

import numpy as np
import pytest
import torch
from PIL import Image

import aegean
from aegean.images import to_float
from aegean.use.pictures import answer, fitted, read, several


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (6, 9, 3), np.uint8)


def test_every_kind_of_picture_is_read_as_the_same(pixels, tmp_path):
    expected = to_float(torch.from_numpy(pixels)[None])
    path = tmp_path / "x.png"
    Image.fromarray(pixels).save(path)
    for picture in (path, str(path), Image.fromarray(pixels), pixels, pixels / 255, (pixels / 255).astype(np.float32)):
        torch.testing.assert_close(read(picture, 3), expected, rtol=0, atol=1e-6)
    for picture in (expected, expected[0]):
        assert (read(picture, 3) == expected).all()


def test_channels_are_converted(pixels):
    grey = np.array(Image.fromarray(pixels).convert("L"))
    expected = to_float(torch.from_numpy(grey)[None, :, :, None])
    for picture in (pixels, pixels / 255, read(pixels, 3), Image.fromarray(pixels)):
        torch.testing.assert_close(read(picture, 1), expected, rtol=0, atol=1e-6)
    assert (read(grey, 3) == expected.expand(1, 3, 6, 9)).all()
    assert read(grey > 99, 1).unique().tolist() == [-1, 1]
    batch = torch.stack([read(pixels, 3)[0], -read(pixels, 3)[0]])
    assert read(batch, 4).shape == (2, 4, 6, 9)


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (np.zeros((4, 4)) + 255, "floats from 255 to 255; expected [0, 1]"),
        (np.full((4, 4), np.nan), "expected [0, 1]"),
        (np.zeros((4, 4, 2), np.uint8), "shape (4, 4, 2)"),
        (np.zeros((4, 4), np.int64), "an array of int64"),
        (torch.zeros(4, 4), "shape (4, 4)"),
        (torch.zeros(3, 4, 4, dtype=torch.uint8), "a tensor of torch.uint8"),
        (torch.full((3, 4, 4), 255.0), "up to 255; expected floats in [-1, 1]"),
        (3, "not int"),
        ("nothing.png", "nothing.png: no such file"),
    ],
)
def test_what_is_no_picture_is_said_in_one_line(picture, message):
    with pytest.raises(aegean.InputError) as caught:
        read(picture, 3)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_exact_floats_are_not_rounded_to_pixels(trained):
    image = torch.rand(1, 1, 12, 12) * 2 - 1
    assert (fitted([image], trained("vae", latent=3).spec) == image).all()


def test_the_answer_has_the_form_of_the_question(pixels, tmp_path):
    Image.fromarray(pixels).save(tmp_path / "x.png")
    for asked, pil, tensor in (
        (pixels, Image.Image, (3, 6, 9)),
        (tmp_path / "x.png", Image.Image, (3, 6, 9)),
        ([pixels], list, list),
        (tmp_path, list, list),
        (read(pixels, 3), list, (1, 3, 6, 9)),
    ):
        made = [read(one, 3) for one in several(asked)]
        assert isinstance(answer(asked, made, False), pil)
        found = answer(asked, made, True)
        assert isinstance(found, list) if tensor is list else found.shape == tensor
    with pytest.raises(aegean.InputError, match="no picture was given"):
        several([])
