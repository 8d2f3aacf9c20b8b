"""The files in tables/ were written by others: the library `datasets` (hub) and pyarrow, of picture k's colour
(8 k, 100, 255 - 8 k), label k % 3, tame where k is even, furry where k % 3 < 2."""

from __future__ import annotations

import random
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from aegean.data import describe, open_dataset
from aegean.data.parquet import Parquet
from aegean.data.sources import find_source
from aegean.errors import InputError
from aegean.sizes import Size

TABLES = Path(__file__).with_name("tables")
READ = ("hub", "second-pages", "plain", "zstd")


@pytest.mark.parametrize("name", READ)
def test_pictures_labels_and_attributes(name: str) -> None:
    source = find_source(str(TABLES / f"{name}.parquet"))
    assert (source.classes, source.attributes) == (("cat", "dog", "owl"), ("tame", "furry"))
    part = source.parts["all"]
    assert part.labels.tolist() == [k % 3 for k in range(30)]
    assert part.attributes.tolist() == [[k % 2 == 0, k % 3 < 2] for k in range(30)]
    for k in (29, 0, 13):  # in any order
        pixels = part.pictures.read(k, Size(8, 8), 3).reshape(-1, 3)
        assert np.unique(pixels, axis=0).tolist() == [[8 * k, 100, 255 - 8 * k]]
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


def test_a_file_without_pictures_is_one_line() -> None:
    with pytest.raises(InputError, match=r"has no column of pictures; it has kind, tame"):
        open_dataset(str(TABLES / "no-pictures.parquet"))


def test_without_pyarrow_one_line_says_what_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(InputError, match=r"hub\.parquet: reading .* pip install 'aegean\[parquet\]'"):
        open_dataset(str(TABLES / "hub.parquet"))


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
