"""`aegean inpaint`: what is not hidden stays, to the bit, at the photo's own size."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageCms

import aegean
from aegean.models.context_encoder import ContextEncoder, centre


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


def test_masks_of_sixteen_bits_and_of_floats(run, photo, tmp_path, says):
    hidden, made = save_mask(tmp_path / "mask.png", np.s_[10:20, 25:33]), {}
    Image.fromarray(np.where(hidden, 65535, 5000).astype(np.uint16)).save(tmp_path / "deep.png")
    Image.fromarray(hidden.astype(np.float32)).save(tmp_path / "floats.tif")
    for name in ("mask.png", "deep.png", "floats.tif"):
        out = tmp_path / f"of-{name}.png"
        assert says("inpaint", run, photo, "--mask", tmp_path / name, "-o", out, "--no-metadata")[0] == 0
        made[name] = out.read_bytes()
    assert len(set(made.values())) == 1


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


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "P", "1"])
def test_what_is_hidden_does_not_matter_and_the_rest_keeps_its_mode(run, photo, tmp_path, says, mode):
    hidden = save_mask(tmp_path / "mask.png", np.s_[7:20, 25:33])
    noise = np.random.default_rng(0).integers(256, size=(30, 60, 4), dtype=np.uint8)
    filled = []
    for value in (0, 255):
        pixels = noise.copy()
        pixels[hidden] = value
        pixels[..., 3] = np.where(hidden, 255, pixels[..., 3])
        Image.fromarray(pixels).convert(mode).save(photo)
        code, out, err = says("inpaint", run, photo, "--mask", tmp_path / "mask.png", "-o", tmp_path / f"{value}.png")
        assert (code, err) == (0, [])
        with Image.open(photo) as before, Image.open(out[0]) as after:
            same = {"P": "RGBA", "1": "L"}.get(mode, mode)
            assert after.mode == same
            before, after = np.asarray(before.convert(same)), np.asarray(after)
        assert (before[~hidden] == after[~hidden]).all()
        filled.append(after[hidden])
    if mode not in {"P", "1"}:  # there every pixel of the photo depends on the others
        assert (filled[0] == filled[1]).all()


def test_a_picture_of_16_bits_is_told_to_lose_some(run, tmp_path, says):
    Image.fromarray(np.full((30, 60), 30_000, np.uint16)).save(tmp_path / "deep.png")
    code, _, err = says("inpaint", run, tmp_path / "deep.png")
    assert code == 0
    assert err == [f"aegean: {tmp_path / 'deep.png'}: a picture of mode I;16 becomes L, of 8 bits"]


def test_other_masks_and_ways_of_showing_have_other_names(run, photo, tmp_path, says):
    names = set()
    for folder in ("one", "other"):
        (tmp_path / folder).mkdir()
        save_mask(tmp_path / folder / "mask.png", np.s_[10:20, 25:33])
        for more in ((), ("--beside",)):
            names.add(says("inpaint", run, photo, "--mask", tmp_path / folder / "mask.png", *more)[1][0])
    assert len(names) == 4


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


def test_formats_keep_what_they_were_and_profiles_fit_the_colours(run, tmp_path, says, pixels):
    picture = Image.effect_noise((60, 30), 80)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()  # any that is not sRGB
    for mode, name, kept in (("RGB", "lzw.tif", profile), ("CMYK", "print.jpg", None), ("RGB", "photo.jpg", profile)):
        source, target = tmp_path / name, tmp_path / f"filled-{name}"
        more = {"compression": "tiff_lzw"} if name == "lzw.tif" else {}
        picture.convert(mode).save(source, icc_profile=profile, **more)
        assert says("inpaint", run, source, "-o", target)[0] == 0
        with Image.open(target) as filled:
            assert filled.info.get("icc_profile") == kept
            assert filled.info.get("compression") == more.get("compression")


@pytest.mark.parametrize(("box", "elsewhere"), [(None, False), (np.s_[9:22, 9:22], False), (np.s_[1:9, 1:9], True)])
def test_who_knows_one_hole_is_given_that_one_at_any_size(run, tmp_path, says, monkeypatch, box, elsewhere):
    """31 pixels are no multiple of the model's 12: the hole's border lies within small pixels."""
    given, restore = [], ContextEncoder.restore

    def seen(model, image, mask=None):
        given.append(mask)
        return restore(model, image, mask)

    monkeypatch.setattr(ContextEncoder, "restore", seen)
    Image.effect_noise((31, 31), 80).save(tmp_path / "photo.png")
    words = ["--mask", tmp_path / "mask.png"] if box else []
    if box:
        save_mask(tmp_path / "mask.png", box, (31, 31))
    code, _, err = says("inpaint", run, tmp_path / "photo.png", *words)
    assert code == 0
    assert torch.equal(given[0], centre(given[0], 0.5)) is not elsewhere
    assert ("for holes elsewhere train with --mask both" in "".join(err)) is elsewhere
