"""`aegean translate`: photos, folders, films, and what is wrong in one line."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import aegean
from aegean.latent import film
from aegean.media import save_motion


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder, random = tmp_path_factory.mktemp("day2night"), np.random.default_rng(0)
    for part, brightness in (("trainA", 180), ("trainB", 60), ("testA", 180), ("testB", 60)):
        (folder / part).mkdir()
        for k in range(8):
            noise = random.normal(brightness, 20, (16, 16, 3)).clip(0, 255).astype("uint8")
            Image.fromarray(noise).save(folder / part / f"{k}.png")
    folder = folder.rename(folder.with_name("day2night"))
    settings = {"width": 4, "blocks": 1, "discriminator": 4, "steps": 3, "batch_size": 2, "preview_every": 3}
    return aegean.train("cyclegan", data=str(folder), out=folder.with_name("run"), quiet=True, **settings).path


@pytest.fixture
def photo(tmp_path):
    Image.effect_noise((61, 30), 80).convert("RGB").save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def test_the_preview_shows_both_ways(run):
    with Image.open(run / "previews" / "step-000003.png") as picture:
        assert picture.height > 300  # six rows


@pytest.mark.parametrize(("more", "size"), [((), (61, 30)), (("--back",), (187, 30)), (("--size", 16), (33, 16))])
def test_a_photo_of_any_size(run, photo, tmp_path, says, more, size):
    code, out, _ = says("translate", run, photo, "--to", "night", "-o", tmp_path / "o.png", *more)
    assert (code, out) == (0, [str(tmp_path / "o.png")])
    with Image.open(out[0]) as picture:
        assert picture.size == size


def test_domains_by_name_and_letter(run, photo, tmp_path, says):
    for word in ("night", "b", "day"):
        assert says("translate", run, photo, "--to", word, "-o", tmp_path / f"{word}.png")[0] == 0
    pixels = {word: np.array(Image.open(tmp_path / f"{word}.png")) for word in ("night", "b", "day")}
    assert (pixels["night"] == pixels["b"]).all()
    assert (pixels["night"] != pixels["day"]).any()


def test_a_folder_with_a_broken_photo(run, photo, tmp_path, says):
    (photo.parent / "broken.png").write_bytes(b"no")
    Image.new("RGB", (8, 8)).save(photo.parent / "b.png")
    out = Path(f"{tmp_path}-out")  # not among the photos
    code, _, err = says("translate", run, photo.parent, "--to", "b", "-o", out)
    assert code == 0
    assert len(err) == 1
    assert "broken.png" in err[0]
    assert sorted(path.name for path in out.iterdir()) == ["b.png", "photo.png"]


def test_of_a_folder_films_are_left_out_and_animations_are_their_first_picture_and_both_are_said(
    run, photo, tmp_path, says
):
    save_motion(tmp_path / "moving.gif", film(torch.rand(3, 3, 12, 16) * 2 - 1))
    (tmp_path / "b.mp4").write_bytes(b"film")
    out = Path(f"{tmp_path}-out")  # not among the photos
    code, _, err = says("translate", run, tmp_path, "--to", "night", "-o", out)
    assert code == 0
    assert f"{tmp_path / 'moving.gif'}: the first picture alone" in " ".join(err)
    assert f"{tmp_path}: 1 film left out" in " ".join(err)
    assert len(list(out.iterdir())) == 2


def test_films_and_their_measure(run, tmp_path, says):
    frames = film(torch.rand(4, 3, 20, 30) * 2 - 1)
    endings = ["gif"]
    if pytest.importorskip("av"):
        endings.append("mp4")
    for ending in endings:
        path = save_motion(tmp_path / f"a.{ending}", frames)
        words = ("translate", run, path, "--to", "b", "--steady", 0.5, "-o", tmp_path / f"b.{ending}")
        code, out, err = says(*words)
        assert (code, err) == (0, [])
        assert out[1].startswith("6 frames")
        assert "before its frames were blended" in out[2]
        assert (tmp_path / f"b.{ending}").exists()


def test_a_cut_animation_is_written_as_far_as_it_goes(run, tmp_path, says):
    path = save_motion(tmp_path / "a.gif", film(torch.rand(5, 3, 20, 30) * 2 - 1))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.6)])
    code, _, err = says("translate", run, path, "--to", "b", "-o", tmp_path / "b.gif")
    assert (code, len(err)) == (0, 1)
    assert "cannot be read on after frame" in err[0]
    assert (tmp_path / "b.gif").exists()


def test_a_photo_with_a_second_picture_in_it_is_a_photo(run, tmp_path, says):
    first, second = Image.new("RGB", (24, 16), "red"), Image.new("RGB", (12, 8))
    first.save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=[second])
    code, out, err = says("translate", run, tmp_path / "a.jpg", "--to", "b")
    assert (code, err) == (0, [])
    assert out[0].endswith(".png")


def test_photos_of_all_endings_are_photos_and_none_is_lost(run, tmp_path, says):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("x-1.png", "x.jpg", "x.png"):
        Image.effect_noise((20, 14), 80).convert("RGB").save(folder / name)
    assert says("translate", run, folder, "--to", "b", "-o", tmp_path / "out")[0] == 0
    assert len(list((tmp_path / "out").iterdir())) == 3
    before = (folder / "x.png").read_bytes()
    code, out, err = says("translate", run, folder, "--to", "b", "-o", folder)
    assert (code, out, len(err)) == (2, [], 1)
    assert (folder / "x.png").read_bytes() == before
    Image.effect_noise((20, 14), 80).convert("RGB").save(tmp_path / "a.tga")
    (folder / "x.jpg").rename(tmp_path / "photo")
    for path in (tmp_path / "a.tga", tmp_path / "photo"):
        code, out, err = says("translate", run, path, "--to", "b")
        assert (code, err) == (0, [])
        assert out[0].endswith(".png")


def test_a_photo_too_large_to_be_trusted_is_no_film(run, tmp_path, says):
    Image.new("1", (15_000, 13_000)).save(tmp_path / "large.png")
    code, _, (line,) = says("translate", run, tmp_path / "large.png", "--to", "b")
    assert code == 2
    assert line.endswith("195,000,000 pixels is too large to be trusted; --max-pixels 195000000 allows it")


def test_an_animated_png_by_its_other_name(run, tmp_path, says):
    path = save_motion(tmp_path / "a.png", film(torch.rand(4, 3, 20, 30) * 2 - 1)).rename(tmp_path / "a.apng")
    code, out, err = says("translate", run, path, "--to", "b", "--back", "--steady", 0.5)
    assert (code, err) == (0, [])
    assert out[0].endswith(".png")
    with Image.open(out[0]) as picture:
        assert (picture.n_frames, picture.size) == (6, (94, 20))


def test_what_is_wrong_is_said_in_one_line(run, photo, tmp_path, says):
    (tmp_path / "text.mp4").write_text("no film")
    for words, message in (
        ((run, photo, "--to", "nigth"), "no such domain. Did you mean 'night'?"),
        ((run, tmp_path / "none.jpg", "--to", "b"), "no such file or folder"),
        ((run, photo, "--to", "b", "--steady", 2), "from 0 to 1"),
        ((run, tmp_path / "text.mp4", "--to", "b"), "not a film that can be read"),
        ((tmp_path, photo, "--to", "b"), "not a run folder"),
    ):
        code, out, err = says("translate", *words)
        assert (code, out, len(err)) == (2, [], 1)
        assert message in err[0]
