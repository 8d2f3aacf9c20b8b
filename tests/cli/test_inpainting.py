"""`aegean inpaint`: what is not hidden stays, to the bit, at the photo's own size."""

import numpy as np
import pytest
from PIL import Image

import aegean


@pytest.fixture(scope="module")
def run(shapes, tmp_path_factory):
    settings = {"steps": 4, "batch_size": 16, "width": 4, "latent": 4, "preview_every": 0, "quiet": True}
    return aegean.train("context_encoder", data=str(shapes), out=tmp_path_factory.mktemp("run") / "a", **settings).path


@pytest.fixture
def photo(tmp_path):
    """A photo twice as wide as high, larger than what the model sees."""
    path = tmp_path / "photo.png"
    Image.effect_noise((60, 30), 80).save(path)
    return path


def save_mask(path, box, size=(60, 30)):
    mask = np.zeros(size[::-1], np.uint8)
    mask[box] = 255
    Image.fromarray(mask).save(path)
    return mask > 0


def test_a_mask_of_the_photos_size(run, photo, tmp_path, says, pixels):
    hidden = save_mask(tmp_path / "mask.png", np.s_[10:20, 25:33])
    code, out, _ = says("inpaint", run, photo, "--mask", tmp_path / "mask.png", "-o", tmp_path / "out.png")
    assert (code, out) == (0, [str(tmp_path / "out.png")])
    before, after = pixels(photo), pixels(out[0])
    assert (before[~hidden] == after[~hidden]).all()
    assert (before[hidden] != after[hidden]).mean() > 0.5


def test_a_mask_painted_on_a_transparent_picture_of_the_models_size(run, photo, tmp_path, says, pixels):
    painted = np.zeros((12, 12, 4), np.uint8)
    painted[4:8, 4:8] = (200, 0, 0, 255)  # red strokes
    Image.fromarray(painted).save(tmp_path / "mask.png")
    code, out, _ = says("inpaint", run, photo, "--mask", tmp_path / "mask.png")
    assert code == 0
    changed = np.argwhere(pixels(photo) != pixels(out[0]))
    assert changed.min(0).tolist() == [10, 25]
    assert changed.max(0).tolist() == [19, 34]


def test_without_a_mask_the_hole_of_the_training(run, photo, says, pixels):
    code, out, _ = says("inpaint", run, photo)
    assert code == 0
    changed = np.argwhere(pixels(photo) != pixels(out[0]))
    assert (changed.min(0) >= [7, 22]).all()
    assert (changed.max(0) <= [22, 37]).all()


def test_masked_and_filled_beside_each_other(run, photo, tmp_path, says, pixels):
    out = tmp_path / "both.png"
    assert says("inpaint", run, photo, "--beside", "-o", out)[0] == 0
    assert pixels(out).shape == (30, 122)


def test_what_is_wrong_is_said_in_one_line(run, photo, shapes, tmp_path, says):
    save_mask(tmp_path / "wide.png", np.s_[10:20, 2:40])
    save_mask(tmp_path / "empty.png", np.s_[0:0])
    save_mask(tmp_path / "odd.png", np.s_[1:2, 1:2], (7, 9))
    settings = {"steps": 1, "batch_size": 4, "width": 4, "latent": 3, "preview_every": 0, "quiet": True}
    blocks = aegean.train("context_encoder", data=str(shapes), mask="blocks", out=tmp_path / "b", **settings).path
    denoiser = aegean.train("denoising", data=str(shapes), out=tmp_path / "d", **settings).path
    for words, message in (
        ((run, photo, "--mask", tmp_path / "wide.png"), "beyond the centre square of 30 x 30"),
        ((run, photo, "--mask", tmp_path / "empty.png"), "the mask hides nothing"),
        ((run, photo, "--mask", tmp_path / "odd.png"), "7 x 9 pixels; the photo has 60 x 30, the model 12 x 12"),
        ((run, photo, "--mask", tmp_path / "none.png"), "none.png: no such file"),
        ((blocks, photo), "was trained on holes anywhere: give --mask"),
        ((denoiser, photo), "denoising fills in no holes; a context_encoder does"),
        ((denoiser, photo, "--mask", tmp_path / "empty.png"), "denoising fills in no holes; a context_encoder does"),
        ((run, photo, "-o", photo / "filled.png"), f"{photo}"),
    ):
        code, out, err = says("inpaint", *words)
        assert (code, out, len(err)) == (2, [], 1)
        assert message in err[0]


def test_denoising_is_not_for_holes(run, photo, says):
    code, out, err = says("denoise", run, photo)
    assert (code, out) == (2, [])
    assert err == [f"aegean: {run}: context_encoder removes no noise: it fills in holes; aegean inpaint"]
