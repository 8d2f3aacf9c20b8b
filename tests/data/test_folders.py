from __future__ import annotations

import os
import tempfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from aegean import images
from aegean.data import cache, describe, open_dataset, read_pictures
from aegean.data.folders import natural, pictures_in
from aegean.errors import InputError


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AEGEAN_CACHE", str(tmp_path_factory.mktemp("cache")))


def paint(path: Path, colour: int | tuple[int, ...], size: tuple[int, int] = (16, 16), mode: str = "L") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path)
    return path


@pytest.fixture
def two_classes(tmp_path: Path) -> Path:
    for k in range(20):
        paint(tmp_path / "set" / "dark" / f"{k}.png", k)
        paint(tmp_path / "set" / "light" / f"{k}.png", 200 + k)
    return tmp_path / "set"


def everything(data: object) -> torch.Tensor:
    return torch.cat([data.train.images, data.validation.images, data.test.images])


def test_subfolders_are_labels(two_classes: Path) -> None:
    data = open_dataset(str(two_classes))
    assert data.spec.name == "set"
    assert data.spec.classes == ("dark", "light")
    assert (data.spec.size.word, data.spec.channels) == (16, 1)
    assert sorted(everything(data)[:, 0, 0, 0].tolist()) == [*range(20), *range(200, 220)]
    assert torch.equal(data.train.labels, (data.train.images[:, 0, 0, 0] >= 200).long())


