"""What is kept of a set is that set's, whole, and tells of no fault of the machine."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aegean import images
from aegean.data import cache, open_dataset
from aegean.errors import InputError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Forty grey pictures, and a cache of their own."""
    monkeypatch.setenv("AEGEAN_CACHE", str(tmp_path / "kept"))
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for number in range(40):
        Image.fromarray(np.full((8, 8), number, np.uint8)).save(pictures / f"{number:02d}.bmp")
    return pictures


def test_a_folder_of_the_same_names_sizes_and_times_is_another_set(folder: Path, tmp_path: Path) -> None:
    first = open_dataset(str(folder))
    other = tmp_path / "elsewhere" / folder.name
    shutil.copytree(folder, other)
    for path in other.iterdir():
        before = path.stat()
        pixels = 255 - np.asarray(Image.open(path))
        Image.fromarray(pixels).save(path)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    second = open_dataset(str(other))
    assert second.fingerprint != first.fingerprint
    assert (second.train.images == 255 - first.train.images).all()


@pytest.mark.parametrize("checked", [cache.CHECKED, 1])
@pytest.mark.parametrize("damage", ["zeroed", "one bit", "cut"])
def test_a_damaged_copy_is_made_anew(
    damage: str, checked: int, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "CHECKED", checked)  # 1: the first part alone, as of a large set
    before = open_dataset(str(folder))
    pixels = before.train.images.clone()  # of the file that is going to be damaged
    (path,) = tmp_path.glob("kept/*/train.npy")
    content = bytearray(path.read_bytes())
    start = len(content) - pixels.numel()
    if damage == "zeroed":
        content[start:] = bytes(len(content) - start)
    elif damage == "one bit":
        content[start + 100] ^= 1
    else:
        content = content[:-10]
    path.write_bytes(content)
    after = open_dataset(str(folder))
    assert after.fingerprint == before.fingerprint
    assert (after.train.images == pixels).all()


@pytest.mark.parametrize("number", [errno.EMFILE, errno.EIO, errno.ENOMEM, errno.ESTALE])
def test_a_fault_of_the_machine_makes_no_picture_a_bad_one(
    number: int, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened = images.open_image

    def fails(source: Path) -> Image.Image:
        if Path(source).name == "17.bmp":
            raise OSError(number, os.strerror(number), str(source))
        return opened(source)

    with monkeypatch.context() as patch:
        patch.setattr(images, "open_image", fails)
        for settings in ({}, {"size": 8, "channels": 1}):
            with pytest.raises(OSError, match=r"17\.bmp") as raised:
                open_dataset(str(folder), **settings)
            assert raised.value.errno == number
    assert sum(len(open_dataset(str(folder)).split(name)) for name in ("train", "validation", "test")) == 40
    assert [path.name for path in (tmp_path / "kept").iterdir() if path.name[0] == "."] == []


def test_no_room_for_the_cache_is_said_and_leaves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cache, "allocate", full)
    with pytest.raises(InputError, match=r"the cache cannot be written .* AEGEAN_CACHE names another place"):
        open_dataset(str(folder))
    assert list((tmp_path / "kept").iterdir()) == []


def test_an_archive_that_unpacks_to_more_than_the_memory_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bomb.npz"
    np.savez_compressed(path, images=np.zeros((10_000, 64, 64), np.uint8))
    assert path.stat().st_size < 100_000
    monkeypatch.setattr("aegean.resources.free_memory", lambda: 2**28 + 2**25)  # 32 MiB for 39
    with pytest.raises(InputError, match=r"bomb\.npz: what it holds needs about 0\.0 GiB of memory"):
        open_dataset(str(path))
