"""The picture commands, as they are typed."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import aegean
from aegean import images
from aegean.cli import main

SAMPLERS = "attribute_flow, conditional_flow, conditional_gan, conditional_vae, flow, gan, hierarchical_vae, vae"
ENCODERS = (
    "attribute_flow, autoencoder, conditional_flow, conditional_vae, flow, hierarchical_vae, map_autoencoder, vae"
)


@pytest.fixture(scope="module")
def trained(shapes, tmp_path_factory):
    """`trained(family, **settings)`: a run folder, trained once."""
    folder, made = tmp_path_factory.mktemp("runs"), {}

    def of(family, **settings):
        name = "-".join([family, *map(str, settings.values())])
        if name not in made:
            changes = {"steps": 4, "batch_size": 16, "width": 4, "preview_every": 0, **settings}
            made[name] = aegean.train(family, data=str(shapes), out=folder / name, quiet=True, **changes).path
        return made[name]

    return of


@pytest.fixture(scope="session")
def photos(tmp_path_factory):
    """Three pictures of other sizes and modes than the training set's."""
    folder = tmp_path_factory.mktemp("photos")
    for name, size, mode in (("a", (31, 20), "RGB"), ("b", (12, 12), "L"), ("c", (40, 64), "RGBA")):
        Image.effect_noise(size, 60).convert(mode).save(folder / f"{name}.png")
    return folder


@pytest.fixture
def aegean_says(capsys):
    """Types a command: exit code, lines on stdout, lines on stderr."""

    def say(*words):
        code = main([str(word) for word in words])
        output = capsys.readouterr()
        return code, output.out.splitlines(), output.err.splitlines()

    return say


def size_of(path) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size


def test_sample_writes_a_sheet_into_the_run(trained, aegean_says):
    run = trained("vae", latent=3)
    code, out, _ = aegean_says("sample", run, "-n", 9, "--scale", 2)
    assert code == 0
    path = run / "samples" / "sample-9-seed-0.png"
    assert out == [str(path)]
    assert size_of(path) == (2 * 40, 2 * 40)  # 3 x 3 of 12 pixels, gaps of 2


def test_sample_for_scripts(trained, tmp_path, aegean_says):
    run, out = trained("vae", latent=3), tmp_path / "new" / "x.npz"
    assert aegean_says("sample", run, "-n", 300, "--seed", 5, "--out", out)[0] == 0
    with np.load(out) as file:
        assert file.files == ["images"]
        made = file["images"]
    model = aegean.load(run).model
    expected = images.to_uint8(model.sample(model.noise(300, seed=5))).numpy()
    assert made.dtype == np.uint8
    assert made.shape == (300, 12, 12, 1)
    assert np.abs(made.astype(int) - expected).max() <= 1  # the size of a batch may change the last bit


def test_samples_in_a_folder(trained, tmp_path, aegean_says):
    aegean_says("sample", trained("vae", latent=3), "-n", 12, "--out", tmp_path / "folder")
    names = sorted(path.name for path in (tmp_path / "folder").iterdir())
    assert names == [f"{k:02d}.png" for k in range(12)]
    assert size_of(tmp_path / "folder" / "00.png") == (12, 12)


def test_samples_of_a_label(trained, tmp_path, aegean_says):
    run, out = trained("conditional_vae", latent=3), tmp_path / "x.npz"
    for words, expected in (
        (("-n", 4), [0, 1, 2, 0]),
        (("-n", 3, "--label", "2"), [2, 2, 2]),
        (("-n", 7, "--label", "all"), [0, 0, 0, 1, 1, 1, 2, 2, 2]),  # full rows
    ):
        assert aegean_says("sample", run, *words, "-o", out)[0] == 0
        with np.load(out) as file:
            assert file["labels"].tolist() == expected
            assert len(file["images"]) == len(expected)


def test_class_names_are_labels(trained, aegean_says, tmp_path):
    from aegean.data.types import DataSpec
    from aegean.errors import InputError
    from aegean.use.requests import label_number

    spec = DataSpec("clothes", 1, 28, ("T-shirt", "Trouser", "7"))
    assert [label_number(spec, word) for word in ("trouser", "0", "7")] == [1, 0, 2]
    with pytest.raises(InputError, match="Did you mean 'Trouser'"):
        label_number(spec, "trousers")
    code, _, err = aegean_says("sample", trained("conditional_vae", latent=3), "--label", "nine")
    assert code == 2
    assert err == ["aegean: shapes has no label 'nine'. There is: 0, 1, 2."]


