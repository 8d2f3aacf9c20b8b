"""What the command line can do, Python can do: each call against the model itself, or against the command's file."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

import aegean
from aegean.cli import main
from aegean.evaluation.metrics.image_similarity import add_noise
from aegean.images import read, to_pil, to_uint8


def pixels_of(picture) -> np.ndarray:
    return np.array(picture).astype(int)


def test_sample_by_seed_temperature_and_label(trained):
    run = trained("vae", latent=3)
    made = aegean.sample(run.path, 3, seed=4, temperature=0.5, as_tensor=True)
    torch.testing.assert_close(made, run.model.sample(0.5 * run.model.noise(3, 4)))
    pictures = aegean.sample(run, 3, seed=4, temperature=0.5)
    assert [picture.size for picture in pictures] == [(12, 12)] * 3
    assert (pixels_of(pictures[0]) == to_uint8(made)[0, :, :, 0].numpy()).all()
    told = trained("conditional_vae", latent=3)
    noise = told.model.noise(4, 0)
    for label, numbers in (
        (None, [0, 1, 2, 0]),
        ("2", [2, 2, 2, 2]),
        (1, [1, 1, 1, 1]),
        ([2, "0", 1, 1], [2, 0, 1, 1]),
    ):
        expected = told.model.sample(noise, torch.tensor(numbers))
        torch.testing.assert_close(aegean.sample(told, 4, label, as_tensor=True), expected)
    assert len(aegean.sample(told, 4, "all")) == 6
    with pytest.raises(aegean.InputError, match="not 4 of its 3 classes"):
        aegean.sample(told, 4, [0, 1])
    with pytest.raises(aegean.InputError, match="vae has no setting 'steps' of sample"):
        aegean.sample(run, 4, steps=3)


def test_codes_there_and_back(trained, photo):
    run = trained("vae", latent=3)
    image = run.data.test.first(3).image
    codes = aegean.encode(run, image)
    torch.testing.assert_close(codes, run.model.encode(image))
    rebuilt = aegean.reconstruct(run, image, as_tensor=True)
    torch.testing.assert_close(rebuilt, run.model.decode(codes))
    torch.testing.assert_close(aegean.decode(run, codes.numpy(), as_tensor=True), rebuilt)
    assert isinstance(aegean.decode(run, codes[0]), Image.Image)
    assert aegean.reconstruct(run, photo).size == (12, 12)
    with pytest.raises(aegean.InputError, match=r"codes of shape \(2, 5\); this model's are \(N, 3\)"):
        aegean.decode(run, torch.zeros(2, 5))
    with pytest.raises(aegean.InputError, match="it lacks Encodes"):
        aegean.encode(trained("gan"), image)


def test_denoise_at_full_resolution_in_tiles_and_at_one_size(trained, photo, caplog):
    run = trained("denoising", denoiser="residual")
    whole = aegean.denoise(run, photo, as_tensor=True)
    assert whole.shape == (1, 30, 60)
    torch.testing.assert_close(aegean.denoise(run, photo, tile=16, as_tensor=True), whole, rtol=0, atol=1e-5)
    image = run.data.test.first(1).image
    expected = run.model.restore(run.model.corrupt(image, 7))
    torch.testing.assert_close(aegean.denoise(run, image, noisy=True, seed=7, as_tensor=True), expected)
    assert aegean.denoise(trained("denoising", latent=3), [photo])[0].size == (12, 12)
    assert "the picture (60 x 30) cut and scaled to 12 x 12" in caplog.text
    with pytest.raises(aegean.InputError, match="tile 12"):
        aegean.denoise(run, photo, tile=12)
    with pytest.raises(aegean.InputError, match="it fills in holes"):
        aegean.denoise(trained("context_encoder", latent=4), photo)


def test_inpaint_changes_what_is_hidden_alone(trained, photo):
    run, hidden = trained("context_encoder", latent=4), np.zeros((30, 60), bool)
    hidden[10:18, 26:34] = True
    before, made = pixels_of(photo), pixels_of(aegean.inpaint(run, photo, hidden))
    assert (made[~hidden] == before[~hidden]).all()
    assert (made[hidden] != before[hidden]).mean() > 0.5
    assert (pixels_of(aegean.inpaint(run, photo, square=(10, 26, 8))) == made).all()
    image = aegean.inpaint(run, photo, Image.fromarray(hidden), as_tensor=True)
    assert (to_uint8(image[None])[0, :, :, 0].numpy() == made).all()
    for square, message in (((0, 0, 8), "beyond the centre square"), ((25, 26, 8), "must lie inside the photo")):
        with pytest.raises(aegean.InputError, match=message):
            aegean.inpaint(run, photo, square=square)
    with pytest.raises(aegean.InputError, match="one or the other"):
        aegean.inpaint(run, photo, hidden, square=(10, 26, 8))


def test_what_was_erased_from_a_photo_is_filled_in(trained, photo, caplog):
    """As in AUTOMATIC1111/stable-diffusion-webui#1188: a part is erased in an editor, and no mask is given."""
    run, opaque = trained("context_encoder", latent=4), np.full((30, 60), 255, np.uint8)
    opaque[10:18, 26:34] = 0
    opaque[9, 26] = 100  # a soft edge
    erased = Image.merge("LA", (photo, Image.fromarray(opaque)))
    made, alpha = aegean.inpaint(run, erased).split()
    assert (pixels_of(made) == pixels_of(aegean.inpaint(run, photo, opaque < 255))).all()
    assert alpha.getextrema() == (255, 255)
    assert "what is transparent is filled in" in caplog.text
    veiled = Image.merge("LA", (photo, Image.new("L", photo.size, 200)))  # nothing is erased: the usual hole
    assert aegean.inpaint(run, veiled).getchannel("A").getextrema() == (200, 255)
    keyed = Image.fromarray(np.where(opaque < 255, 7, np.maximum(np.array(photo), 8)).astype(np.uint8))
    keyed.info["transparency"] = 7  # one grey stands for nothing
    assert aegean.inpaint(run, keyed).getchannel("A").getextrema() == (255, 255)


