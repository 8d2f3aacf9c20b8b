"""The files of a run: tensors and JSON, written whole or not at all, and read with one line of what is wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from aegean.errors import InputError
from aegean.files import whole
from aegean.models.player import Model

WEIGHTS = "weights.safetensors"


def load_weights(model: Model, path: Path) -> None:
    """Fill `model` from a safetensors file; InputError in one line when it does not fit."""
    try:
        own, found = model.state_dict(), load_file(path)
        model.load_state_dict({name: own[name] for name in model.remembered} | found)
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file") from error
    except (SafetensorError, OSError) as error:
        raise InputError(f"{path}: not a whole safetensors file ({error})") from error
    except RuntimeError as error:
        raise InputError(f"{path}: its weights are not those of this config") from error


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    with whole(path, durable=True) as beside:
        beside.write_bytes(content)


def save_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: dict[str, str]) -> None:
    """Write a safetensors file whole or not at all."""
    with whole(path, durable=True) as beside:
        save_file({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, beside, metadata)


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors of a checkpoint, and its metadata; InputError where it is missing or cut short."""
    if not path.is_file():
        raise InputError(f"{path}: there is no checkpoint to resume from")
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise InputError(f"{path}: not a whole safetensors file ({error}); nothing was loaded") from error


def read_json(path: Path) -> Any:
    """What a JSON file holds; InputError where it is missing or no JSON."""
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not JSON ({error})") from error
