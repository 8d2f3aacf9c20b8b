"""Where to compute."""

from __future__ import annotations

import copy
import ctypes
import platform
from functools import cache
from typing import TypeVar

import torch
from torch import nn

from aegean.errors import InputError
from aegean.sharing import crew

Module = TypeVar("Module", bound=nn.Module)

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of malloc.h
LARGEST_MMAP_THRESHOLD, NEVER = 32 << 20, (1 << 31) - 1


def pick_device(name: str) -> torch.device:
    """cpu, cuda, cuda:1, mps ...; `auto`: the accelerator if there is one, else the CPU.

    Raises InputError for one that this machine does not have.
    """
    _keep_freed_memory()
    if name == "auto":
        accelerator = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
        if accelerator is not None and crew().count > 1:  # to each process of a machine its own
            return torch.device(accelerator.type, crew().here % torch.accelerator.device_count())
        return accelerator or torch.device("cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:  # NotImplementedError is a RuntimeError
        raise InputError(f"device {name!r} cannot be used here ({str(error).splitlines()[0]})") from error
    return device


def on_device(model: Module, device: torch.device) -> Module:
    """The model, or a copy of it elsewhere: a run's own stays on the CPU."""
    return model if device.type == "cpu" else copy.deepcopy(model).to(device)


@cache
def _keep_freed_memory() -> None:
    """Keep what tensors free for the next ones, up to 32 MiB each.

    By itself glibc hands it back to the system, which clears each page anew: 6,500 page faults and a tenth of the time
    of a VAE's training step. The most that was ever in use is the same.
    """
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(M_MMAP_THRESHOLD, LARGEST_MMAP_THRESHOLD)
        libc.mallopt(M_TRIM_THRESHOLD, NEVER)
