"""Where to compute."""

from __future__ import annotations

import platform
import resource

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


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library keeps memory in its own way")
def test_freed_memory_is_kept_for_the_next_tensors() -> None:
    pick_device("cpu")

    def faults(tensors: int = 30, size: int = 4 << 20) -> float:
        """Page faults of what a training step does: make many tensors, free all; 1 is one a page."""
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        kept = [torch.ones(size, dtype=torch.uint8) for _ in range(tensors)]
        pages = sum(tensor.numel() for tensor in kept) / resource.getpagesize()
        return (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / pages

    for _ in range(5):
        faults()
    assert max(faults() for _ in range(5)) < 0.3  # by itself: 1
