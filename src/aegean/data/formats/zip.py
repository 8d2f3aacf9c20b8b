"""A .zip of pictures: read in place, as the folder it was made of."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator
from functools import cached_property

from aegean.data.archives import Archive, Member, open_archive
from aegean.data.sources import Format, path_of
from aegean.errors import InputError


class Zip(Archive):
    """Any member is found at once; what it holds is checked by the sum that the archive has of it."""

    @cached_property
    def file(self) -> zipfile.ZipFile:
        """Open as long as this lives; reads from several threads."""
        return zipfile.ZipFile(self.path)

    def members(self) -> Iterator[Member]:
        """InputError where any is encrypted."""
        for info in self.file.infolist():
            if info.is_dir():
                continue
            if info.flag_bits & 1:
                raise InputError(f"{self.path}: is encrypted; unpack it with its password, and give the folder")
            link = "a link" if stat.S_ISLNK(info.external_attr >> 16) else ""
            yield Member(info.filename.replace("\\", "/"), info.file_size, info, link)

    def read(self, member: Member) -> bytes:
        """Unpacked; no more than the archive says that it holds."""
        with self.file.open(member.place) as content:
            return content.read()


FORMAT = Format(
    ".zip",
    lambda word: word.lower().endswith(".zip") and path_of(word).is_file(),
    lambda word: open_archive(Zip(path_of(word)), "zip"),
    help="of pictures: read as the folder it was made of, and not unpacked",
)
