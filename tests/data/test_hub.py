from __future__ import annotations

import importlib.util
import io

import numpy as np
import pytest
from PIL import Image

from aegean.data import open_dataset
from aegean.data.formats.hub import from_tables
from aegean.errors import InputError


def test_without_the_library_or_the_network_it_is_one_line() -> None:
    with pytest.raises(InputError) as caught:
        open_dataset("hf:aegean-tests/there-is-no-such-set")
    assert str(caught.value).startswith("hf:aegean-tests/there-is-no-such-set: ")
    assert "\n" not in str(caught.value)
    if importlib.util.find_spec("datasets") is None:
        assert "pip install 'aegean[hub]'" in str(caught.value)


def test_columns_are_found_by_their_types() -> None:
    datasets = pytest.importorskip("datasets", reason="needs the extra `hub`")
    features = datasets.Features(
        {
            "id": datasets.Value("int64"),
            "kind": datasets.ClassLabel(names=["dark", "light"]),
            "picture": datasets.Image(),
        }
    )
    pictures = [Image.new("L", (9, 9), 10 if k % 2 == 0 else 200) for k in range(10)]
    rows = {"id": list(range(10)), "kind": [k % 2 for k in range(10)], "picture": pictures}
    table = datasets.Dataset.from_dict(rows, features=features)
    source = from_tables({"train": table, "valid": table}, "set", "owner/set")
    assert source.classes == ("dark", "light")
    assert list(source.parts) == ["train", "validation"]
    part = source.parts["train"]
    assert part.labels is not None
    assert part.labels.tolist() == [0, 1] * 5
    assert part.pictures.look(0) == (9, 9, 1)
    assert np.unique(part.pictures.read(1, 8, 3)).tolist() == [200]
    with pytest.raises(InputError, match="has no column of images; it has id, kind"):
        from_tables({"train": table.remove_columns("picture")}, "set", "owner/set")


def test_pictures_are_opened_in_allowed_formats_alone_and_turned() -> None:
    datasets = pytest.importorskip("datasets", reason="needs the extra `hub`")
    turned, script = io.BytesIO(), io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (6, 3)).save(turned, "JPEG", exif=exif)
    Image.new("RGB", (6, 3)).save(script, "EPS")
    rows = [{"bytes": content.getvalue(), "path": None} for content in (turned, script)]
    table = datasets.Dataset.from_dict({"p": rows}, features=datasets.Features({"p": datasets.Image()}))
    pictures = from_tables({"train": table}, "set", "owner/set").parts["train"].pictures
    assert pictures.look(0) == (3, 6, 3)
    with pytest.raises(InputError, match="hf:owner/set: picture 1: not a picture that can be read"):
        pictures.read(1, 3, 3)
