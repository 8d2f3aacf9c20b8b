"""The tensor files of a run: written whole or not at all, with a digest by which damage is seen when they are read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save_file
from torch import Tensor

from aegean.errors import InputError
from aegean.files import whole
from aegean.models.player import Model
from aegean.resources import pass_on

WEIGHTS = "weights.safetensors"
LONGEST_HEAD = 100_000_000  # bytes, of the format
METADATA = "aegean"  # the word of a file's metadata that holds, as JSON, family, step, digest ...
OWN_FILES = {  # without which a folder is no run, or no whole one
    *("config.json", "about.json", "metrics.jsonl", "evaluation.json", "state", "previews"),
    *(WEIGHTS, "best.safetensors"),
}


class Damaged(InputError):
    """A tensor file that is not as it was written."""


class NotFinite(InputError):
    """Tensors that are not worth writing."""


def load_weights(model: Model, path: Path) -> None:
    """Fill `model` from a safetensors file; InputError in one line when it does not fit."""
    own, (found, _) = model.state_dict(), read_tensors(path)
    try:
        model.load_state_dict({name: own[name] for name in model.remembered} | found)
    except RuntimeError as error:
        raise InputError(f"{path}: its weights are not those of this config") from error


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    with whole(path, durable=True) as beside:
        beside.write_bytes(content)


def save_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: dict[str, str]) -> None:
    """Write a safetensors file, whole or not at all, with its digest in the metadata.

    Raises:
        NotFinite: a tensor holds NaN or an infinity; what the file held stays.
    """
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
            raise NotFinite(f"{name} holds NaN or an infinity")
    held = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with whole(path, durable=True) as beside:
        told = json.dumps(metadata | {"digest": digest_of(held, metadata)}, sort_keys=True)
        save_file(held, beside, {METADATA: told})  # one word: the order of several is another in each process


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors of a file, and its metadata; Damaged where it is cut or changed. One without a digest is believed.

    It is read, not mapped: not every file system can, and a mapped file that another process cuts ends this one.
    """
    metadata = read_metadata(path)
    with _as_damage(path):
        tensors = load(path.read_bytes())
    told = metadata.pop("digest", None)
    if told is not None and told != digest_of(tensors, metadata):
        raise Damaged(f"{path}: damaged: it does not hold what was written")
    return tensors, metadata


def read_metadata(path: Path) -> dict[str, str]:
    """The metadata alone, from the head of the file: its length in 8 bytes, and JSON."""
    with _as_damage(path), path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > LONGEST_HEAD:
            raise SafetensorError("its head is longer than any is")
        words = json.loads(file.read(length)).get("__metadata__", {})
        return {str(k): str(v) for k, v in (json.loads(words[METADATA]) if METADATA in words else words).items()}


@contextmanager
def _as_damage(path: Path) -> Iterator[None]:
    """What goes wrong in here as one line; errors of the machine are none of the file."""
    try:
        yield
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file") from error
    except (SafetensorError, OSError, ValueError, AttributeError, TypeError) as error:
        pass_on(error, path)
        raise Damaged(f"{path}: not a whole safetensors file ({error})") from error


def digest_of(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> str:
    """SHA-256 of names, types, shapes and bytes, and of the metadata."""
    digest = hashlib.sha256(repr(sorted(metadata.items())).encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()
