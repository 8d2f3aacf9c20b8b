from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from aegean.data import describe, open_dataset
from aegean.data.sources import find_source, format_of
from aegean.errors import InputError


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Twenty grey pictures, whose colour is ten times their number."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for k in range(20):
        Image.new("L", (8, 8), 10 * k).save(folder / f"{k}.png")
    return folder


def table(path: Path, lines: list[str], encoding: str = "utf-8") -> Path:
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return path


@pytest.mark.parametrize("name", ["metadata.csv", "labels.csv"])
def test_a_label_and_attributes(photos: Path, name: str) -> None:
    lines = [f"{k}.png,{('cat', 'dog', 'owl')[k % 3]},{k % 2},{'true' if k > 9 else 'False'}" for k in range(20)]
    table(photos / name, ["file_name,label,odd,large", *lines])
    data = open_dataset(str(photos))
    assert data.spec.classes == ("cat", "dog", "owl")
    assert data.spec.attributes == ("odd", "large")
    number = data.train.images[:, 0, 0, 0].long() // 10
    assert torch.equal(data.train.labels, number % 3)
    assert torch.equal(data.train.attributes.long(), torch.stack([number % 2, (number > 9).long()], 1))
    assert describe(photos).problems == []


@pytest.mark.parametrize(
    ("head", "cell", "classes", "attributes"),
    [
        ("breed", lambda k: f"b{k % 4}", ("b0", "b1", "b2", "b3"), ()),  # the one column that is left
        ("label", lambda k: str(k % 2), ("0", "1"), ()),  # called so: a class, not an attribute
        ("label", lambda k: str(k % 12), tuple(map(str, range(12))), ()),  # as numbers: 10 after 9
        ("Glasses", lambda k: str(2 * (k % 2) - 1), (), ("Glasses",)),
        ("caption", lambda k: f"the picture {k}", (), ()),  # all differ: no classes
    ],
)
def test_what_a_column_is(photos: Path, head: str, cell, classes, attributes) -> None:
    table(photos / "labels.csv", [f"file_name;{head}", *(f"{k}.png;{cell(k)}" for k in range(20))], "utf-8-sig")
    found = describe(photos)
    assert (tuple(found.classes), tuple(found.attributes)) == (classes, attributes)
    assert any(f"not used: {head}" in line for line in found.problems) == (head == "caption")


def test_a_table_of_each_split_and_names_in_folders_below(tmp_path: Path) -> None:
    for part, count in (("train", 9), ("test", 4)):
        (tmp_path / "set" / part / "sub").mkdir(parents=True)
        for k in range(count):
            Image.new("L", (8, 8), k).save(tmp_path / "set" / part / "sub" / f"{k}.png")
        lines = [f"./sub/{k}.png,{'ab'[k % 2]}" if k % 3 else f"{k}.png,{'ab'[k % 2]}" for k in range(count)]
        table(tmp_path / "set" / part / "metadata.csv", ["file_name,label", *lines])
    source = find_source(str(tmp_path / "set"))
    assert source.kind == "folder of images in train, test with metadata.csv"
    assert {part: some.labels.tolist() for part, some in source.parts.items()} == {
        "train": [0, 1] * 4 + [0],
        "test": [0, 1, 0, 1],
    }


def test_what_does_not_fit_is_counted(photos: Path) -> None:
    lines = ["file_name,label", *(f"{k}.png,{k % 2}" for k in range(15)), "15.png,", "gone.png,1", "3.png,0"]
    table(photos / "metadata.csv", lines)
    found = describe(photos)
    assert found.count == 15
    assert found.left_out.counts == {
        "without a label in metadata.csv": 1,
        "named by metadata.csv and not there": 1,
        "named again by metadata.csv": 1,
        "not named by metadata.csv": 5,
    }


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["file_name,label", "0.png,1,2"], r"3 cells in row 2; expected 2: file_name, label"),
        (["file_name,label"], "expected a column file_name, and a line for each picture"),
        (["file_name,label", "x.png,1"], r"holds none of the 1 pictures that .*metadata\.csv names"),
        (["file_name,label", f'0.png,"{"x" * 140_000}'], r"not a table \(\.csv\) that can be read"),
    ],
)
def test_a_table_that_cannot_be_used_is_one_line(photos: Path, lines: list[str], told: str) -> None:
    table(photos / "metadata.csv", lines)
    with pytest.raises(InputError, match=told) as caught:
        open_dataset(str(photos))
    assert "\n" not in str(caught.value)


def test_a_table_in_no_utf_8_is_one_line(photos: Path) -> None:
    (photos / "labels.csv").write_bytes("file_name,label\n0.png,caf\u00e9".encode("latin-1"))
    with pytest.raises(InputError, match=r"labels\.csv: not a table \(\.csv\) that can be read"):
        open_dataset(str(photos))


def test_another_csv_is_no_table(photos: Path) -> None:
    table(photos / "labels.csv", ["id,breed", "0,pug"])
    assert format_of(str(photos)).what == "a folder"
    assert describe(photos).left_out.counts == {"not a picture (.csv)": 1}
