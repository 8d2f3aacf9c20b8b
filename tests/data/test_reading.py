"""What people's own folders and arrays are taken for, and that it is said."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageCms

import aegean
from aegean import images
from aegean.cli import main
from aegean.data import describe, open_dataset
from aegean.data.folders import look_through
from aegean.errors import InputError
from aegean.families import DataConfig
from aegean.use.coding import encode_split

NOISE = np.random.default_rng(0)


def noise(*shape: int) -> np.ndarray:
    return NOISE.integers(0, 255, shape, np.uint8)


def paint(path: Path, channels: int = 3, **options) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(noise(16, 16, channels)).save(path, **options)
    return path


def idx(path: Path, array: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lengths = b"".join(int(length).to_bytes(4, "big") for length in array.shape)
    path.write_bytes(bytes([0, 0, 8, array.ndim]) + lengths + array.tobytes())


def test_the_range_that_is_asked_for(tmp_path: Path) -> None:
    array = np.linspace(-0.05, 1, 3 * 64).reshape(3, 8, 8)
    np.save(tmp_path / "x.npy", array)
    assert "--range 0 1 says otherwise" in describe(tmp_path / "x.npy").notes[0]
    data = open_dataset(str(tmp_path / "x.npy"), range=(0, 1))
    pixels = np.concatenate([data.train.images, data.validation.images, data.test.images])
    assert sorted(pixels.ravel()) == sorted(np.rint(array.clip(0, 1) * 255).ravel())
    found = describe(DataConfig(data=str(tmp_path / "x.npy"), range=(0, 1)))
    assert found.values == "0 to 1, as asked"
    assert found.notes == (f"{(array < 0).sum()} values lie outside 0 to 1 and are clipped",)
    deep = np.array([0, 1000, 65535, 257] * 16, np.uint16).reshape(1, 8, 8).repeat(3, 0)
    np.save(tmp_path / "deep.npy", deep)
    with pytest.raises(InputError, match="from 0 to 65535; expected 0 to 255"):
        describe(tmp_path / "deep.npy")
    assert set(np.unique(open_dataset(str(tmp_path / "deep.npy"), range=(0, 65535)).train.images)) == {0, 1, 4, 255}
    with pytest.raises(InputError, match="black must be less than white"):
        DataConfig().change(range=(1, 1))


def test_another_range_is_another_set_also_where_it_is_cut_to_size_and_kept(tmp_path: Path) -> None:
    array = np.random.default_rng(0).random((12, 10, 10), np.float32) - 0.5
    np.save(tmp_path / "x.npy", array)
    wide, asked = (open_dataset(str(tmp_path / "x.npy"), size=8, range=range) for range in (None, (-0.5, 0.5)))
    assert float(asked.train.images.float().std()) == pytest.approx(2 * float(wide.train.images.float().std()), rel=0.1)
    assert wide.fingerprint != asked.fingerprint


def test_a_run_reads_other_numbers_as_it_read_its_own(tmp_path: Path) -> None:
    array = np.random.default_rng(0).random((40, 12, 12), np.float32) - 0.5
    for name, numbers in (("own", array), ("other", array[:30]), ("same", (array[:30] + 0.5))):
        np.save(tmp_path / f"{name}.npy", numbers)
    settings = {"size": 8, "width": 4, "latent": 2, "steps": 1, "preview_every": 0, "quiet": True}
    run = aegean.train("vae", data=str(tmp_path / "own.npy"), range=(-0.5, 0.5), out=tmp_path / "run", **settings)
    codes = encode_split(run, str(tmp_path / "other.npy")).codes
    pixels = open_dataset(str(tmp_path / "same.npy"), size=8, range=(0, 1)).test
    torch.testing.assert_close(codes, run.model.encode(pixels.first(len(pixels)).image), rtol=1e-4, atol=1e-4)
    record = aegean.evaluate(run, ["reconstruction_mse"], data=str(tmp_path / "other.npy"), progress=False)[0]
    image = pixels.first(len(pixels)).image
    error = (run.model.decode(run.model.encode(image)) - image).square().mean() / 4
    assert record["value"] == pytest.approx(float(error), rel=1e-3)


def test_what_is_asked_for_and_of_no_use_is_refused(tmp_path: Path) -> None:
    for k in range(4):
        paint(tmp_path / "set" / f"{k}.png")
    with pytest.raises(InputError, match="--range is of arrays"):
        open_dataset(str(tmp_path / "set"), range=(0, 1))
    with pytest.raises(InputError, match="--splits none is of a folder"):
        open_dataset("digits", splits="none")


@pytest.mark.parametrize(("mode", "clear"), [("RGB", (255, 0, 0)), ("L", 0), ("I;16", 0)])
def test_a_colour_that_is_transparent_becomes_white(tmp_path: Path, mode: str, clear: object) -> None:
    pixels = np.zeros((8, 8), np.uint16) if mode == "I;16" else Image.new(mode, (8, 8), clear)
    picture = Image.fromarray(pixels) if mode == "I;16" else pixels
    picture.save(tmp_path / "a.png", transparency=clear)
    opened = images.open_picture(tmp_path / "a.png")
    assert images.fit(opened, None, 3).getpixel((1, 1)) == (255, 255, 255)
    assert images.fit(opened, None, 4).getpixel((1, 1))[3] == 0


def test_rows_of_rgba_and_alpha_that_hides_nothing(tmp_path: Path) -> None:
    colours = noise(20, 8, 8, 3)
    full = np.concatenate([colours, np.full((20, 8, 8, 1), 255, np.uint8)], axis=3)
    for name, array in (
        ("whole", full),
        ("rows", full.reshape(20, -1)),
        ("planes", full.transpose(0, 3, 1, 2).reshape(20, -1)),
    ):
        np.savez(tmp_path / f"{name}.npz", images=array)
        data = open_dataset(str(tmp_path / f"{name}.npz"))
        assert (data.spec.size.word, data.spec.channels) == (8, 3)
        seen = {some.numpy().tobytes() for part in (data.train, data.validation, data.test) for some in part.images}
        assert seen == {some.tobytes() for some in colours}
    full[3, 2, 2, 3] = 0
    np.savez(tmp_path / "clear.npz", images=full)
    assert open_dataset(str(tmp_path / "clear.npz")).spec.channels == 4
    for k in range(4):
        Image.fromarray(colours[k]).convert("RGBA").save(tmp_path / f"{k}.png")
    found = describe(tmp_path)
    assert (found.channels, found.alpha) == ({3: 4}, {"hides nothing": 4})
    assert open_dataset(str(tmp_path)).spec.channels == 3
    paint(tmp_path / "really.png", 4)
    assert describe(tmp_path).alpha == {"hides nothing": 4, "used": 1}


def wide_profile() -> bytes:
    """A display whose primaries are sRGB's, permuted: red is shown as blue."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    places = {}
    for k in range(int.from_bytes(profile[128:132], "big")):
        entry = 132 + 12 * k
        places[bytes(profile[entry : entry + 4])] = entry + 4
    red, blue = places[b"rXYZ"], places[b"bXYZ"]
    profile[red : red + 8], profile[blue : blue + 8] = profile[blue : blue + 8], profile[red : red + 8]
    return bytes(profile)


