"""Pictures that are encoded as PNG, JPEG and the like, wherever their bytes lie: files, members of archives, tables."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import BinaryIO

from PIL import Image

from aegean import images
from aegean.data.source import Pictures, Seen, look_at_picture, stamp
from aegean.errors import InputError
from aegean.picture_formats import open_image
from aegean.resources import pass_on

DECODED = 200_000_000  # pixels that are decoded to see whether alpha hides anything; further pictures are as these
ENDS = 65_536  # bytes of a file's start and end that tell it from others


class Encoded(Pictures):
    """Pictures that are decoded when they are asked for."""

    _decoded, _clear = 0, False  # pixels decoded to look at alpha; whether it hid anything

    @abstractmethod
    def encoded(self, index: int) -> Path | BinaryIO:
        """The file of one picture, or its bytes; InputError, naming it, if they cannot be had."""

    def look(self, index: int) -> Seen:
        """Size and channels by the header, turned as EXIF says; what may be transparent is decoded to see."""
        name = self.name(index)
        try:
            with open_image(self.encoded(index)) as picture:
                images.check_size(picture.size, name)
                seen = look_at_picture(picture, decode=self._decoded < DECODED)
        except InputError:
            raise
        except Exception as error:  # PIL raises a wide family
            pass_on(error, name)
            raise InputError(f"{name}: not a picture that can be read ({error})") from error
        if not seen.alpha:
            return seen
        if self._decoded >= DECODED:  # as those that were decoded
            return seen if self._clear else seen._replace(channels=3, alpha="hides nothing")
        self._decoded += seen.width * seen.height
        self._clear |= seen.alpha == "used"
        return seen

    def open(self, index: int, at_least: int | None = None) -> Image.Image:
        """Decode one picture."""
        return images.open_picture(self.encoded(index), at_least, name=self.name(index))


class Named(Encoded):
    """Encoded pictures that have names within their set, by which pairs are found."""

    @abstractmethod
    def inside(self, index: int) -> PurePath:
        """Where one lies in the set."""

    @abstractmethod
    def only(self, rows: Sequence[int]) -> Named:
        """Some of them, in this order."""


class Files(Named):
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

    def length(self, index: int) -> int | None:
        """The file's."""
        try:
            return self.paths[index].stat().st_size
        except OSError:
            return None

    def content(self, index: int) -> object:
        """Size, and hashes of both ends, which differ between any two compressed pictures; None if unreadable."""
        try:
            with self.paths[index].open("rb") as file:
                size = file.seek(0, 2)
                file.seek(max(0, size - ENDS))
                tail = file.read(ENDS)
                file.seek(0)
                return size, hash(file.read(ENDS)), hash(tail)
        except OSError:
            return None

    def name(self, index: int) -> str:
        """Its path."""
        return str(self.paths[index])

    def encoded(self, index: int) -> Path:
        """Its path."""
        return self.paths[index]

    def inside(self, index: int) -> PurePath:
        """Its path within the folder."""
        return self.paths[index].relative_to(self.root)

    def only(self, rows: Sequence[int]) -> Files:
        """Some of them, in this order."""
        return Files([self.paths[row] for row in rows], self.root)
