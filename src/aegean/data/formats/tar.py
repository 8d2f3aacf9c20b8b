"""A .tar of pictures, compressed or not: read as the folder it was made of."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

from aegean.data.archives import Archive, Member, open_archive
from aegean.data.sources import Format, path_of
from aegean.data.spool import Spool

ENDINGS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
LONGEST = 2**20  # bytes of a head in which a name stands
NAMES = {
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
}


class Tar(Archive):
    """A member's place is where its bytes begin.

    Of a compressed archive, which can be read from its beginning alone, pictures are laid in a file of their own.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.numbers: dict[int, int] = {}  # of the members in the spool, by their places

    def members(self) -> Iterator[Member]:
        """From the heads of the members; a compressed archive is read to its end for them."""
        with self._opened() as file:
            for info in file:
                if not info.isdir():
                    reason = "" if info.isreg() and not info.issparse() else "a link, or no file"
                    yield Member(info.name.removeprefix("./"), info.size, info.offset_data, reason)

    def keep(self, members: Sequence[Member]) -> None:
        """Of a compressed archive they will be laid in a spool."""
        try:
            tarfile.open(self.path, "r:").close()
        except tarfile.ReadError:
            order = sorted(members, key=lambda member: member.place)
            self.numbers = {member.place: number for number, member in enumerate(order)}
            self.spool = Spool(lambda: self._contents(order))

    def read(self, member: Member) -> bytes:
        """From the spool, or where it lies."""
        if member.place in self.numbers:
            return self.spool[self.numbers[member.place]]
        return next(self._contents([member]))

    def _contents(self, members: Sequence[Member]) -> Iterator[bytes]:
        """Of members in the order in which they lie."""
        with self._opened() as file:
            unpacked = cast(Any, file.fileobj)
            for member in members:
                unpacked.seek(member.place)
                content = unpacked.read(member.size)
                if len(content) < member.size:
                    raise EOFError("the archive is cut")
                yield content

    def _opened(self) -> tarfile.TarFile:
        return tarfile.open(self.path, tarinfo=_Head)


class _Head(tarfile.TarInfo):
    """The library reads a long name whole, however long an archive says that it is."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Head:
        head = super().frombuf(buf, encoding, errors)
        if head.type in NAMES and head.size > LONGEST:
            raise ValueError(f"a name of {head.size:,} bytes")
        return head


FORMAT = Format(
    ".tar",
    lambda word: word.lower().endswith(ENDINGS) and path_of(word).is_file(),
    lambda word: open_archive(Tar(path_of(word)), "tar"),
    help="of pictures, compressed or not (.tar.gz, .tgz, .tar.bz2, .tar.xz): read as the folder it was made of",
)