def test_colours_are_read_as_srgb_and_written_back(tmp_path: Path) -> None:
    profile = wide_profile()
    Image.new("RGB", (8, 8), (200, 100, 40)).save(tmp_path / "wide.png", icc_profile=profile)
    opened = images.open_picture(tmp_path / "wide.png")
    assert np.abs(np.array(opened.getpixel((0, 0))) - [40, 100, 200]).max() <= 1
    own = images.open_picture(tmp_path / "wide.png", own_colours=True)
    assert own.getpixel((0, 0)) == (200, 100, 40)
    tensor = images.read(tmp_path / "wide.png", None, 3)
    written = images.save(tmp_path / "out.png", tensor, profile=images.profile_of(tmp_path / "wide.png"))
    with Image.open(written) as back:
        assert np.abs(np.array(back.getpixel((0, 0))) - [200, 100, 40]).max() <= 1
        assert back.info["icc_profile"] == profile
    assert list(describe(tmp_path).profiles.values()) == [2]


def test_a_profile_that_is_srgb_or_broken_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    same = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for name, profile in (("same", same), ("broken", b"no profile")):
        Image.new("RGB", (8, 8), (200, 100, 40)).save(tmp_path / f"{name}.png", icc_profile=profile)
        assert images.open_picture(tmp_path / f"{name}.png").getpixel((0, 0)) == (200, 100, 40)
    assert capsys.readouterr().err.count("cannot be used: its pictures are taken for sRGB") == 1


