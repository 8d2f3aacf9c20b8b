"""Archives of pictures, read as the folder they were made of, and never unpacked: by name, one picture at a time."""

from __future__ import annotations

import hashlib
import io
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePath, PurePosixPath
from typing import Any, BinaryIO

from aegean import images
from aegean.data.encoded import Named
from aegean.data.folders import name_passed_over, natural
from aegean.data.layout import Known, Splits, domain_names, find_splits, labelled, side_of
from aegean.data.left_out import LeftOut
from aegean.data.source import Part, Pictures, Source, stamp
from aegean.data.tables import TABLES, Table, is_table, known_by, read_table
from aegean.errors import InputError, first_line
from aegean.picture_formats import names_picture
from aegean.resources import pass_on

BYTES = 4  # a picture's file holds at most so many for each pixel that is trusted


@dataclass(frozen=True)
class Member:
    """One file in an archive."""

    name: str  # as the archive has it, which may be anything
    size: int  # bytes, unpacked
    place: Any  # by which its archive finds it
    why_not: str = ""  # it is left out

    @property
    def path(self) -> PurePosixPath:
        """Its name as a path."""
        return PurePosixPath(self.name)


class Archive(ABC):
    """A file that holds files."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @abstractmethod
    def members(self) -> Iterator[Member]:
        """All files in it, in their order."""

    def keep(self, members: Sequence[Member]) -> None:  # noqa: B027 (most need not)
        """Make ready to read these, in any order, again and again."""

    @abstractmethod
    def read(self, member: Member) -> bytes:
        """What a member holds."""

    def content(self, member: Member) -> bytes:
        """What a member holds; InputError in one line, which names it, for what cannot be had or is absurdly large."""
        check_bytes(member.size, self.name(member))
        with self.readable(self.name(member)):
            return self.read(member)

    def name(self, member: Member) -> str:
        """What a member is called in messages."""
        return f"{self.path}:{member.name}"

    @contextmanager
    def readable(self, name: object) -> Iterator[None]:
        """Whatever a library raises of a damaged archive, as an InputError in one line."""
        try:
            yield
        except InputError:
            raise
        except Exception as error:  # each library has a wide family of its own
            pass_on(error, name)
            raise InputError(f"{name}: cannot be read ({first_line(error)})") from error


class Packed(Named):
    """Pictures in an archive."""

    def __init__(self, archive: Archive, members: Sequence[Member], root: PurePosixPath) -> None:
        self.archive, self.members, self.root = archive, members, root

    def __len__(self) -> int:
        return len(self.members)

    @property
    def key(self) -> str:
        """Hash of the archive's stamp and of the members' names."""
        names = "\0".join(member.name for member in self.members)
        return hashlib.sha256(f"{stamp(self.archive.path)}\0{names}".encode(errors="surrogateescape")).hexdigest()

    def name(self, index: int) -> str:
        """ARCHIVE:MEMBER."""
        return self.archive.name(self.members[index])

    def encoded(self, index: int) -> BinaryIO:
        """What the member holds."""
        return io.BytesIO(self.archive.content(self.members[index]))

    def length(self, index: int) -> int | None:
        """As the archive has it."""
        return self.members[index].size

    def content(self, index: int) -> object:
        """The bytes' hash; None if unreadable."""
        try:
            return hash(self.archive.content(self.members[index]))
        except InputError:
            return None

    def inside(self, index: int) -> PurePath:
        """Its name, less the folders that all lie in."""
        return self.members[index].path.relative_to(self.root)

    def only(self, rows: Sequence[int]) -> Packed:
        """Some of them, in this order."""
        return Packed(self.archive, [self.members[row] for row in rows], self.root)


def check_bytes(size: int, where: object) -> None:
    """InputError for the file of a picture that holds more bytes than one of the pixels that are trusted."""
    if size > BYTES * images.MAX_PIXELS:
        raise InputError(f"{where}: {size:,} bytes is too large to be trusted; --max-pixels {size // BYTES} allows it")


