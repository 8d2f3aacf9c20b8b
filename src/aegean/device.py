"""Where to compute."""

from __future__ import annotations

import torch

from aegean.errors import InputError


def pick_device(name: str) -> torch.device:
    """cpu, cuda, cuda:1, mps ...; `auto`: the accelerator if there is one, else the CPU.

    Raises InputError for one that this machine does not have.
    """
    if name == "auto":
        accelerator = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
        return accelerator or torch.device("cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:  # NotImplementedError is a RuntimeError
        raise InputError(f"device {name!r} cannot be used here ({str(error).splitlines()[0]})") from error
    return device
