"""IDX, the format of MNIST: a file of images, or a folder with the four files."""

from __future__ import annotations

from aegean.data.idx import is_idx, is_idx_folder, open_idx, open_idx_folder
from aegean.data.source import Source
from aegean.data.sources import Format, path_of


def _recognises(word: str) -> bool:
    path = path_of(word)
    return is_idx_folder(path) if path.is_dir() else path.is_file() and is_idx(path)


def _open(word: str) -> Source:
    path = path_of(word)
    return open_idx_folder(path) if path.is_dir() else open_idx(path)


FORMAT = Format(
    "IDX",
    _recognises,
    _open,
    help="the format of MNIST: a file of images, or the folder of the four files",
)