def test_the_second_opening_decodes_nothing(two_classes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = open_dataset(str(two_classes))
    monkeypatch.setattr(images, "open_picture", lambda *_: pytest.fail("decoded again"))
    second = open_dataset(str(two_classes))
    assert torch.equal(first.train.images, second.train.images)
    assert first.fingerprint == second.fingerprint
    cut = open_dataset(str(two_classes), limit=5)  # the whole set is cached: a part of it needs no decoding
    assert torch.equal(cut.train.images, first.train.images[:5])
    monkeypatch.undo()
    paint(two_classes / "dark" / "3.png", 99)
    changed = open_dataset(str(two_classes))
    assert 99 in everything(changed)[:, 0, 0, 0]
    assert changed.fingerprint != first.fingerprint


def test_memory_maps_and_not_memory(two_classes: Path) -> None:
    data = open_dataset(str(two_classes))
    files = [path.name for path in cache.cache_folder().glob("*/*.npy")]
    assert {"train.npy", "validation.npy", "test.npy"} <= set(files)
    maps = Path("/proc/self/maps")  # shared with the file, not a private copy that the memory must have room for
    if maps.exists():
        assert {line.split()[1] for line in maps.read_text().splitlines() if line.endswith("train.npy")} == {"r--s"}
    assert data.train.images.float().mean() > 0


def test_one_cache_and_one_array_have_one_fingerprint(tmp_path: Path, two_classes: Path) -> None:
    decoded = open_dataset(str(two_classes), split_seed=3)
    values = [*range(20), *range(200, 220)]
    names = np.array(["dark"] * 20 + ["light"] * 20)
    order = sorted(range(40), key=lambda k: natural(Path(names[k]) / f"{values[k] % 200}.png"))
    pixels = np.array(values, np.uint8)[order][:, None, None].repeat(16, 1).repeat(16, 2)
    np.savez(tmp_path / "set.npz", images=pixels, labels=names[order])
    assert open_dataset(str(tmp_path / "set.npz"), split_seed=3).fingerprint == decoded.fingerprint


def test_train_and_test_folders_are_splits(tmp_path: Path) -> None:
    for k in range(20):
        paint(tmp_path / "train" / "ab"[k % 2] / f"{k}.png", k)
    for k in range(4):
        paint(tmp_path / "val" / "ab"[k % 2] / f"{k}.png", 100 + k)
        paint(tmp_path / "test" / "ab"[k % 2] / f"{k}.png", 200 + k)
    data = open_dataset(str(tmp_path))
    assert data.spec.classes == ("a", "b")
    assert sorted(data.train.images[:, 0, 0, 0].tolist()) == list(range(20))
    assert sorted(data.validation.images[:, 0, 0, 0].tolist()) == [100, 101, 102, 103]
    assert sorted(data.test.images[:, 0, 0, 0].tolist()) == [200, 201, 202, 203]


def test_other_names_of_splits_and_what_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for k in range(20):
        paint(tmp_path / "Training" / "ab"[k % 2] / f"{k}.png", k)
    for k in range(4):
        paint(tmp_path / "Testing" / "ab"[k % 2] / f"{k}.png", 200 + k)
        paint(tmp_path / "unlabelled" / f"{k}.png", 100)
    (tmp_path / "notes").mkdir()
    data = open_dataset(str(tmp_path))
    assert data.test.images[:, 0, 0, 0].tolist() == [200, 202, 201, 203]
    told = capsys.readouterr().err
    assert "left out, beside Training, in no split" in told
    assert f"4 ({tmp_path / 'unlabelled' / '0.png'}, " in told


def test_of_several_names_of_a_split_one_is_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for k in range(20):
        paint(tmp_path / "train" / f"{k}.png", k)
        paint(tmp_path / "eval" / f"{k}.png", 100)
        paint(tmp_path / "val" / f"{k}.png", 200)
    assert open_dataset(str(tmp_path)).validation.images.min() == 200
    assert "left out, beside train, in no split" in capsys.readouterr().err


def test_classes_are_those_of_the_training(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for k in range(20):
        paint(tmp_path / "train" / "ab"[k % 2] / f"{k}.png", k)
    for k in range(4):
        paint(tmp_path / "val" / "images" / f"{k}.png", 100 + k)  # as in Tiny-ImageNet
        paint(tmp_path / "test" / "abcc"[k] / f"{k}.png", 200 + k)
    data = open_dataset(str(tmp_path))
    assert data.spec.classes == ("a", "b")
    assert data.validation.images.max() < 20
    assert data.test.images[:, 0, 0, 0].tolist() == [200, 201]
    assert data.test.labels.tolist() == [0, 1]
    err = capsys.readouterr().err
    assert "4 pictures of val lie in no class of train; some of train are taken in their place" in err
    assert "2 pictures of test lie in no class of train\n" in err


def test_links_show_no_picture_twice(tmp_path: Path) -> None:
    folder, pool = tmp_path / "photos", tmp_path / "pool"
    for k in range(6):
        paint(folder / "all" / f"{k}.png", 10 * k)
    paint(pool / "far.png", 200)
    (folder / "latest").symlink_to(folder, target_is_directory=True)
    (folder / "above").symlink_to(tmp_path, target_is_directory=True)
    (folder / "favourite.png").symlink_to(folder / "all" / "3.png")
    (folder / "pool").symlink_to(pool, target_is_directory=True)
    paint(folder / ".git" / "annex.png", 150).rename(folder / ".git" / "annex")
    (folder / "kept.png").symlink_to(folder / ".git" / "annex")  # as git-annex has it
    found = everything(open_dataset(str(folder)))[:, 0, 0, 0]
    assert sorted(found.tolist()) == [0, 10, 20, 30, 40, 50, 150, 200]


def test_pictures_of_floats(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for k in range(5):
        Image.fromarray(np.full((16, 16), k / 4, np.float32)).save(tmp_path / f"{k}.tif")
    assert sorted(everything(open_dataset(str(tmp_path)))[:, 0, 0, 0].tolist()) == [0, 64, 128, 191, 255]
    Image.fromarray(np.full((16, 16), -3, np.float32)).save(tmp_path / "5.tif")
    assert len(everything(open_dataset(str(tmp_path)))) == 5
    err = capsys.readouterr().err
    assert f"the first: {tmp_path / '5.tif'}: a picture of floats from -3 to -3; expected 0 to 1, or to 65535" in err
    with pytest.raises(InputError, match=r"5\.tif: a picture of floats from -3 to -3"):
        images.open_picture(tmp_path / "5.tif")


def test_cyclegan_folders_are_domains(tmp_path: Path) -> None:
    folder = tmp_path / "horse2zebra"
    for part, shade in (("trainA", 0), ("trainB", 100), ("testA", 50), ("testB", 150)):
        for k in range(6):
            paint(folder / part / f"{k}.png", shade + k)
    data = open_dataset(str(folder))
    assert data.spec.domains == ("horse", "zebra")
    assert data.train.images.max() < 50
    assert 100 <= data.train.other.min() < data.train.other.max() < 150
    assert data.test.other[:, 0, 0, 0].tolist() == [150, 151, 152, 153, 154, 155]


def test_sizes_modes_and_exif(tmp_path: Path) -> None:
    left_red = Image.new("RGB", (60, 30), "blue")
    left_red.paste("red", (0, 0, 30, 30))
    turned = Image.Exif()
    turned[0x0112] = 6  # to be shown turned by 90 degrees clockwise: red is then on top
    for k in range(4):
        left_red.save(tmp_path / f"turned{k}.png", exif=turned)
    paint(tmp_path / "grey.png", 128, (40, 20))
    paint(tmp_path / "deep.png", 32768, (20, 20), "I;16")
    paint(tmp_path / "clear.png", (0, 0, 0, 0), (20, 20), "RGBA")
    with pytest.raises(InputError, match=r"different sizes \(60 high x 30 wide, .*give --size"):
        open_dataset(str(tmp_path))
    data = open_dataset(str(tmp_path), size=10)
    assert (data.spec.size.word, data.spec.channels) == (10, 3)
    pixels = {tuple(image[1, 5].tolist()): tuple(image[8, 5].tolist()) for image in everything(data)}
    assert pixels == {
        (255, 0, 0): (0, 0, 255),  # red above blue: the EXIF was honoured, the centre square kept
        (128, 128, 128): (128, 128, 128),
        (255, 255, 255): (255, 255, 255),  # transparent is white
    }


def test_one_size_that_is_not_square_asks_for_size(tmp_path: Path) -> None:
    for k in range(5):
        paint(tmp_path / f"{k}.png", k, (20, 16))
    with pytest.raises(InputError, match=r"are 16 high x 20 wide, not square; give --size.* --size 16x20 keeps all"):
        open_dataset(str(tmp_path))


@pytest.mark.parametrize(
    ("whole", "size", "kept"),
    [  # height and width of the pictures, what is asked for, and the rows and columns that are kept of them
        ((40, 60), "20x20", (slice(0, 40), slice(10, 50))),
        ((40, 60), "20x30", (slice(0, 40), slice(0, 60))),
        ((40, 60), "20x10", (slice(0, 40), slice(20, 40))),
        ((60, 40), "10x20", (slice(20, 40), slice(0, 40))),
        ((60, 40), "25x20", (slice(5, 55), slice(0, 40))),
    ],
)
def test_of_each_picture_the_middle_of_that_form_is_kept(
    tmp_path: Path, whole: tuple[int, int], size: str, kept: tuple[slice, slice]
) -> None:
    """A slope across and one down are cut and scaled to the slopes of what is kept."""
    down, across = np.mgrid[: whole[0], : whole[1]] * 4
    pixels = np.stack([down, across, 0 * down], -1).astype(np.uint8)
    for k in range(4):
        Image.fromarray(pixels).save(tmp_path / f"{k}.png")
    data = open_dataset(str(tmp_path), size=size)
    assert data.spec.size.word == (20 if size == "20x20" else size)
    assert data.train.images.shape[1:] == (*data.spec.size, 3)
    part, (height, width) = pixels[kept].astype(float), data.spec.size
    wanted = part.reshape(height, len(part) // height, width, -1, 3).mean((1, 3))
    inner = np.abs(data.train.images[0].numpy() - wanted)[1:-1, 1:-1]  # Lanczos rings at the border
    assert inner.max() <= 1


def test_what_has_the_form_asked_for_is_kept_to_the_bit(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (12, 10, 14, 3), np.uint8)
    np.savez(tmp_path / "set.npz", images=pixels)
    with pytest.raises(InputError, match=r"not square; give --size.* --size 10x14 keeps all"):
        open_dataset(str(tmp_path / "set.npz"))
    data = open_dataset(str(tmp_path / "set.npz"), size=(10, 14))
    assert {one.numpy().tobytes() for one in everything(data)} == {one.tobytes() for one in pixels}
    assert open_dataset(data, size="10x14") is data
    assert open_dataset(data, size="5x7").train.images.shape[1:] == (5, 7, 3)


def test_mixed_channels_follow_the_majority_and_say_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for k in range(10):
        paint(tmp_path / f"{k}.png", k if k < 7 else (k, 0, 0), mode="L" if k < 7 else "RGB")
    assert open_dataset(str(tmp_path)).spec.channels == 1
    line = capsys.readouterr().err
    assert "mixed pictures (7 grey, 3 colour)" in line
    assert "all are made grey; --channels chooses otherwise" in line
    assert len(line.splitlines()) == 1
    assert open_dataset(str(tmp_path), channels=3).spec.channels == 3
    assert capsys.readouterr().err == ""


def test_unreadable_pictures_are_counted_named_and_left_out(
    two_classes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = (two_classes / "dark" / "0.png").read_bytes()
    (two_classes / "dark" / "short.png").write_bytes(good[: len(good) // 2])
    (two_classes / "light" / "text.jpg").write_text("no picture")
    for _ in range(2):  # decoded, and from the cache
        data = open_dataset(str(two_classes))
        assert len(everything(data)) == 40
        assert torch.equal(data.train.labels, (data.train.images[:, 0, 0, 0] >= 200).long())
        line = capsys.readouterr().err
        assert "2 of 42 pictures cannot be read and are left out" in line
        assert "short.png" in line or "text.jpg" in line
    with pytest.raises(InputError, match=r"short\.png|text\.jpg"):
        open_dataset(str(two_classes), strict=True)
    with pytest.raises(InputError, match=r"short\.png|text\.jpg"):
        open_dataset(str(two_classes), strict=True, split_seed=1)  # not in the cache


def test_a_bomb_is_left_out(
    two_classes: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(images, "MAX_PIXELS", 1000)
    paint(two_classes / "dark" / "bomb.png", 0, (40, 40))
    assert len(everything(open_dataset(str(two_classes)))) == 40
    assert "bomb.png" in (line := capsys.readouterr().err)
    assert "40 x 40 pixels is too large to be trusted" in line


def test_nothing_one_class_and_pictures_beside_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match="holds no pictures"):
        open_dataset(str(tmp_path))
    for k in range(5):
        paint(tmp_path / "only" / f"{k}.png", k)
    data = open_dataset(str(tmp_path))
    assert (data.spec.classes, data.train.labels) == ((), None)
    assert "has one class alone (only): used without labels" in capsys.readouterr().err
    paint(tmp_path / "beside.png", 9)
    assert open_dataset(str(tmp_path)).spec.classes == ()
    assert "both in subfolders and beside them" in capsys.readouterr().err


def test_nothing_readable_at_all(tmp_path: Path) -> None:
    for k in range(4):
        (tmp_path / f"{k}.png").write_text("no")
    with pytest.raises(InputError, match=r"none of the pictures looked at can be read; the first: .*0\.png"):
        open_dataset(str(tmp_path))
    assert not list(cache.cache_folder().glob(".*"))


def test_an_unwritable_cache_is_one_line(two_classes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("AEGEAN_CACHE", str(tmp_path / "file"))
    with pytest.raises(InputError, match=r"the cache cannot be written .*AEGEAN_CACHE names another place"):
        open_dataset(str(two_classes))


def test_a_cache_can_be_shared(two_classes: Path) -> None:
    open_dataset(str(two_classes))
    beside = two_classes / "made"
    beside.mkdir()
    (entry,) = (path for path in cache.cache_folder().iterdir() if path.is_dir())
    assert entry.stat().st_mode == beside.stat().st_mode


def test_a_disk_that_is_too_full_is_one_line(two_classes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache.shutil, "disk_usage", lambda path: SimpleNamespace(free=1000))
    with pytest.raises(InputError, match=r"the cache cannot be written \(0\.0 GiB are needed, 0\.0 are free\)"):
        open_dataset(str(two_classes))
    assert not list(cache.cache_folder().glob(".*"))


def test_a_broken_cache_is_made_anew(two_classes: Path) -> None:
    first = open_dataset(str(two_classes))
    for path in cache.cache_folder().glob("*/train.npy"):
        start = path.read_bytes()[:100]
        path.unlink()  # what is mapped must not be cut
        path.write_bytes(start)
    assert torch.equal(open_dataset(str(two_classes)).train.images, first.train.images)


def test_celeba_layout(shared: Path, tmp_path: Path) -> None:
    blob = np.load(shared / "celeba_8000.npz")
    names, files, flags = blob["attribute_names"][:], blob["files"][:30], blob["attributes"][:30]
    folder = tmp_path / "celeba"
    (folder / "img_align_celeba").mkdir(parents=True)
    jpeg, offsets = blob["blob"], blob["offsets"]
    for k, name in enumerate(files):
        (folder / "img_align_celeba" / str(name)).write_bytes(jpeg[offsets[k] : offsets[k + 1]].tobytes())
    rows = [f"{name} " + " ".join("1" if on else "-1" for on in row) for name, row in zip(files, flags)]
    rows.append("999999.jpg " + " ".join(["-1"] * 40))  # in the list, not in the folder
    (folder / "list_attr_celeba.txt").write_text("\n".join(["31", " ".join(names), *rows]))
    assert len(everything(open_dataset(str(folder), size=32))) == 30
    parts = [f"{name} {0 if k < 20 else 1 if k < 25 else 2}" for k, name in enumerate(files)]
    (folder / "list_eval_partition.txt").write_text("\n".join([*parts, "999999.jpg 2"]))
    data = open_dataset(str(folder), size=32)
    assert data.spec.attributes == tuple(names)
    assert [len(data.split(name)) for name in ("train", "validation", "test")] == [20, 5, 5]
    assert torch.equal(data.test.attributes, torch.from_numpy(flags[25:].astype(np.uint8)))
    face = images.read(folder / "img_align_celeba" / str(files[25]), 32, 3)
    assert (data.test.first(1).image - face).abs().mean() < 0.02


def test_read_pictures_at_their_own_size_in_natural_order(tmp_path: Path) -> None:
    for k, width in ((10, 9), (2, 7), (1, 5)):
        paint(tmp_path / f"{k}.png", 255, (width, 4))
    found = list(read_pictures(tmp_path, 3))
    assert [path.name for path, _ in found] == ["1.png", "2.png", "10.png"]
    assert [tuple(image.shape) for _, image in found] == [(1, 3, 4, 5), (1, 3, 4, 7), (1, 3, 4, 9)]
    assert all((image == 1).all() for _, image in found)
    assert [path.name for path, _ in read_pictures([tmp_path / "2.png"], 1)] == ["2.png"]
    with pytest.raises(InputError, match="no such file"):
        list(read_pictures(tmp_path / "missing.png", 1))


def test_digits_that_are_not_decimal_are_letters_of_a_name(tmp_path: Path) -> None:
    for name in ("m1²3.png", "2①4.png", "10.png", "9.png"):
        paint(tmp_path / name, 0)
    assert [path.name for path in pictures_in(tmp_path)] == ["2①4.png", "9.png", "10.png", "m1²3.png"]


def test_the_folder_one_is_in_has_its_own_name(two_classes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(two_classes)
    assert open_dataset(".").spec.name == "set"
    (two_classes / "dark").rename(two_classes / "trainA")
    (two_classes / "light").rename(two_classes / "trainB")
    assert open_dataset(".").spec.name == "set"


def test_folders_that_may_not_be_entered_are_counted_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    with tempfile.TemporaryDirectory() as name:  # one that others may enter, as pytest's may not be
        folder = Path(name)
        for k in range(4):
            paint(folder / "open" / f"{k}.png", k)
            paint(folder / "shut" / f"{k}.png", k)
        describe(folder)  # imports what it needs
        folder.chmod(0o755)
        (folder / "shut").chmod(0)
        user = os.geteuid()
        try:
            if user == 0:  # whom nothing stops
                os.seteuid(65534)
            found = describe(folder)
            few = pictures_in(folder)
        finally:
            os.seteuid(user)
            (folder / "shut").chmod(0o755)
    line = f"left out, a folder that may not be entered: 1 ({folder / 'shut'})"
    assert line in found.problems
    assert len(few) == found.count == 4
    assert capsys.readouterr().err == f"aegean: {folder}: {line}\n"