def test_every_file_of_a_folder_is_a_picture_or_named(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    for name in ("cat/0.png", "cat/1.tga", "dog/2.jp2", "dog/3.png", "@eaDir/thumb.png", ".hidden/4.png"):
        paint(folder / name)
    (folder / "dog" / "3.png").rename(folder / "dog" / "no ending")
    (folder / "empty").mkdir()
    (folder / "dog" / "notes.txt").write_text("P1")
    (folder / "dog" / "film.mp4").write_bytes(b"")
    (folder / "dog" / "what").write_bytes(b"\0" * 30)
    (folder / "gone.png").symlink_to(tmp_path / "nowhere.png")
    (folder / "self.png").symlink_to(folder / "self.png")
    found = look_through(folder)
    assert [str(path.relative_to(folder)) for path in found.paths] == [
        "cat/0.png",
        "cat/1.tga",
        "dog/2.jp2",
        "dog/no ending",
    ]
    assert found.left_out.counts == {
        "hidden": 1,
        "made by the system": 1,
        "a link that leads nowhere": 2,
        "a film (.mp4)": 1,
        "not a picture (.txt)": 1,
        "not a picture (no ending)": 1,
        "a folder without a picture": 1,
    }
    assert found.left_out.examples["a folder without a picture"] == [str(folder / "empty")]


def test_heic_is_read_by_its_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()
    Image.new("RGB", (16, 16), (200, 100, 40)).save(tmp_path / "photo.heif")
    (tmp_path / "photo.heif").rename(tmp_path / "photo.HEIC")
    assert np.abs(np.array(images.open_picture(tmp_path / "photo.HEIC").getpixel((8, 8))) - [200, 100, 40]).max() < 9
    assert describe(tmp_path).count == 1
    for place in ("aegean.data.folders", "aegean.picture_formats"):
        monkeypatch.setattr(f"{place}.can_read_heif", lambda: False)
    with pytest.raises(InputError, match=r"photo\.HEIC: HEIC, which needs pillow-heif: pip install"):
        images.open_picture(tmp_path / "photo.HEIC")
    with pytest.raises(InputError, match=r"holds no pictures .*; left out, HEIC, which needs pillow-heif.*photo\.HEIC"):
        describe(tmp_path)


def test_a_pipe_is_no_picture(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "x.png")
    with pytest.raises(InputError, match="is not a file"):
        images.open_picture(tmp_path / "x.png")
    assert look_through(tmp_path).left_out.counts == {"neither a file nor a folder": 1}


def test_runs_and_results_are_no_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for k in range(6):
        paint(tmp_path / "cat" / f"{k}.png")
        paint(tmp_path / "dog" / f"{k}.png")
    paint(tmp_path / "runs" / "one" / "previews" / "step.png")
    (tmp_path / "runs" / "one" / "config.json").write_text('{"family": "vae"}')
    made = Image.fromarray(noise(16, 16, 3))
    images.save_picture(tmp_path / "dog" / "sub" / "made.webp", made, {"run": "r"})
    monkeypatch.chdir(tmp_path)
    found = describe(".")
    assert found.classes == {"cat": 6, "dog": 6}
    assert found.left_out.counts == {"a run of aegean": 1, "made by aegean": 1}
    assert describe(tmp_path / "dog" / "sub").count == 1  # all are, so they are meant
    with pytest.raises(InputError, match="is a run, not pictures"):
        describe(tmp_path / "runs" / "one")


@pytest.mark.parametrize("with_files", [True, False])
def test_mnist_as_kaggle_has_it(tmp_path: Path, with_files: bool) -> None:
    for part, count in (("train", 20), ("t10k", 5)):
        for what, array in (("images-idx3", noise(count, 8, 8)), ("labels-idx1", np.arange(count, dtype=np.uint8) % 3)):
            idx(tmp_path / f"{part}-{what}-ubyte" / f"{part}-{what}-ubyte", array)
            if with_files:
                idx(tmp_path / f"{part}-{what.replace('-', '.')}-ubyte", array)
    assert describe(tmp_path).parts == {"train": 20, "test": 5}


@pytest.mark.parametrize("layout", ["kaggle", "official", "wrapped"])
def test_celeba_as_it_comes(tmp_path: Path, layout: str) -> None:
    root = tmp_path / "archive" if layout == "wrapped" else tmp_path
    names = [f"{k:06d}.jpg" for k in range(1, 13)]
    for name in names:
        paint(root / {"official": "Img"}.get(layout, "img_align_celeba") / "img_align_celeba" / name)
    flags, numbers = [("1", "-1") if k % 2 else ("-1", "-1") for k in range(12)], "000000001122"
    if layout == "official":
        for place, name, head, rows in (
            ("Anno", "list_attr_celeba.txt", "12\nHat Smiling", flags),
            ("Eval", "list_eval_partition.txt", None, numbers),
        ):
            (root / place).mkdir()
            lines = [f"{name} {' '.join(row)}" for name, row in zip(names, rows)]
            (root / place / name).write_text("\n".join([*([head] if head else []), *lines]))
    else:
        lines = [f"{name},{','.join(row)}" for name, row in zip(names, flags)]
        (root / "list_attr_celeba.csv").write_text("\n".join(["image_id,Hat,Smiling", *lines]))
        lines = [f"{name},{number}" for name, number in zip(names, numbers)]
        (root / "list_eval_partition.csv").write_text("\n".join(["image_id,partition", *lines]))
    found = describe(tmp_path)
    assert (found.kind, found.parts) == ("CelebA", {"train": 8, "validation": 2, "test": 2})
    assert found.attributes == {"Hat": 0.5, "Smiling": 0.0}
    assert found.splits_from == "list_eval_partition"


def test_a_folder_around_the_splits_hides_them_not(tmp_path: Path) -> None:
    for part in ("train", "test"):
        for k in range(6):
            paint(tmp_path / "archive" / part / "ab"[k % 2] / f"{k}.png")
    (tmp_path / "archive" / "README.txt").write_text("")
    found = describe(tmp_path)
    assert found.parts == {"train": 6, "test": 6}
    assert found.splits == {"train": 5, "validation": 1, "test": 6}
    assert found.classes == {"a": 6, "b": 6}


def test_splits_that_are_classes(tmp_path: Path) -> None:
    for name in ("train", "bus", "car"):
        for k in range(4):
            paint(tmp_path / name / f"{k}.png")
    assert describe(tmp_path).left_out.counts == {"beside train, in no split (--splits none takes all for classes)": 8}
    assert describe(DataConfig(data=str(tmp_path), splits="none")).classes == {"bus": 4, "car": 4, "train": 4}
    (tmp_path / "train").rename(tmp_path / "test")
    assert describe(tmp_path).notes == ("test: taken for a class, as there is no train",)
    for name in ("bus", "car"):
        for path in (tmp_path / name).iterdir():
            path.unlink()
        (tmp_path / name).rmdir()
    with pytest.raises(InputError, match="has test but no train; --splits none takes them for classes"):
        describe(tmp_path)


def test_the_report_its_json_and_strict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for k in range(6):
        paint(tmp_path / "ab"[k % 2] / f"{k}.png")
    assert main(["datasets", str(tmp_path), "--strict"]) == 0
    (tmp_path / "a" / "copy.png").write_bytes((tmp_path / "b" / "1.png").read_bytes())
    capsys.readouterr()
    assert main(["datasets", str(tmp_path), "--json", "--strict"]) == 2
    output = capsys.readouterr()
    record = json.loads(output.out)
    assert record["copies"]["count"] == 1
    assert record["copies"]["examples"] == [f"{tmp_path / 'b' / '1.png'} = {tmp_path / 'a' / 'copy.png'}"]
    assert record["problems"] == [record["problems"][0]]
    assert output.err == f"aegean: {tmp_path}: {record['problems'][0]}\n"
    with pytest.raises(InputError, match=r"1 copies of others \(.*b/1.png = .*a/copy.png\)"):
        open_dataset(str(tmp_path), strict=True)
    assert main(["datasets", "--strict"]) == 2  # of no path


def test_a_run_remembers_what_was_read(tmp_path: Path, shapes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--steps", "1", "--width", "4", "--preview-every", "0", "--out", str(tmp_path / "run")]
    assert main(["train", "vae", "--data", str(shapes), *words]) == 0
    told = capsys.readouterr().err
    assert "aegean: splits     train 240, validation 30, test 30 (drawn with --split-seed 0)" in told
    about = json.loads((tmp_path / "run" / "about.json").read_text())
    assert about["read"] == json.loads(json.dumps(describe(shapes).to_json()))


def test_names_and_labels_that_do_not_fit_are_said(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=noise(6, 8, 8), labels=np.arange(6), classes=np.array(["x", "y", "z"]))
    with pytest.raises(InputError, match="3 names of classes for labels from 0 to 5"):
        describe(tmp_path / "a.npz")
    np.savez(tmp_path / "b.npz", images=noise(6, 8, 8), labels=np.zeros(6, int), attribute_names=np.array(["x"]))
    notes = " ".join(describe(tmp_path / "b.npz").notes)
    assert "not used: attribute_names" in notes
    assert "labels are not used: all are alike" in notes
    labels = {"y_train": np.arange(6) % 2, "y_test": np.arange(6) % 3}
    np.savez(tmp_path / "c.npz", x_train=noise(6, 8, 8), x_test=noise(6, 8, 8), **labels)
    assert describe(tmp_path / "c.npz").untrained == ("2",)
