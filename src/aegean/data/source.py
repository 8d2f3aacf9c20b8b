"""What an opener finds, before anything is decoded: pictures by number, with what is known of each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from aegean import images
from aegean.colours import profile_name
from aegean.data.left_out import LeftOut
from aegean.picture_formats import orientation_of, pages_of
from aegean.sizes import Size

Pixels = NDArray[np.uint8]
Numbers = NDArray[np.int64]

GREY = {"1", "L", "I", "F", "I;16", "I;16B", "I;16L", "I;16N"}
GREY_WITH_ALPHA = {"LA", "La"}


class Seen(NamedTuple):
    """What one picture says of itself before it is used."""

    width: int
    height: int
    channels: int  # 1, 3 or 4
    alpha: str = ""  # "hides nothing", or "used"
    profile: str = ""  # of its colours
    pages: int = 1  # of which the first alone is read


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
    def look(self, index: int) -> Seen:
        """One picture, from its header where that tells all; InputError if unreadable."""

    @abstractmethod
    def name(self, index: int) -> str:
        """What one picture is called in messages."""

    @abstractmethod
    def open(self, index: int, at_least: int | None = None) -> Image.Image:
        """Decode one picture, at its own size or no smaller than `at_least`; InputError, naming it, if that fails."""

    def read(self, index: int, size: Size, channels: int) -> Pixels:
        """Decode one picture and cut it to size, (H, W, C); InputError, which names it, if it cannot be read."""
        return to_array(images.fit(self.open(index, at_least=2 * size.longer), size, channels))

    def length(self, index: int) -> int | None:
        """Something that equal pictures share, told without reading them: bytes; None where there is nothing such."""
        return None

    def content(self, index: int) -> object:
        """Something that equal pictures share, and others do not; None where that is not quickly told."""
        return None


class Rows(Pictures):
    """Pictures that lie decoded: in one array (N, H, W, C), or each (H, W, C) at its own size."""

    def __init__(self, pixels: Pixels | Sequence[Pixels], key: str) -> None:
        self.pixels = pixels
        self._key = key

    def __len__(self) -> int:
        return len(self.pixels)

    @property
    def key(self) -> str:
        """The key as it was given."""
        return self._key

    @property
    def array(self) -> Pixels | None:
        """The array, if they lie in one."""
        return self.pixels if isinstance(self.pixels, np.ndarray) else None

    def look(self, index: int) -> Seen:
        """Size and channels, told by the shape."""
        height, width, channels = self.pixels[index].shape
        return Seen(width, height, channels, "used" if channels == 4 else "")

    def content(self, index: int) -> object:
        """The bytes' hash."""
        return hash(self.pixels[index].tobytes())

    def name(self, index: int) -> str:
        """Its row."""
        return f"row {index}"

    def open(self, index: int, at_least: int | None = None) -> Image.Image:
        """One row."""
        return from_array(self.pixels[index])

    def read(self, index: int, size: Size, channels: int) -> Pixels:
        """One of them, fitted if need be."""
        row: Pixels = self.pixels[index]
        if row.shape == (*size, channels):
            return row
        return super().read(index, size, channels)


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
    left_out: LeftOut = field(default_factory=LeftOut)  # what was met and is no part of it
    links: int = 0  # pictures that lie elsewhere
    values: str = ""  # of arrays: what their numbers mean
    splits: str = ""  # where those that are not drawn come from


def hides(picture: Image.Image) -> bool:
    """Whether any of it is transparent, which takes a look at all of it."""
    if not picture.has_transparency_data:
        return False
    darkest, _ = cast(tuple[float, float], images.eight_bits(picture).convert("RGBA").getchannel("A").getextrema())
    return darkest < 255


def look_at_picture(picture: Image.Image, decode: bool) -> Seen:
    """What a picture that was opened says of itself; `decode`: to see whether its alpha hides anything."""
    width, height = picture.size
    if orientation_of(picture) >= 5:
        width, height = height, width
    grey = picture.mode in GREY | GREY_WITH_ALPHA
    alpha = ""
    if picture.has_transparency_data:
        alpha = "used" if not decode or hides(picture) else "hides nothing"
    profile = picture.info.get("icc_profile")
    channels = 4 if alpha == "used" else 1 if grey else 3
    return Seen(width, height, channels, alpha, profile_name(profile) if profile else "", pages_of(picture))


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