def test_the_same_command_writes_the_same_file_another_command_another(trained, aegean_says):
    run = trained("conditional_vae", latent=3)
    commands = [("sample",), ("sample", "--seed", 1), ("sample", "--label", 1), ("sample", "-n", 3), ("reconstruct",)]
    written = [aegean_says(word, run, *rest)[1][0] for word, *rest in commands]
    assert len(set(written)) == len(commands)
    before = Path(written[1]).read_bytes()
    assert aegean_says("sample", run, "--seed", 1)[1] == [written[1]]
    assert Path(written[1]).read_bytes() == before


@pytest.mark.parametrize(
    ("command", "family", "lacks", "able"),
    [
        ("sample", "classifier", "Samples", SAMPLERS),
        ("reconstruct", "classifier", "Encodes", ENCODERS),
        ("denoise", "vae", "Restores", "attribute_flow, conditional_flow, context_encoder, denoising, flow"),
        ("interpolate", "classifier", "Encodes", ENCODERS),
    ],
)
def test_a_run_that_cannot_says_which_families_can(trained, aegean_says, command, family, lacks, able):
    run = trained(family) if family == "classifier" else trained(family, latent=3)
    code, out, err = aegean_says(command, run)
    assert (code, out, len(err)) == (2, [], 1)
    assert f"it lacks {lacks}" in err[0]
    assert err[0].endswith(f"families that can: {able}")


def test_reconstruct_shows_test_images_above_what_comes_back(trained, tmp_path, aegean_says):
    run, out = trained("conditional_vae", latent=3), tmp_path / "pairs.png"
    assert aegean_says("reconstruct", run, "-n", 14, "-o", out, "--scale", 1)[0] == 0
    opened = aegean.load(run)
    batch = opened.data.test.first(14)
    rebuilt = opened.model.decode(opened.model.encode(batch.image, batch.label), batch.label)
    sheet = images.read(out, None, 1)
    assert sheet.shape[-2:] == (4 * 14 - 2, 12 * 14 - 2)  # two rows of pairs: twelve, and two
    for top, left, expected in (
        (0, 0, batch.image[0]),
        (14, 0, rebuilt[0]),
        (28, 14, batch.image[13]),
        (42, 14, rebuilt[13]),
    ):
        torch.testing.assert_close(sheet[0, :, top : top + 12, left : left + 12], expected, rtol=0, atol=0.01)


def test_reconstruct_takes_photos_and_folders(trained, photos, tmp_path, aegean_says):
    run = trained("autoencoder", latent=3)
    code, _, err = aegean_says("reconstruct", run, photos / "a.png", photos, "-o", tmp_path / "back")
    assert code == 0
    assert err == ["aegean: 3 pictures cut and scaled to 12 x 12, the size of the training images"]
    assert sorted(path.name for path in (tmp_path / "back").iterdir()) == ["a-0.png", "a-1.png", "b.png", "c.png"]
    code, _, err = aegean_says("reconstruct", run, photos / "b.png")
    assert (code, err) == (0, [])  # it fits as it is


def test_a_conditional_model_must_be_told_what_photos_show(trained, photos, aegean_says):
    run = trained("conditional_vae", latent=3)
    code, _, err = aegean_says("reconstruct", run, photos)
    assert code == 2
    assert "give --label" in err[-1]
    assert aegean_says("reconstruct", run, photos, "--label", 1)[0] == 0
    code, _, err = aegean_says("reconstruct", trained("autoencoder", latent=3), "--label", 1)
    assert code == 2
    assert "takes no --label; families that do: conditional_flow, conditional_gan, conditional_vae" in err[0]


def test_denoise_shows_noisy_clean_and_predicted(trained, tmp_path, aegean_says):
    run, out = trained("denoising", latent=3), tmp_path / "rows.png"
    assert aegean_says("denoise", run, "-n", 3, "--seed", 4, "-o", out, "--scale", 1)[0] == 0
    opened = aegean.load(run)
    clean = opened.data.test.first(3).image
    noisy = opened.model.corrupt(clean, seed=4)
    sheet = images.read(out, None, 1)[0]
    for row, expected in enumerate((noisy, clean, opened.model.restore(noisy))):
        top = 14 * row
        shown = sheet[:, top : top + 12, 14:26]
        torch.testing.assert_close(shown, expected[1].clamp(-1, 1), rtol=0, atol=0.02)


