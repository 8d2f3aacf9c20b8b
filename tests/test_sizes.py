"""A size is read, written and said in one place."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from aegean.data.types import DataSpec
from aegean.errors import InputError
from aegean.sizes import Size


@pytest.mark.parametrize(
    ("given", "height", "width"),
    [(64, 64, 64), ("64", 64, 64), (np.int64(9), 9, 9), ("96x128", 96, 128), ((50, 70), 50, 70), ([7, 9], 7, 9)],
)
def test_what_may_stand_for_a_size(given: Any, height: int, width: int) -> None:
    size = Size.of(given)
    assert (size.height, size.width) == (height, width)
    assert Size.of(size) == size == Size.of(size.word)
    assert size.of_pil == (width, height)
    assert size.times(3) == (3 * height, 3 * width)
    assert (size.shorter, size.longer, size.pixels) == (min(height, width), max(height, width), height * width)


@pytest.mark.parametrize("given", ["", "x64", "64x", "64 x 64", "-3", 2.5, True, None, (1, 2, 3), ("a", "b"), "1x2x3"])
def test_what_is_none_is_one_line(given: Any) -> None:
    with pytest.raises(InputError, match="expected one number for squares, or HEIGHTxWIDTH such as 96x128"):
        Size.of(given)


def test_people_are_told_which_side_is_which() -> None:
    assert (Size.of(64).word, str(Size.of(64)), Size.of(64).in_pixels) == (64, "64 x 64", "64 x 64 pixels")
    wide = Size.of("96x128")
    assert (wide.word, str(wide), wide.in_pixels) == ("96x128", "96 high x 128 wide", "96 x 128 pixels (high x wide)")


@pytest.mark.parametrize(("size", "kept"), [(64, 64), ("96x128", "96x128"), (Size(8, 9), "8x9")])
def test_a_description_of_data_is_written_with_it_and_read_again(size: Any, kept: Any) -> None:
    spec = DataSpec("set", 3, size, classes=("a",))
    assert spec.to_json()["size"] == kept
    assert spec.shape == (3, *Size.of(size))
    assert spec.dimensions == 3 * Size.of(size).pixels
    record = spec.to_json() | {"size": Size.of(spec.to_json()["size"])}
    assert msgspec.convert(record, DataSpec) == spec
