"""`aegean edit`: attributes by name, photos at their own size."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

import aegean
from aegean.images import fit
from aegean.media.photos import Box
from aegean.sizes import Size

SETTINGS = {"steps": 2, "batch_size": 8, "width": 4, "preview_every": 0, "quiet": True}


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    """60 pictures of 12 x 12 pixels: bright in the upper half with a hat, in the lower without a beard."""
    attributes = np.arange(60)[:, None] // np.array([1, 2]) % 2
    image = np.full((60, 12, 12, 3), 60, np.uint8)
    image[:, :6] += (120 * attributes[:, 0, None, None, None]).astype(np.uint8)
    image[:, 6:] += (120 * attributes[:, 1, None, None, None]).astype(np.uint8)
    path = tmp_path_factory.mktemp("data") / "faces.npz"
    np.savez(path, images=image, attributes=attributes, attribute_names=np.array(["Hat", "No_Beard"]))
    return path


@pytest.fixture(scope="module")
def run(faces, tmp_path_factory):
    return aegean.train(
        "multi_attribute_editor", data=str(faces), out=tmp_path_factory.mktemp("run") / "a", **SETTINGS
    ).path


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.png"
    Image.effect_noise((60, 30), 80).convert("RGB").save(path)
    return path


def test_a_large_photo_keeps_its_size_and_what_the_model_does_not_see(run, photo, tmp_path, says, pixels):
    out = tmp_path / "out.png"
    code, printed, err = says("edit", run, photo, "--add", "hat", "--remove", "Beard", "-o", out)
    assert (code, printed, len(err)) == (0, [str(out)], 1)
    assert "centre square of 30 x 30 is edited, seen at 12 x 12" in err[0]
    before, after = pixels(photo), pixels(out)
    assert before.shape == after.shape
    assert (before[:, :15] == after[:, :15]).all()
    assert (before[:, 45:] == after[:, 45:]).all()
    assert (before[:, 15:45] != after[:, 15:45]).any()


def test_no_strength_is_no_change(run, photo, tmp_path, says, pixels):
    out = tmp_path / "same.png"
    assert says("edit", run, photo, "--add", "Hat", "--strength", "0", "-o", out)[0] == 0
    assert (pixels(photo) == pixels(out)).all()


def test_removing_a_beard_is_adding_no_beard(run, photo, tmp_path, says, pixels):
    for k, words in enumerate((("--remove", "Beard"), ("--add", "No_Beard"), ("--add", "Beard"))):
        assert says("edit", run, photo, *words, "-o", tmp_path / f"{k}.png")[0] == 0
    first, same, opposite = (pixels(tmp_path / f"{k}.png") for k in range(3))
    assert (first == same).all()
    assert (first != opposite).any()


def test_a_folder_of_photos_and_photos_beside_their_edits(run, photo, tmp_path, says, pixels):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a", "b"):
        Image.effect_noise((12, 12), 80).save(folder / f"{name}.png")
    code, printed, err = says("edit", run, folder, "--add", "Hat", "--beside", "-o", tmp_path / "out")
    assert (code, err) == (0, [])
    assert printed == [str(tmp_path / "out" / f"{name}.png") for name in ("a", "b")]
    assert pixels(printed[0]).shape == (12, 26, 3)


def test_a_folder_with_a_broken_photo_and_one_with_a_single(run, tmp_path, says):
    folder = tmp_path / "in"
    folder.mkdir()
    Image.effect_noise((12, 12), 80).save(folder / "c.png")
    code, printed, _ = says("edit", run, folder, "--add", "Hat", "-o", tmp_path / "one")
    assert (code, printed) == (0, [str(tmp_path / "one" / "c.png")])
    (folder / "b.png").write_bytes((folder / "c.png").read_bytes()[:40])
    code, printed, err = says("edit", run, folder, "--add", "Hat", "-o", tmp_path / "two")
    assert (code, printed) == (0, [str(tmp_path / "two" / "c.png")])
    assert len(err) == 1
    assert "b.png: not a picture that can be read" in err[0]
    assert err[0].endswith("left out")


def test_other_words_give_other_names(run, photo, says):
    names = []
    for words in (("--add", "Hat"), ("--remove", "Hat"), ("--add", "Hat", "--beside"), ("--add", "Hat", "--centre")):
        names += says("edit", run, photo, *words)[1]
    assert len(set(names)) == 4


def test_how_faces_are_framed_stays_with_the_run(run, photo, tmp_path, says):
    pytest.importorskip("cv2")
    moved = tmp_path / "moved"
    shutil.copytree(run, moved)
    config, about = moved / "config.json", moved / "about.json"
    config.write_text(config.read_text().replace("faces.npz", "gone.npz"))
    about.write_text(json.dumps({k: v for k, v in json.loads(about.read_text()).items() if k != "eyes"}))
    err = says("edit", moved, photo, "--add", "Hat")[2]
    assert "faces are framed as CelebA's, as the run's own images are not at hand: " in err[0]
    assert "no face was found: its centre square" in err[1]
    aegean.load(moved).remember(eyes=[[0.4, 0.5], [0.6, 0.5]])
    (line,) = says("edit", moved, photo, "--add", "Hat")[2]
    assert "no face was found: its centre square" in line


def test_strips_and_test_images(run, photo, tmp_path, says, pixels):
    out = tmp_path / "strip.png"
    assert says("edit", run, photo, "--add", "Hat", "--strip", "5", "-o", out)[0] == 0
    assert pixels(out).shape == (12 * 5, (5 * 14 - 2) * 5, 3)
    middle = pixels(out)[::5, ::5][:, 28:40]
    assert (middle == np.array(fit(Image.open(photo).crop((15, 0, 45, 30)), 12, 3))).all()
    code, printed, _ = says("edit", run, "--remove", "Hat", "-n", "3")
    assert code == 0
    assert pixels(printed[0]).shape == (26 * 5, 40 * 5, 3)


def test_a_strip_is_of_what_an_edit_would_see(run, photo, tmp_path, says, monkeypatch):
    frame = Box(2, 30, Size(12, 12)).frame
    monkeypatch.setattr("aegean.use.editing.chosen_frames", lambda *_: ([frame], "the face of 12 x 12 is"))
    out = tmp_path / "strip.png"
    code, _, err = says("edit", run, photo, "--add", "Hat", "--strip", "3", "-o", out)
    assert (code, len(err)) == (0, 1)
    assert "the face of 12 x 12 is edited" in err[0]
    with Image.open(out) as sheet, Image.open(photo) as whole:
        middle = np.array(sheet)[::5, ::5][:, 14:26]
        assert (middle == np.array(whole.crop((30, 2, 42, 14)))).all()


def test_colours_keep_their_meaning(run, tmp_path, says):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()  # any that is not sRGB
    photo = tmp_path / "photo.jpg"
    Image.effect_noise((60, 30), 80).convert("RGB").save(photo, icc_profile=profile)
    for ending in ("png", "jpg"):
        assert says("edit", run, photo, "--add", "Hat", "-o", tmp_path / f"out.{ending}")[0] == 0
        with Image.open(tmp_path / f"out.{ending}") as edited:
            assert edited.info["icc_profile"] == profile


def test_too_few_numbers_for_a_direction_of_its_own(tmp_path, says):
    generator = np.random.default_rng(0)
    flags, names = generator.integers(0, 2, (60, 4)), np.array(["A", "B", "C", "D"])
    images = generator.integers(0, 256, (60, 12, 12, 3)).astype(np.uint8)
    np.savez(tmp_path / "many.npz", images=images, attributes=flags, attribute_names=names)
    vae = aegean.train("vae", data=str(tmp_path / "many.npz"), out=tmp_path / "vae", latent=3, **SETTINGS).path
    code, _, (line,) = says("edit", vae, "--add", "A")
    assert code == 2
    assert "codes of 3 numbers have no room for directions of 4 attributes" in line
    assert "--latent 8" in line
    assert says("edit", vae, "--add", "A", "--plain")[0] == 0


def test_directions_in_the_codes_of_a_vae(faces, photo, tmp_path, says, pixels):
    vae = aegean.train("vae", data=str(faces), out=tmp_path / "vae", latent=3, **SETTINGS).path
    out = tmp_path / "out.png"
    assert says("edit", vae, photo, "--add", "Hat", "--strength", "3", "-o", out)[0] == 0
    assert (pixels(photo) != pixels(out)).any()
    plain = tmp_path / "plain.png"
    assert says("edit", vae, photo, "--add", "Hat", "--strength", "3", "--plain", "-o", plain)[0] == 0
    assert (pixels(out) != pixels(plain)).any()
    code, (report,), _ = says("report", vae)
    assert code == 0
    assert "From removed to added" in Path(report).read_text()


def test_what_is_wrong_is_said_in_one_line(run, photo, shapes, tmp_path, says):
    settings = {**SETTINGS, "steps": 1, "latent": 3}
    gan = aegean.train("gan", data=str(shapes), out=tmp_path / "g", **settings).path
    np.save(tmp_path / "plain.npy", np.zeros((20, 12, 12), np.uint8))
    vae = aegean.train("vae", data=str(tmp_path / "plain.npy"), out=tmp_path / "v", **settings).path
    for words, message in (
        ((run, photo), "nothing to edit: give --add or --remove, of Hat, No_Beard"),
        ((run, photo, "--add", "Hatt"), "Did you mean 'Hat'?"),
        ((run, photo, "--add", "Hat", "--remove", "hat"), "hat is to be both added and removed"),
        ((run, photo, "--add", "Hat", "--strip", "1"), "--strip 1: at least 2 steps"),
        ((run, photo, "--add", "Hat", "--strip", "3", "--beside"), "--beside: a --strip is of edits alone"),
        ((run, photo, photo, "--add", "Hat", "-o", "x.png"), "2 photos are written to a folder"),
        ((run, photo, "--add", "Hat", "--plain"), "--plain: multi_attribute_editor edits by itself"),
        ((run, photo, "--add", "Hat", "--strength", "nan"), "--strength nan: must be a finite number"),
        ((run, photo, "--add", "Hat", "-o", photo), "itself, from which it would be made"),
        ((gan, photo, "--add", "Hat"), "gan edits no attributes and has no codes"),
        ((vae, photo, "--add", "Hat"), "whose images have no attributes"),
    ):
        code, out, err = says("edit", *words)
        assert (code, out, len(err)) == (2, [], 1)
        assert message in err[0]


def test_training_on_an_attribute_that_the_data_lacks(faces, tmp_path, says):
    code, _, err = says("train", "multi_attribute_editor", "--data", faces, "--attributes", "Hat,Scarf")
    assert (code, len(err)) == (2, 1)
    assert "faces has no attribute 'Scarf'" in err[0]


def test_previews_of_a_training_show_every_attribute_switched(faces, tmp_path, pixels):
    run = aegean.train(
        "multi_attribute_editor", data=str(faces), out=tmp_path / "p", **{**SETTINGS, "preview_every": 2}
    )
    (preview,) = run.previews()
    assert pixels(preview).shape[0] == (3 * 14 - 2) * 5  # the images, and a row for each of two attributes