def test_a_flow_removes_noise_of_the_strength_it_is_told(trained, photos, tmp_path, aegean_says):
    run, out = trained("flow"), tmp_path / "shown.png"
    assert aegean_says("denoise", run, "--sigma", 50, "-n", 3, "-o", out, "--scale", 1)[0] == 0
    assert aegean_says("denoise", run, photos / "a.png", "--sigma", 50, "-o", tmp_path / "clean.png")[0] == 0
    code, _, err = aegean_says("denoise", run, photos / "a.png", "-o", tmp_path / "not.png")
    assert code == 2
    assert "give sigma" in err[0]
    assert not (tmp_path / "not.png").exists()


def test_settings_of_use_are_told_by_name(trained, tmp_path, aegean_says):
    run, out = trained("flow"), tmp_path / "made.npz"
    words = "--steps", 3, "--solver", "euler"
    assert aegean_says("sample", run, "-n", 2, *words, "-o", out)[0] == 0
    opened = aegean.load(run)
    expected = opened.model.sample(opened.model.noise(2, 0), steps=3, solver="euler")
    shown = torch.from_numpy(np.load(out)["images"]).permute(0, 3, 1, 2) / 127.5 - 1
    torch.testing.assert_close(shown, expected, rtol=0, atol=0.01)
    code, _, err = aegean_says("sample", run, "--steps", 0, "-o", tmp_path / "not.png")
    assert code == 2
    assert err == ["aegean: --steps 0: must be 1 or more"]
    code, _, err = aegean_says("sample", trained("vae", latent=3), "--guidance", 2, "-o", tmp_path / "not.png")
    assert code == 2
    assert "vae has no setting 'guidance' of sample" in err[0]


def test_another_seed_is_another_fill(trained, photos, tmp_path, aegean_says):
    run, made = trained("flow"), []
    for seed in (0, 0, 1):
        out = tmp_path / "filled.png"
        words = "--seed", seed, "--steps", 3, "--no-metadata"
        assert aegean_says("inpaint", run, photos / "a.png", *words, "-o", out)[0] == 0
        made.append(out.read_bytes())
    assert made[0] == made[1] != made[2]


def test_a_full_resolution_denoiser_keeps_the_size_of_photos(trained, photos, tmp_path, aegean_says):
    run = trained("denoising", denoiser="residual")
    code, out, err = aegean_says("denoise", run, photos / "a.png", "-o", tmp_path / "a-clean.png")
    assert (code, out, err) == (0, [str(tmp_path / "a-clean.png")], [])
    assert size_of(out[0]) == (31, 20)
    code, out, _ = aegean_says("denoise", run, photos, "-o", tmp_path / "clean")
    assert [size_of(path) for path in out] == [(31, 20), (12, 12), (40, 64)]
    code, out, _ = aegean_says("denoise", run, photos / "a.png", "--noisy", "-o", tmp_path / "three.png")
    assert size_of(out[0]) == (3 * 33 - 2, 20)
    clean = images.read(photos / "a.png", None, 1)
    torch.testing.assert_close(images.read(out[0], None, 1)[..., 33:64], clean, rtol=0, atol=0.01)


def test_denoise_leaves_out_what_cannot_be_read_of_a_folder(trained, photos, tmp_path, aegean_says):
    run, folder = trained("denoising", denoiser="residual"), tmp_path / "photos"
    shutil.copytree(photos, folder)
    (folder / "broken.png").write_bytes((folder / "a.png").read_bytes()[:60])
    code, out, err = aegean_says("denoise", run, folder, "-o", tmp_path / "clean")
    assert code == 0
    assert len(out) == len(list(photos.iterdir()))
    assert len(err) == 1
    assert "broken.png" in err[0]
    assert err[0].endswith("left out")
    code, _, err = aegean_says("denoise", run, folder / "broken.png", "-o", tmp_path / "one.png")
    assert code == 2
    assert not (tmp_path / "one.png").exists()


def test_other_denoisers_say_that_photos_were_fitted(trained, photos, aegean_says):
    code, out, err = aegean_says("denoise", trained("denoising", latent=3), photos / "a.png", "--scale", 1)
    assert code == 0
    assert size_of(out[0]) == (12, 12)
    assert "a.png (31 x 20) cut and scaled to 12 x 12" in err[0]


def test_several_photos_need_a_folder(trained, photos, tmp_path, aegean_says):
    code, _, err = aegean_says("denoise", trained("denoising", latent=3), photos, "-o", tmp_path / "x.png")
    assert code == 2
    assert "3 photos are written to a folder: give one" in err[0]


