from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from aegean.cli.datasets import datasets
from aegean.data import Format, array_source, is_dataset, open_dataset, register_format, sources
from aegean.data.sources import FORMATS, format_of, ordered_formats
from aegean.errors import InputError

PIXELS = np.random.default_rng(0).integers(0, 256, (30, 8, 8), np.uint8)


@pytest.fixture
def own() -> Iterator[Format]:
    """A format of somebody else, for as long as a test takes."""
    yield register_format(
        "raw",
        Format(
            ".raw",
            lambda word: word.endswith(".raw"),
            lambda word: array_source(np.fromfile(word, np.uint8).reshape(-1, 8, 8), name=Path(word).stem),
        ),
    )
    del FORMATS.registered["raw"]


def test_every_file_of_the_folder_is_a_format() -> None:
    files = {path.stem for path in (Path(sources.__file__).parent / "formats").glob("*.py")} - {"__init__"}
    assert set(FORMATS) == files
    assert len({one.what for one in ordered_formats()}) == len(files) >= 9


def test_the_list_of_datasets_names_every_format(own: Format, capsys: pytest.CaptureFixture[str]) -> None:
    datasets()
    told = capsys.readouterr().out
    assert {name for name, one in FORMATS.items() if one.what not in told} == {"given", "named", "raw"}


def test_a_name_is_taken_once(own: Format) -> None:
    with pytest.raises(InputError, match="there is a format called 'raw' already"):
        register_format("raw", own)


def test_a_format_of_your_own_is_opened_like_ours(own: Format, tmp_path: Path) -> None:
    path = tmp_path / "marks.raw"
    PIXELS.tofile(path)
    assert is_dataset(str(path))
    data = open_dataset(str(path))
    assert data.spec.name == "marks"
    assert {image.tobytes() for image in data.test.images.numpy()} <= {image.tobytes() for image in PIXELS}


@pytest.mark.parametrize("word", ["", "nowhere", "digits", "hf:a/b", "stacked:digits", "python:array", "~", "\0"])
def test_no_format_falls_over_a_word(word: str) -> None:
    for one in ordered_formats():
        assert one.recognises(word) in {True, False}


def test_what_is_a_set_and_what_is_photos(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", PIXELS)
    (tmp_path / "A.NPZ").write_bytes(b"")
    (tmp_path / "photo.png").write_bytes(b"")
    idx = struct.pack(">BBBB3I", 0, 0, 8, 3, *PIXELS.shape) + PIXELS.tobytes()
    (tmp_path / "marks").write_bytes(idx)
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / "train-images-idx3-ubyte").write_bytes(idx)
    sets = [
        "digits",
        "hf:owner/name",
        "stacked:digits",
        *(str(tmp_path / n) for n in ("a.npy", "A.NPZ", "marks", "mnist")),
    ]
    assert [word for word in sets if not is_dataset(word)] == []
    assert not any(is_dataset(word) for word in (str(tmp_path), str(tmp_path / "photo.png"), "nowhere", "*.png"))
    assert format_of("nowhere") is None


def test_endings_in_capitals(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=PIXELS)
    (tmp_path / "a.npz").rename(tmp_path / "UPPER.NPZ")
    np.save(tmp_path / "b.npy", PIXELS)
    (tmp_path / "b.npy").rename(tmp_path / "B.NPY")
    names = {open_dataset(str(tmp_path / name)).spec.name for name in ("UPPER.NPZ", "B.NPY")}
    assert names == {"UPPER", "B"}


def test_what_no_format_takes_names_them_all(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("no")
    with pytest.raises(InputError, match=r"not a kind of file that holds images; expected .*\.npy, \.npz, .*IDX"):
        open_dataset(str(tmp_path / "a.txt"))


@pytest.mark.parametrize("head", [b"{'descr': '|u1', 'shape': )6, 8, 8), }", b"{'descr': '|u1', 'shape': (6, 8, 8, "])
@pytest.mark.parametrize("ending", ["npy", "npz"])
def test_an_array_whose_head_is_damaged_is_one_line(head: bytes, ending: str, tmp_path: Path) -> None:
    """NumPy reads the head as Python's source is read, and fails as that does."""
    content = b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + bytes(384)
    path = tmp_path / f"a.{ending}"
    if ending == "npy":
        path.write_bytes(content)
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("images.npy", content)
    with pytest.raises(InputError, match="can be read") as error:
        open_dataset(str(path))
    assert str(path) in str(error.value)
