"""Where to compute."""

from __future__ import annotations

import pytest
import torch

from aegean.device import pick_device
from aegean.errors import InputError


def test_auto_is_the_accelerator_where_there_is_one() -> None:
    expected = torch.accelerator.current_accelerator().type if torch.accelerator.is_available() else "cpu"
    assert pick_device("auto").type == expected
    assert pick_device("cpu") == torch.device("cpu")


@pytest.mark.parametrize("name", ["gpu", "cpu:x", "cuda:99", "xpu:99"])
def test_what_is_not_there_is_said_in_one_line(name: str) -> None:
    with pytest.raises(InputError, match=f"device '{name}' cannot be used here") as caught:
        pick_device(name)
    assert "\n" not in str(caught.value)