def test_encode_photos_then_decode(trained, photos, tmp_path, aegean_says):
    run, codes = trained("vae", latent=3), tmp_path / "codes.npz"
    code, out, _ = aegean_says("encode", run, photos, "-o", codes)
    assert code == 0
    assert out == [f"{codes}: 3 codes of 3 numbers"]
    with np.load(codes) as file:
        assert [name[-5:] for name in file["names"]] == ["a.png", "b.png", "c.png"]
        model = aegean.load(run).model
        expected = model.encode(images.read(photos / "b.png", 12, 1))
        np.testing.assert_allclose(file["codes"][1], expected[0].numpy(), rtol=1e-4, atol=1e-5)
    assert aegean_says("decode", run, codes, "-o", tmp_path / "back")[0] == 0
    assert sorted(path.name for path in (tmp_path / "back").iterdir()) == ["a.png", "b.png", "c.png"]
    assert aegean_says("decode", run, codes, "-o", tmp_path / "back.npz")[0] == 0
    with np.load(tmp_path / "back.npz") as file:
        decoded = images.to_uint8(model.decode(expected))[0].numpy()
        assert np.abs(file["images"][1].astype(int) - decoded).max() <= 1


def test_encode_a_data_set_with_its_labels(trained, shapes, tmp_path, aegean_says):
    run, codes = trained("conditional_vae", latent=3), tmp_path / "codes.npz"
    assert aegean_says("encode", run, shapes, "--split", "validation", "-o", codes)[0] == 0
    held = aegean.load(run).data.validation
    with np.load(codes) as file:
        assert file["labels"].tolist() == held.labels.tolist()
        assert file["codes"].shape == (len(held), 3)
    assert aegean_says("decode", run, codes, "-o", tmp_path / "sheet.png")[0] == 0
    assert aegean_says("encode", run, run, "--split", "validation", "-o", tmp_path / "own.npz")[0] == 0
    with np.load(codes) as file, np.load(tmp_path / "own.npz") as own:
        assert (file["codes"] == own["codes"]).all()
    code, _, err = aegean_says("encode", run, tmp_path, "--split", "test", "-o", codes)
    assert code == 2
    assert "--split test: photos have none" in err[0]
    code, _, err = aegean_says("encode", run, shapes, "--split", "tset", "-o", codes)
    assert code == 2
    assert "Did you mean 'test'?" in err[0]


def test_codes_that_do_not_fit_are_refused_in_one_line(trained, tmp_path, aegean_says):
    run, path = trained("vae", latent=3), tmp_path / "codes.npz"
    bad = {
        "codes of shape (2, 4); this model's are (N, 3)": {"codes": np.zeros((2, 4))},
        "expected an array `codes`": {"other": np.zeros(3)},
    }
    for message, arrays in bad.items():
        np.savez(path, **arrays)
        code, _, err = aegean_says("decode", run, path)
        assert (code, len(err)) == (2, 1)
        assert message in err[0]
    path.write_text("not an archive")
    assert aegean_says("decode", run, path)[0] == 2
    assert aegean_says("decode", run, tmp_path / "nothing.npz")[2] == [
        f"aegean: {tmp_path / 'nothing.npz'}: no such file"
    ]
    np.savez(path, codes=np.zeros((2, 3)), labels=np.array([0, 9]))
    code, _, err = aegean_says("decode", trained("conditional_vae", latent=3), path)
    assert code == 2
    assert "give --label" in err[0]


def test_temperature_scales_the_noise(trained, tmp_path, aegean_says):
    run, out = trained("gan"), tmp_path / "cool.npz"
    assert aegean_says("sample", run, "-n", 3, "--temperature", 0.5, "-o", out)[0] == 0
    model = aegean.load(run).model
    expected = images.to_uint8(model.sample(0.5 * model.noise(3, seed=0))).numpy()
    np.testing.assert_array_equal(np.load(out)["images"], expected)
    for wrong in ("-1", "nan"):
        code, _, lines = aegean_says("sample", run, "--temperature", wrong)
        assert code == 2
        assert f"--temperature {float(wrong)}" in lines[0]


def test_seeds_of_more_than_64_bits_are_refused(trained, aegean_says):
    gan, denoiser = trained("gan"), trained("denoising")
    for words in (("sample", gan, "--seed"), ("denoise", denoiser, "--seed"), ("interpolate", gan, "--seeds", 1)):
        code, out, err = aegean_says(*words, 2**64)
        assert (code, out) == (2, [])
        assert err == [f"aegean: --seed {2**64}: must be at least -2^63, and at most 2^63 - 1"]


