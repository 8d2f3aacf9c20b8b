"""What a name or a path is: the one place that knows all kinds of source."""

from __future__ import annotations

from pathlib import Path

from aegean.data import arrays, folders
from aegean.data.named import DATASETS
from aegean.data.source import Source
from aegean.data.stacked import stack
from aegean.errors import InputError, did_you_mean


def find(data: str) -> Source:
    """The source of a name, a path, hf:OWNER/NAME or stacked:WHAT; InputError, in one line, if there is none."""
    if data in DATASETS:
        return DATASETS[data].open()
    if data.startswith("hf:"):
        from aegean.data.hub import open_hub

        return open_hub(data.removeprefix("hf:"))
    if data.startswith("stacked:"):
        return stack(find(data.removeprefix("stacked:")))
    path = Path(data).expanduser()
    if path.is_dir():
        return folders.open_folder(path)
    if not path.is_file():
        raise InputError(
            f"{data}: no such file or folder, and no set of that name.{did_you_mean(data, list(DATASETS))}"
        )
    if path.suffix == ".npz":
        return arrays.open_npz(path)
    if path.suffix == ".npy":
        return arrays.open_npy(path)
    if arrays.is_idx(path):
        return arrays.open_idx(path)
    raise InputError(f"{data}: not a kind of file that holds images; expected a folder, .npz, .npy or IDX")


def find_two(data: str, other: str) -> Source:
    """Two sources as the two domains of one."""
    first, second = find(data), find(other)
    return Source(
        name=f"{first.name}-{second.name}",
        kind=f"two domains: {first.kind}, {second.kind}",
        parts=first.parts,
        classes=first.classes,
        attributes=first.attributes,
        others={name: part.pictures for name, part in second.parts.items()},
        domains=(first.name, second.name),
        notes=first.notes + second.notes,
    )