def open_archive(archive: Archive, kind: str) -> Source:
    """What it holds, as a folder of the same files is understood; InputError where that is no picture."""
    left_out = LeftOut()
    with archive.readable(archive.path):
        found = list(archive.members())
    pictures, tables = _sorted_out(found, left_out)
    if not pictures:
        lines = ("holds no pictures (.png, .jpg, .webp, .bmp, .gif, .tif ...)", *left_out.lines())
        raise InputError(f"{archive.path}: {'; '.join(lines)}")
    with archive.readable(archive.path):
        archive.keep(pictures)
    root = _root([member.path.parent for member in (*pictures, *tables)])
    packed = Packed(archive, pictures, root)
    name = re.sub(r"\.(zip|tar|tgz|tar\.\w+)$", "", archive.path.name, flags=re.I)
    folders = dict.fromkeys(path.parts[0] for k in range(len(packed)) if len((path := packed.inside(k)).parts) > 1)
    if {"trainA", "trainB"} <= set(folders):
        return _domains(packed, name, kind, left_out)
    splits = find_splits(folders, archive.path)
    rows, beside = _by_part(packed, splits)
    left_out.add_all(splits.beside if splits.folders else "", [packed.name(row) for row in beside])
    known, how = _known(packed, rows, splits, tables, left_out)
    parts = {
        part: Part(packed.only([rows[part][row] for row in chosen]), known.labels.get(part), known.flags.get(part))
        for part, chosen in known.rows.items()
    }
    return Source(
        name,
        f"{kind} of images{splits.words}{how}",
        parts,
        known.classes,
        known.attributes,
        notes=known.notes,
        left_out=left_out,
        splits=splits.origin,
    )


def _sorted_out(found: Sequence[Member], left_out: LeftOut) -> tuple[list[Member], list[Member]]:
    """Pictures in natural order, and tables; all else is left out."""
    pictures, tables = dict[str, Member](), list[Member]()
    for member in found:
        reason = member.why_not or _why_not(member)
        if not reason and member.path.name.lower() in TABLES:
            tables.append(member)
        elif reason or member.name in pictures:
            left_out.add(reason or "of a name that is there already", member.name)
        else:
            pictures[member.name] = member
    return sorted(pictures.values(), key=lambda member: natural(member.path)), tables


def _why_not(member: Member) -> str:
    path = member.path
    if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:[/\\]", member.name):
        return "a name that leads out of the archive"
    if reason := next(filter(None, map(name_passed_over, path.parts)), ""):
        return reason
    if names_picture(Path(path)) or path.name.lower() in TABLES:
        return ""
    return f"not a picture ({path.suffix.lower() or 'no ending'})"


def _root(folders: Sequence[PurePosixPath]) -> PurePosixPath:
    """The deepest folder that all lie in."""
    shared = folders[0].parts
    for folder in folders:
        same = [one == other for one, other in zip(shared, folder.parts)]
        shared = shared[: (*same, False).index(False)]
    return PurePosixPath(*shared)


def _by_part(packed: Packed, splits: Splits) -> tuple[dict[str, list[int]], list[int]]:
    """Rows of the pictures of each part, and of those that lie in none."""
    part_of = {name: part for part, name in splits.folders.items()}
    rows: dict[str, list[int]] = {part: [] for part in splits.parts}
    beside: list[int] = []
    for row in range(len(packed)):
        first = packed.inside(row).parts[0]
        part = part_of.get(first) if splits.folders else "all"
        (beside if part is None else rows[part]).append(row)
    return rows, beside


def _known(
    packed: Packed, rows: Mapping[str, Sequence[int]], splits: Splits, members: Sequence[Member], left_out: LeftOut
) -> tuple[Known, str]:
    """What the tables say, or else the names of folders; and how that was told, in words."""
    tables: dict[PurePath, Table] = {}
    for member in members:
        if is_table(content := packed.archive.content(member)):
            folder = member.path.parent.relative_to(packed.root)
            tables.setdefault(folder, read_table(content, packed.archive.name(member)))
        else:
            left_out.add("not a picture (.csv)", member.name)
    names = {part: [packed.inside(row) for row in some] for part, some in rows.items()}
    if tables:
        known = known_by(tables, names, packed.archive.path, left_out)
        words = dict.fromkeys(PurePath(table.where).name for table in tables.values())
        return replace(known, notes=splits.notes + known.notes), f" with {' and '.join(words)}"
    within = {part: [name.relative_to(splits.parts[part]) for name in some] for part, some in names.items()}
    return labelled(within, splits, packed.archive.path), ""


def _domains(packed: Packed, name: str, kind: str, left_out: LeftOut) -> Source:
    """CycleGAN's layout: trainA, trainB and, if there, testA, testB, valA, valB."""
    rows: dict[str, list[int]] = {}
    for row in range(len(packed)):
        rows.setdefault(packed.inside(row).parts[0], []).append(row)
    sides: dict[str, dict[str, Pictures]] = {"A": {}, "B": {}}
    for folder, some in rows.items():
        part, side = side_of(folder)
        if part:
            sides[side][part] = packed.only(some)
        else:
            left_out.add_all("beside trainA and trainB", [packed.name(row) for row in some])
    return Source(
        name,
        f"{kind} of two domains (trainA, trainB ...)",
        {part: Part(pictures) for part, pictures in sides["A"].items()},
        others=sides["B"],
        domains=domain_names(name),
        left_out=left_out,
        splits="folders trainA, trainB ...",
    )