def test_interpolate_between_test_images_photos_and_seeds(trained, photos, aegean_says):
    run = trained("vae", latent=3)
    written = []
    for words in ((), ("2", "5"), (photos / "a.png", photos / "b.png"), ("--seeds", 1, 2)):
        code, out, _ = aegean_says("interpolate", run, *words, "--scale", 1)
        assert code == 0
        assert size_of(out[0]) == (10 * 14 - 2, 12)
        written += out
    assert len(set(written)) == 4
    model = aegean.load(run).model
    strip = images.read(written[3], None, 1)[0]
    for seed, left in ((1, 0), (2, 9 * 14)):
        expected = model.sample(model.noise(1, seed))[0]
        torch.testing.assert_close(strip[:, :, left : left + 12], expected, rtol=0, atol=0.01)


def test_interpolate_between_four_is_a_square_and_a_film_round_it(trained, tmp_path, aegean_says):
    run, film = trained("gan", latent=3), tmp_path / "film.webp"
    code, out, _ = aegean_says("interpolate", run, "--seeds", 1, 2, 3, 4, "-n", 5, "--scale", 1)
    assert code == 0
    assert size_of(out[0]) == (5 * 14 - 2, 5 * 14 - 2)
    square, model = images.read(out[0], None, 1)[0], aegean.load(run).model
    for seed, top, left in ((1, 0, 0), (2, 0, 56), (3, 56, 0), (4, 56, 56)):
        corner = square[:, top : top + 12, left : left + 12]
        torch.testing.assert_close(corner, model.sample(model.noise(1, seed))[0], rtol=0, atol=0.01)
    assert aegean_says("interpolate", run, "--seeds", 1, 2, 3, 4, "-n", 10, "-o", film)[0] == 0
    assert film.is_file()
    assert aegean_says("interpolate", run)[0] == 0  # a model without codes walks between two seeds
    assert "3 given" in aegean_says("interpolate", run, "--seeds", 1, 2, 3)[2][0]
    code, _, (line,) = aegean_says("interpolate", run, 5, 9)
    assert code == 2
    assert (
        "gan turns no pictures into codes; walk between random draws: --seeds 1 2, or find the codes of photos" in line
    )
    assert "give one or the other" in aegean_says("interpolate", run, "5", "9", "--seeds", 1, 2)[2][0]


def test_sample_of_a_label_from_a_conditional_gan(trained, aegean_says):
    run = trained("conditional_gan", latent=3)
    code, out, _ = aegean_says("sample", run, "--label", "2", "-n", 4, "--scale", 1)
    assert code == 0
    assert size_of(out[0]) == (26, 26)
    code, out, _ = aegean_says("sample", run, "--label", "all", "-n", 6, "--scale", 1)
    assert size_of(out[0]) == (26, 3 * 14 - 2)


def test_interpolate_as_an_animation(trained, tmp_path, aegean_says):
    out = tmp_path / "film.webp"
    assert aegean_says("interpolate", trained("autoencoder", latent=3), "0", "1", "-n", 5, "-o", out)[0] == 0
    with Image.open(out) as film:
        duration = 0
        for frame in range(film.n_frames):
            film.seek(frame)
            film.load()
            duration += film.info["duration"]
        assert duration == 8 * 80  # milliseconds: five there, three back; equal frames may have been joined
        assert film.size == (252, 252)


def test_what_cannot_be_walked_is_told(trained, aegean_says):
    vae, autoencoder = trained("vae", latent=3), trained("autoencoder", latent=3)
    for words, message in (
        ((vae, "1"), "a walk has two ends; 1 given"),
        ((vae, "1", "99999"), "there is no test image 99999"),
        ((vae, "1", "nothing.png"), "nothing.png: no such file"),
        ((vae, "-n", 1), "at least the two ends"),
        ((autoencoder, "--seeds", 1, 2), f"families that can: {SAMPLERS}"),
        ((trained("conditional_vae", latent=3), "--seeds", 1, 2), "give --label"),
    ):
        code, out, err = aegean_says("interpolate", *words)
        assert (code, out) == (2, [])
        assert message in err[0]


def test_sampling_imports_nothing_heavy(trained):
    run = trained("vae", latent=3)
    heavy = ["transformers", "torchmetrics", "matplotlib", "scipy", "pandas", "sklearn", "gradio"]
    code = f"""
import sys
from aegean.cli import main
assert main(["sample", {str(run)!r}, "-n", "4"]) == 0
print([name for name in {heavy} if name in sys.modules])
"""
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.splitlines()[-1] == "[]"


def test_numbers_too_small_are_refused(trained, aegean_says):
    run = trained("vae", latent=3)
    for words in (("sample", run, "--scale", 0), ("interpolate", run, "--scale", -2), ("interpolate", run, "-n", 0)):
        code, _, err = aegean_says(*words)
        assert code == 2
        assert "at least" in err[0]
