"""The files in tables/ were written by others: the library `datasets` (hub) and pyarrow, of picture k's colour
(8 k, 100, 255 - 8 k), label k % 3, tame where k is even, furry where k % 3 < 2."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from aegean.data import describe, open_dataset
from aegean.data.parquet import Parquet
from aegean.data.snappy import decompress
from aegean.data.sources import find_source
from aegean.data.thrift import read_struct
from aegean.errors import InputError

TABLES = Path(__file__).with_name("tables")
READ = ("hub", "second-pages", "plain")


@pytest.mark.parametrize("name", READ)
def test_pictures_labels_and_attributes(name: str) -> None:
    source = find_source(str(TABLES / f"{name}.parquet"))
    assert (source.classes, source.attributes) == (("cat", "dog", "owl"), ("tame", "furry"))
    part = source.parts["all"]
    assert part.labels.tolist() == [k % 3 for k in range(30)]
    assert part.attributes.tolist() == [[k % 2 == 0, k % 3 < 2] for k in range(30)]
    for k in (29, 0, 13):  # in any order
        assert np.unique(part.pictures.read(k, 8, 3).reshape(-1, 3), axis=0).tolist() == [[8 * k, 100, 255 - 8 * k]]
        assert part.pictures.look(k)[:3] == (8, 8, 3)


def test_all_writers_give_one_set() -> None:
    assert len({open_dataset(str(TABLES / f"{name}.parquet")).fingerprint for name in READ}) == 1


def test_holes_are_counted_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    path = TABLES / "holes.parquet"
    data = open_dataset(str(path))
    assert sum(len(data.split(part)) for part in ("train", "validation", "test")) == 28
    told = capsys.readouterr().err
    assert f"left out, without a label: 1 ({path}: picture 7)" in told
    assert f"{path}: picture 4 is not in the file" in told


def test_a_folder_of_files_is_a_set_with_splits(tmp_path: Path) -> None:
    for name in ("train-00000-of-00002", "train-00001-of-00002", "test-00000-of-00001", "notes"):
        shutil.copy(TABLES / "hub.parquet", tmp_path / f"{name}.parquet")
    found = describe(tmp_path)
    assert found.parts == {"train": 60, "test": 30}
    assert found.left_out.counts == {"in no split": 1}
    assert found.copies.count == 60
    shutil.copy(TABLES / "plain.parquet", tmp_path / "train-00001-of-00002.parquet")
    with pytest.raises(InputError, match=r"train-00001-of-00002\.parquet: has no column image of the kind that"):
        open_dataset(str(tmp_path))
    for path in tmp_path.glob("train*"):
        path.unlink()
    with pytest.raises(InputError, match=r"has test \(\.parquet\) but no train"):
        open_dataset(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("zstd", r"its pages are compressed by zstd; write it anew with snappy"),
        ("no-pictures", r"has no column of pictures; it has kind, tame"),
    ],
)
def test_what_is_not_read_is_one_line(name: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        open_dataset(str(TABLES / f"{name}.parquet"))


@pytest.mark.parametrize("name", [*READ, "holes"])
def test_damage_anywhere_is_one_line(name: str, tmp_path: Path) -> None:
    chance = random.Random(name)
    whole = (TABLES / f"{name}.parquet").read_bytes()
    path, told = tmp_path / "a.parquet", list[str]()
    for k in range(60):
        content = bytearray(whole)
        for _ in range(1 + k % 5):
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        path.write_bytes(content if k % 3 else content[: chance.randrange(len(content))])
        try:
            file = Parquet(path)
            for leaf in file.leaves.values():
                for _ in file.column(leaf):
                    pass
        except InputError as error:
            told.append(str(error))
    assert all(line.startswith(f"{path}: not a .parquet file that can be read (") for line in told)
    assert told
    assert not any("\n" in line for line in told)


@settings(max_examples=100, deadline=None)
@given(some.lists(some.tuples(some.binary(min_size=1, max_size=300), some.integers(1, 64), some.integers(1, 10**5))))
def test_snappy_against_the_description(runs: list[tuple[bytes, int, int]]) -> None:
    """New bytes, then a copy of `count` bytes from `back` before, byte by byte as the format's description has it."""
    packed, out = b"", bytearray()
    for new, count, back in runs:
        size = len(new) - 1
        packed += bytes([size << 2]) if size < 60 else bytes([61 << 2]) + size.to_bytes(2, "little")
        out, packed = out + new, packed + new
        packed += packed_copy(count, back := back % len(out) + 1)
        for _ in range(count):
            out.append(out[-back])
    length, head = len(out), b""
    while length > 127:
        head, length = head + bytes([length & 127 | 128]), length >> 7
    assert decompress(head + bytes([length]) + packed, len(out)) == bytes(out)


def packed_copy(count: int, back: int) -> bytes:
    if 4 <= count <= 11 and back < 2048:
        return bytes([1 | (count - 4) << 2 | back >> 8 << 5, back & 255])
    wide = 2 if back < 2**16 else 4
    return bytes([(count - 1) << 2 | (2 if wide == 2 else 3)]) + back.to_bytes(wide, "little")


@pytest.mark.parametrize("packed", [b"\x05\x00a", b"\x02\x06\x01\x00", b"\x01\xf0", b"\xff" * 20, b"", b"\x01\x08abc"])
def test_snappy_that_is_damaged(packed: bytes) -> None:
    with pytest.raises((ValueError, IndexError)):
        decompress(packed, 5)


def test_structures_in_one_another_end() -> None:
    with pytest.raises(ValueError, match="too deep"):
        read_struct(b"\x1c" * 10_000)