def test_edit_is_what_the_command_writes_and_leaves_the_run_as_it_is(trained, photo, tmp_path):
    run, path = trained("multi_attribute_editor"), tmp_path / "photo.png"
    photo.convert("RGB").save(path)
    about = (run.path / "about.json").read_bytes()
    made = aegean.edit(run, path, add=["hat"], remove=["Beard"], strength=2)
    assert (run.path / "about.json").read_bytes() == about
    words = ["edit", str(run.path), str(path), "--add", "hat", "--remove", "Beard", "--strength", "2"]
    assert main([*words, "-o", str(tmp_path / "out.png")]) == 0
    assert (pixels_of(Image.open(tmp_path / "out.png")) == pixels_of(made)).all()
    assert (pixels_of(made) != pixels_of(photo.convert("RGB"))).any()
    assert (pixels_of(aegean.edit(run, path, add="Hat", strength=0)) == pixels_of(photo.convert("RGB"))).all()


def test_how_faces_are_framed_is_kept_if_asked_for(trained, photo):
    pytest.importorskip("cv2")
    run = aegean.load(trained("multi_attribute_editor").path)
    record = run.path / "about.json"
    known = {key: value for key, value in json.loads(record.read_text()).items() if key != "eyes"}
    record.write_text(json.dumps(known))
    aegean.edit(run, photo, add=["Hat"])
    assert "eyes" not in json.loads(record.read_text())
    aegean.edit(run, photo, add=["Hat"], remember=True)
    assert "eyes" in json.loads(record.read_text())


def test_translate_photos_and_animations(trained, photo, tmp_path):
    run = trained("cyclegan")
    image = read_grey(photo, tmp_path)
    expected = run.model.translate(image, "b")
    torch.testing.assert_close(aegean.translate(run, image, device="cpu", as_tensor=True), expected)
    assert (pixels_of(aegean.translate(run, photo, to="night")) == pixels_of(to_pil(expected))).all()
    assert aegean.translate(run, [photo], to="a", back=True)[0].size == (3 * 62 - 2, 30)
    assert aegean.translate(run, photo, size=8).size == (16, 8)
    film = tmp_path / "film.gif"
    frames = [photo.convert("RGB"), photo.convert("RGB").rotate(180)]
    frames[0].save(film, save_all=True, append_images=frames[1:], duration=80)
    out = aegean.translate(run, film, out=tmp_path / "out.webp", steady=0.5)
    with Image.open(out) as made:
        assert (made.n_frames, made.size) == (2, (60, 30))
    for settings, message in (({"to": "dusk"}, "no such domain"), ({"steady": 2}, "from 0 to 1"), ({}, "give out=")):
        with pytest.raises(aegean.InputError, match=message):
            aegean.translate(run, film, **settings)


def read_grey(photo, folder):
    photo.save(folder / "grey.png")
    return read(folder / "grey.png", None, 3).contiguous()


