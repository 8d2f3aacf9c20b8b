from __future__ import annotations

import io
import shutil
import struct
import tarfile
import threading
import zipfile
from pathlib import Path

import pytest
import torch
from PIL import Image

from aegean import images
from aegean.data import cache, describe, open_dataset
from aegean.data.spool import Spool
from aegean.errors import InputError

KINDS = {"zip": ".zip", "tar": ".tar", "gztar": ".tar.gz", "bztar": ".tar.bz2", "xztar": ".tar.xz"}


def png(colour: int | tuple[int, ...] = 0, size: tuple[int, int] = (8, 8)) -> bytes:
    content = io.BytesIO()
    Image.new("L" if isinstance(colour, int) else "RGB", size, colour).save(content, "PNG")
    return content.getvalue()


def zipped(path: Path, files: dict[str, bytes], **options: int) -> Path:
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes in train and test, something hidden, something else, and a picture in no split."""
    for k in range(24):
        path = tmp_path / "set" / ("train" if k < 18 else "test") / "ab"[k % 2] / f"{k}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(10 * k))
    (tmp_path / "set" / "__MACOSX").mkdir()
    (tmp_path / "set" / "__MACOSX" / "._0.png").write_bytes(b"mac")
    (tmp_path / "set" / "train" / "a" / "notes.txt").write_text("no picture")
    (tmp_path / "set" / "more").mkdir()
    (tmp_path / "set" / "more" / "x.png").write_bytes(png(255))
    return tmp_path / "set"


@pytest.mark.parametrize("kind", KINDS)
def test_an_archive_is_the_folder_that_it_was_made_of(kind: str, folder: Path, capsys: pytest.CaptureFixture) -> None:
    path = shutil.make_archive(str(folder), kind, folder.parent, "set")
    assert path == str(folder) + KINDS[kind]
    alike, data = open_dataset(str(folder)), open_dataset(path)
    assert (data.spec, data.fingerprint) == (alike.spec, alike.fingerprint)
    assert data.spec.classes == ("a", "b")
    assert len(data.test) == 6
    told = describe(path)
    assert told.classes == {"a": 12, "b": 12}
    assert told.left_out.counts == {
        "made by the system": 1,
        "not a picture (.txt)": 1,
        "beside train, in no split (--splits none takes all for classes)": 1,
    }
    assert told.splits_from == describe(folder).splits_from


def test_what_is_decoded_is_not_read_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = shutil.make_archive(str(folder), "gztar", folder.parent, "set")
    first = open_dataset(path)
    monkeypatch.setattr(Spool, "_fill", lambda self: pytest.fail("read again"))
    assert torch.equal(open_dataset(path).train.images, first.train.images)


def test_a_spool_is_filled_once_by_several_threads_and_leaves_no_name(tmp_path: Path) -> None:
    filled: list[int] = []
    pieces = [bytes([k]) * (k * 1000) for k in range(50)]
    spool = Spool(lambda: filled.append(1) or iter(pieces))
    wrong: list[int] = []
    threads = [
        threading.Thread(target=lambda: wrong.extend(k for k in range(50) if spool[k] != pieces[k])) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (wrong, filled) == ([], [1])
    assert not [path for path in cache.cache_folder().iterdir() if path.is_file()]


def test_domains_and_pairs_in_archives(tmp_path: Path) -> None:
    files = {f"horse2zebra/{part}{side}/{k}.jpg": png(k + 100 * (side == "B")) for part in ("train", "test")
             for side in "AB" for k in range(5)}  # fmt: skip
    data = open_dataset(str(zipped(tmp_path / "horse2zebra.zip", files)))
    assert data.spec.domains == ("horse", "zebra")
    assert data.train.other is not None
    assert data.train.other.min() >= 100 > data.train.images.max()
    one = zipped(tmp_path / "noisy.zip", {f"noisy/{k}.jpg": png(k) for k in (1, 2, 3, 4, 5, 6, 9)})
    two = zipped(tmp_path / "clean.zip", {f"{k}.png": png(100 + k) for k in (1, 2, 3, 4, 5, 6, 7)})
    pairs = open_dataset(str(one), target=str(two))
    assert len(pairs.train) + len(pairs.validation) + len(pairs.test) == 6
    assert torch.equal(pairs.train.target, pairs.train.images + 100)


def test_names_that_lead_out_links_and_doubles_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name in [*(f"set/{k}.png" for k in range(5)), "../evil.png", "/etc/evil.png", "set/../../evil.png"]:
            info = tarfile.TarInfo(name)
            info.size = len(png())
            archive.addfile(info, io.BytesIO(png()))
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE):
            info = tarfile.TarInfo("set/link.png")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    counts = {"a name that leads out of the archive": 3, "a link, or no file": 3}
    assert describe(path).left_out.counts == counts
    before = {*tmp_path.rglob("*")}
    assert len(open_dataset(str(path)).train) == 3
    assert {*tmp_path.rglob("*")} == before
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("0.png", "1.png", "2.png", "c:/evil.png", "sub\\3.png"):
            archive.writestr(zipfile.ZipInfo(name), png())
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr(zipfile.ZipInfo("0.png"), png())
        link = zipfile.ZipInfo("4.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    found = describe(tmp_path / "a.zip")
    assert found.count == 4
    assert found.left_out.counts == {
        "of a name that is there already": 1, "a name that leads out of the archive": 1, "a link": 1
    }  # fmt: skip


def test_bombs_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.setattr(images, "MAX_PIXELS", 10_000)
    files = {f"{k}.png": png(k) for k in range(6)} | {"bomb.png": bytes(10**7), "large.png": png(0, (200, 200))}
    path = zipped(tmp_path / "a.zip", files, compression=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 20_000
    data = open_dataset(str(path), size=8)
    assert sum(len(data.split(name)) for name in ("train", "validation", "test")) == 6
    assert "2 of 8 pictures cannot be read" in capsys.readouterr().err
    (problem,) = [line for line in describe(path).problems if "cannot be read" in line]
    assert "bomb.png" in problem
    zipped(path, files | {"bomb.png": png(9)})
    (problem,) = [line for line in describe(path).problems if "cannot be read" in line]
    assert "200 x 200 pixels is too large" in problem
    zipped(path, files, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(
        InputError, match=r"bomb\.png: 10,000,000 bytes is too large to be trusted; --max-pixels 2500000"
    ):
        open_dataset(str(path), size=8, strict=True, split_seed=1)


def test_a_long_name_is_not_read_whole(tmp_path: Path) -> None:
    info = tarfile.TarInfo("name")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 2**32
    (tmp_path / "a.tar").write_bytes(info.tobuf(tarfile.GNU_FORMAT) + bytes(2048))
    with pytest.raises(InputError, match="a name of 4,294,967,296 bytes"):
        open_dataset(str(tmp_path / "a.tar"))


def test_encrypted_and_broken_archives_are_one_line(folder: Path, tmp_path: Path) -> None:
    whole = zipped(tmp_path / "a.zip", {f"{k}.png": png(k) for k in range(5)}).read_bytes()
    at = whole.index(b"PK\x01\x02") + 8
    locked = tmp_path / "locked.zip"
    locked.write_bytes(whole[:at] + struct.pack("<H", 1) + whole[at + 2 :])
    with pytest.raises(InputError, match=r"locked\.zip: is encrypted; unpack it"):
        open_dataset(str(locked))
    for kind, ending in KINDS.items():
        content = Path(shutil.make_archive(str(folder), kind, folder.parent, "set")).read_bytes()
        for name, part in {
            "cut": content[: len(content) // 2],
            "empty": b"",
            "text": b"no archive at all" * 99,
        }.items():
            path = tmp_path / f"{name}{ending}"
            path.write_bytes(part)
            with pytest.raises(InputError) as caught:
                open_dataset(str(path))
            assert str(path) in str(caught.value)
            assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match=r"nothing\.zip: holds no pictures .*; left out, not a picture \(\.txt\): 1"):
        open_dataset(str(zipped(tmp_path / "nothing.zip", {"a.txt": b""})))


def test_a_member_that_is_no_picture_is_named(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    heic = struct.pack(">I", 24) + b"ftypheic" + bytes(12)
    path = zipped(tmp_path / "a.zip", {f"{k}.png": png(k) for k in range(5)} | {"text.png": b"no", "x.heic": heic})
    assert describe(path).count == 7
    open_dataset(str(path))
    told = capsys.readouterr().err
    assert "2 of 7 pictures cannot be read and are left out" in told
    assert f"{path}:" in told
    assert "0x" not in told  # no addresses of objects
