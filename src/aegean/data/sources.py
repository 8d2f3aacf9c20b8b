"""What a name or a path is: asks the formats, one file of formats/ each, and those that others registered.

A new format is one file there, `register_format` in your own code, or an entry point of the group `aegean.formats` in
your own package; no list is edited.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aegean.data.folders import folders_in
from aegean.data.source import Source
from aegean.data.splits import SPLIT_OF
from aegean.errors import InputError, did_you_mean
from aegean.picture_formats import names_picture
from aegean.registry import Registry, modules_in


@dataclass(frozen=True)
class Format:
    """One kind of data that `--data` and `open_dataset` take."""

    what: str
    """What is given, for the lines that list what there is: ".npz"."""

    recognises: Callable[[str], bool]
    """Whether a word is of this kind; cheap, and never raises."""

    open: Callable[[str], Source]
    """The word -> what it holds, not yet decoded; InputError in one line where that fails."""

    priority: int = 1
    """Where several recognise a word, the one of highest priority opens it. 0: takes what no other knows."""

    names: tuple[str, ...] = ()
    """The words that are of this kind, where they can be listed."""

    help: str = ""
    """What it holds, for the table of `aegean datasets`; empty: it is not in there."""

    photos: bool = False
    """Picture files, which commands for photos read one by one, at their own sizes."""


def register_format(name: str, format: Format, *, replace: bool = False) -> Format:
    """Make a format known in this process; it is asked before those of the same priority that came along.

    Args:
        name: a Python identifier.
        format: what it recognises, and how that is opened.
        replace: take the place of a format of the same name.

    Raises:
        InputError: the name is taken, or no identifier.
    """
    return FORMATS.register(name, format, replace)


def ordered_formats() -> list[Format]:
    """All formats, in the order in which they are asked."""
    return sorted(FORMATS.values(), key=lambda one: one.priority)[::-1]


def format_of(word: str) -> Format | None:
    """The format of a name or a path, or None."""
    return next((one for one in ordered_formats() if one.recognises(word)), None)


def is_dataset(word: str) -> bool:
    """Whether a word names a whole data set, and not photos or a folder of them."""
    found = format_of(word)
    return found is not None and not found.photos


def find_source(data: str) -> Source:
    """The source of a name, a path, hf:OWNER/NAME or stacked:WHAT; InputError, in one line, if there is none."""
    if found := format_of(inside := unwrapped(data)):
        return found.open(inside)
    names = [name for one in ordered_formats() for name in one.names]
    if not path_of(data).exists():
        raise InputError(f"{data}: no such file or folder, and no set of that name.{did_you_mean(data, names)}")
    known = ", ".join(sorted(one.what for one in ordered_formats()))
    raise InputError(f"{data}: not a kind of file that holds images; expected {known}")


def unwrapped(data: str) -> str:
    """The one folder in a folder with nothing else in it, as archives unpack to, if that holds a set.

    A set is what another format than that of folders knows, or a folder with splits; all else is found from above.
    """
    path, deepest = path_of(data), data
    while (found := format_of(str(path))) is not None and found.priority == 0 and path.is_dir():
        inside = folders_in(path)
        if len(inside) != 1 or any(names_picture(child) for child in path.iterdir() if child.is_file()):
            break
        path = next(iter(inside.values()))
        known = format_of(str(path))
        if (known and known.priority) or {SPLIT_OF.get(name.lower()) for name in folders_in(path)} >= {"train"}:
            deepest = str(path)
            break
    return deepest


def two_domains(first: Source, second: Source) -> Source:
    """Two sources as the two domains of one."""
    return Source(
        name=f"{first.name}-{second.name}",
        kind=f"two domains: {first.kind}, {second.kind}",
        parts=first.parts,
        classes=first.classes,
        attributes=first.attributes,
        others={name: part.pictures for name, part in second.parts.items()},
        domains=(first.name, second.name),
        notes=first.notes + second.notes,
        left_out=first.left_out.joined(second.left_out),
        links=first.links + second.links,
        values=", ".join(dict.fromkeys(one.values for one in (first, second) if one.values)),
        splits=first.splits,
    )


def path_of(word: str) -> Path:
    """A word as a path, ~ expanded."""
    return Path(word).expanduser()


def _own() -> dict[str, Format]:
    """The FORMAT of each file in formats/, by the file's name."""
    return {name: module.FORMAT for name, module in modules_in("aegean.data.formats").items()}


FORMATS = Registry(Format, "format", "aegean.formats", _own)