def test_interpolate_between_pictures_numbers_and_seeds(trained):
    run = trained("vae", latent=3)
    first, second = run.data.test.first(2).image.split(1)
    by_number = aegean.interpolate(run, [0, 1], count=4, as_tensor=True)
    torch.testing.assert_close(aegean.interpolate(run, [first, second], count=4, as_tensor=True), by_number)
    torch.testing.assert_close(by_number[:1], run.model.decode(run.model.encode(first)))
    gan = trained("gan", latent=3)
    assert len(aegean.interpolate(gan)) == 10
    walk = aegean.interpolate(gan, seeds=(5, 6), count=3, as_tensor=True)
    torch.testing.assert_close(walk[2:], gan.model.sample(gan.model.noise(1, 6)))
    assert len(aegean.interpolate(gan, seeds=(1, 2, 3, 4), count=3)) == 9
    assert len(aegean.interpolate(gan, seeds=(1, 2, 3, 4), count=7, tour=True)) == 7
    with pytest.raises(aegean.InputError, match="3 given"):
        aegean.interpolate(gan, seeds=(1, 2, 3))
    with pytest.raises(aegean.InputError, match="no test image -1"):
        aegean.interpolate(run, [0, -1])
    for settings in ({"ends": "photo.png"}, {"ends": 3}, {"seeds": 7}):  # one, and not its letters
        with pytest.raises(aegean.InputError, match="two ends; 1 given"):
            aegean.interpolate(run, **settings)


def test_settings_of_use_reach_the_model(trained):
    run = trained("flow")
    image = run.data.test.first(2).image
    noise = run.model.noise(2, 3)
    made = aegean.sample(run, 2, seed=3, steps=2, as_tensor=True)
    torch.testing.assert_close(made, run.model.sample(noise, steps=2))
    assert (made != aegean.sample(run, 2, seed=3, steps=5, as_tensor=True)).any()
    cleaned = aegean.denoise(run, image[:1], sigma=40, as_tensor=True)
    torch.testing.assert_close(cleaned, run.model.restore(image[:1], sigma=40))
    filled = [aegean.inpaint(run, image[0], square=(3, 3, 6), seed=seed, steps=3, as_tensor=True) for seed in (0, 0, 1)]
    assert (filled[0] == filled[1]).all()
    assert (filled[0] != filled[2]).any()
    noisy = add_noise(image[:1], 40, seed=7)
    cleaned = aegean.denoise(run, image[:1], sigma=40, noisy=True, seed=7, as_tensor=True)
    torch.testing.assert_close(cleaned, run.model.restore(noisy, sigma=40))
    with pytest.raises(aegean.InputError, match="give sigma"):
        aegean.denoise(run, image)
    with pytest.raises(aegean.InputError, match="sigma -1: must be 0 or more"):
        aegean.denoise(run, image, sigma=-1)
    with pytest.raises(aegean.InputError, match="Did you mean 'steps'"):
        aegean.sample(run, 2, stpes=3)


@pytest.mark.parametrize("ending", ["png", "webp", "jpg"])
def test_a_picture_knows_where_it_comes_from(trained, tmp_path, capsys, ending):
    run, path = trained("vae", latent=3), tmp_path / f"x.{ending}"
    words = ["sample", str(run.path), "-n", "4", "--seed", "9", "-o", str(path)]
    assert main(words) == 0
    expected = {"run": str(run.path), "command": " ".join(["aegean", *words]), "seed": "9"}
    assert aegean.read_origin(path) == expected | {"version": aegean.__version__}
    capsys.readouterr()
    assert main(["info", str(path)]) == 0
    assert capsys.readouterr().out.splitlines()[:3] == [f"{name}: {word}" for name, word in expected.items()]
    assert main([*words, "--no-metadata"]) == 0
    assert aegean.read_origin(path) == {}
    assert main(["info", str(path)]) == 2
    assert "does not say where it comes from" in capsys.readouterr().err
    (first, _) = aegean.sample(run, 2, seed=5)
    assert aegean.read_origin(aegean.save(path, first.copy()))["seed"] == "5"


def test_animations_know_it_too(trained, tmp_path):
    run, film = trained("cyclegan"), tmp_path / "film.gif"
    noise = [Image.effect_noise((24, 16), 60).convert("RGB") for _ in range(2)]
    noise[0].save(film, save_all=True, append_images=noise[1:], duration=80)
    for ending in ("webp", "png"):
        out = tmp_path / f"out.{ending}"
        assert main(["translate", str(run.path), str(film), "--to", "b", "-o", str(out)]) == 0
        assert aegean.read_origin(out)["command"].startswith("aegean translate ")
    out = tmp_path / "walk.webp"
    assert main(["interpolate", str(trained("gan", latent=3).path), "--seeds", "3", "4", "-o", str(out)]) == 0
    assert aegean.read_origin(out)["seed"] == "3 4"


def test_a_walk_without_the_data_may_go_between_seeds(shapes, tmp_path):
    """As of a model that came along, whose data are not at hand."""
    gone = tmp_path / "gone.npz"
    gone.write_bytes(shapes.read_bytes())
    settings = {"steps": 1, "batch_size": 8, "width": 4, "latent": 2, "preview_every": 0, "quiet": True}
    path = aegean.train("vae", data=str(gone), out=tmp_path / "run", **settings).path
    gone.unlink()
    with pytest.raises(aegean.InputError, match=r"gone\.npz.*--seeds 1 2"):
        aegean.interpolate(path, [0, 1])
    assert len(aegean.interpolate(path, seeds=(1, 2), count=3)) == 3
