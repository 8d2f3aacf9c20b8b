"""What an opener finds, before anything is decoded: pictures by number, with what is known of each."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from aegean import images
from aegean.errors import InputError
from aegean.resources import pass_on

Pixels = NDArray[np.uint8]
Numbers = NDArray[np.int64]

GREY = {"1", "L", "I", "F", "I;16", "I;16B", "I;16L", "I;16N"}
ALPHA = {"LA", "La", "PA", "RGBA", "RGBa"}


class Pictures(ABC):
    """Pictures that can be read one at a time, in any order, from several threads."""

    @abstractmethod
    def __len__(self) -> int: ...

    @property
    @abstractmethod
    def key(self) -> str:
        """Names the content, and is quick to find: what the cache is looked up by."""

    @property
    def array(self) -> Pixels | None:
        """All of them (N, H, W, C), where they lie decoded in one array; None: they are read one by one."""
        return None

    @abstractmethod
    def look(self, index: int) -> tuple[int, int, int]:
        """Width, height and channels of one picture, from its header where it has one; InputError if unreadable."""

    @abstractmethod
    def name(self, index: int) -> str:
        """What one picture is called in messages."""

    @abstractmethod
    def open(self, index: int, at_least: int | None = None) -> Image.Image:
        """Decode one picture, at its own size or no smaller than `at_least`; InputError, naming it, if that fails."""

    def read(self, index: int, size: int, channels: int) -> Pixels:
        """Decode one picture and cut it to size, (H, W, C); InputError, which names it, if it cannot be read."""
        return to_array(images.fit(self.open(index, at_least=2 * size), size, channels))


class Rows(Pictures):
    """Pictures that lie decoded: in one array (N, H, W, C), or each (H, W, C) at its own size."""

    def __init__(self, pixels: Pixels | Sequence[Pixels], key: str) -> None:
        self.pixels = pixels
        self._key = key

    def __len__(self) -> int:
        return len(self.pixels)

    @property
    def key(self) -> str:
        """As given."""
        return self._key

    @property
    def array(self) -> Pixels | None:
        """The array, if they lie in one."""
        return self.pixels if isinstance(self.pixels, np.ndarray) else None

    def look(self, index: int) -> tuple[int, int, int]:
        """From the shape."""
        height, width, channels = self.pixels[index].shape
        return width, height, channels

    def name(self, index: int) -> str:
        """Its row."""
        return f"row {index}"

    def open(self, index: int, at_least: int | None = None) -> Image.Image:
        """One row."""
        return from_array(self.pixels[index])

    def read(self, index: int, size: int, channels: int) -> Pixels:
        """One of them, fitted if need be."""
        row: Pixels = self.pixels[index]
        if row.shape == (size, size, channels):
            return row
        return super().read(index, size, channels)


class Files(Pictures):
    """Picture files of any format and mode."""

    def __init__(self, paths: Sequence[Path], root: Path) -> None:
        self.paths = paths
        self.root = root

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def key(self) -> str:
        """Hash of relative names and of what tells each file from any other: none is opened."""
        digest = hashlib.sha256()
        for path in self.paths:
            digest.update(f"{path.relative_to(self.root)}\0{stamp(path)}\0".encode(errors="surrogateescape"))
        return digest.hexdigest()

    def look(self, index: int) -> tuple[int, int, int]:
        """From the header; turned as the EXIF says."""
        path = self.paths[index]
        try:
            with images.open_image(path) as picture:
                width, height = picture.size
                if width * height > images.MAX_PIXELS:
                    raise ValueError(f"{width} x {height} pixels is too large to be trusted")
                turned = picture.getexif().get(0x0112, 1) >= 5
                return *((height, width) if turned else (width, height)), channels_of(picture)
        except Exception as error:  # PIL raises a wide family
            pass_on(error, path)
            raise InputError(f"{path}: not a picture that can be read ({error})") from error

    def name(self, index: int) -> str:
        """Its path."""
        return str(self.paths[index])

    def open(self, index: int, at_least: int | None = None) -> Image.Image:
        """Decode the file."""
        return images.open_picture(self.paths[index], at_least=at_least)

    def only(self, rows: Sequence[int]) -> Files:
        """Some of them, in this order."""
        return Files([self.paths[row] for row in rows], self.root)


@dataclass(frozen=True)
class Part:
    """Some pictures of a set with what is known of each."""

    pictures: Pictures
    labels: Numbers | None = None  # (N,)
    attributes: Pixels | None = None  # (N, A), 0 or 1


@dataclass(frozen=True)
class Source:
    """A set of images, found and not yet decoded. Parts: train, validation, test; or `all`, to be split by seed."""

    name: str
    kind: str  # "folder of images", "IDX files" ...
    parts: Mapping[str, Part]
    classes: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    others: Mapping[str, Pictures] = field(default_factory=dict)  # parts of the second domain
    domains: tuple[str, ...] = ()
    targets: Mapping[str, Pictures] = field(default_factory=dict)  # of pairs: what is wanted, row by row as the parts
    notes: tuple[str, ...] = ()  # what the user should know of how it was read


def channels_of(picture: Image.Image) -> int:
    """1, 3 or 4: what the picture's mode holds."""
    if picture.mode == "P":
        return 4 if "transparency" in picture.info else 3
    return 1 if picture.mode in GREY else 4 if picture.mode in ALPHA else 3


def to_array(picture: Image.Image) -> Pixels:
    """PIL -> (H, W, C)."""
    pixels = np.array(picture, dtype=np.uint8)
    return pixels[:, :, None] if pixels.ndim == 2 else pixels


def from_array(pixels: Pixels) -> Image.Image:
    """(H, W, C) -> PIL."""
    return Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)


def stamp(path: Path) -> str:
    """What tells a file, and what it holds, from any other, without opening it.

    Size and time of change are those of many a copy; its number, and the time at which the system last saw it change,
    which nobody can set, are not.
    """
    status = path.stat()
    return f"{status.st_size}:{status.st_mtime_ns}:{status.st_ino}:{status.st_ctime_ns}"
