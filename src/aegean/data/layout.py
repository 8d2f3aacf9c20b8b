"""What the names of pictures tell: folders called train, validation and test are splits, all others are classes.

Knows names alone, so that a folder and an archive of it are read alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

import numpy as np

from aegean.data.asked import without_splits
from aegean.data.labels import name_labels
from aegean.data.source import Numbers, Pixels
from aegean.data.splits import SPLIT_OF
from aegean.errors import InputError

MIXED = "pictures lie both in subfolders and beside them: used without labels"


@dataclass(frozen=True)
class Known:
    """What is known of the pictures of a set, by part."""

    rows: Mapping[str, Sequence[int]]  # those that are used
    classes: tuple[str, ...] = ()
    labels: Mapping[str, Numbers] = field(default_factory=dict)  # of these rows
    attributes: tuple[str, ...] = ()
    flags: Mapping[str, Pixels] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Splits:
    """Which folder holds which part; none: the whole is one part, `all`."""

    folders: Mapping[str, str]  # part -> the folder's name
    notes: tuple[str, ...] = ()

    @property
    def parts(self) -> dict[str, str]:
        """Part -> the folder of its pictures within the set: "" for all of it."""
        return dict(self.folders) or {"all": ""}

    @property
    def beside(self) -> str:
        """Why what lies in none of the folders is left out."""
        return f"beside {self.folders['train']}, in no split (--splits none takes all for classes)"

    @property
    def origin(self) -> str:
        """Where the splits come from, in words."""
        return f"folders {', '.join(self.folders.values())}" if self.folders else ""

    @property
    def words(self) -> str:
        """In which folders the pictures lie."""
        return f" in {', '.join(self.folders)}" if self.folders else ""


def find_splits(folders: Iterable[str], where: object) -> Splits:
    """Which of the folders of a set are splits; InputError for a test or a validation and nothing to train on."""
    folders = list(folders)
    found: dict[str, str] = {}
    for word, part in SPLIT_OF.items():
        for name in folders:
            if name.lower() == word:
                found.setdefault(part, name)
    if not found or without_splits():
        return Splits({})
    if "train" not in found:
        names = " and ".join(found.values())
        if len(found) < len(folders):  # one class of several is called so
            return Splits({}, (f"{names}: taken for a class, as there is no train",))
        raise InputError(f"{where}: has {names} but no train; --splits none takes them for classes")
    return Splits(found)


def labelled(names: Mapping[str, Sequence[PurePath]], splits: Splits, where: object) -> Known:
    """Pictures by part, named within it, which lie in one folder per class; classes are those of the training."""
    main = "all" if "all" in names else "train"
    depths = [len(name.parts) > 1 for name in names[main]]
    notes = splits.notes + (MIXED,) * (any(depths) and not all(depths))
    found = {name.parts[0] for name in names[main]} if all(depths) else set()
    if len(found) == 1:
        notes += (f"has one class alone ({next(iter(found))}): used without labels",)
    rows: dict[str, Sequence[int]] = {part: range(len(some)) for part, some in names.items()}
    words = {}
    for part in list(rows) if len(found) > 1 else ():
        some = names[part]
        known = [k for k, name in enumerate(some) if len(name.parts) > 1 and name.parts[0] in found]
        if lost := len(some) - len(known):
            train = splits.parts[main]
            instead = "" if known else f"; some of {train} are taken in their place"
            notes += (f"{lost:,} pictures of {splits.parts[part]} lie in no class of {train}{instead}",)
        del rows[part]
        if known:
            rows[part], words[part] = known, np.array([some[k].parts[0] for k in known])
    classes, labels = name_labels(words, None, str(where)) if words else ((), {})
    return Known(rows, classes, labels, notes=notes)


def side_of(folder: str) -> tuple[str, str]:
    """Of trainA, testB ...: the part and the side, A or B; nothing for what is called otherwise."""
    match = re.fullmatch(r"(\w+)([AB])", folder)
    return (SPLIT_OF[match[1]], match[2]) if match and match[1] in SPLIT_OF else ("", "")


def domain_names(name: str) -> tuple[str, str]:
    """Of a set called horse2zebra: horse and zebra."""
    first, to, second = name.partition("2")
    return (first, second) if first and to and second else ("A", "B")
