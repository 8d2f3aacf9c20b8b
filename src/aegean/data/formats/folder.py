"""A folder of pictures: subfolders are labels, train, validation and test are splits."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from aegean.data.asked import without_splits
from aegean.data.folders import folders_in, look_through, some_pictures_in
from aegean.data.labels import name_labels
from aegean.data.left_out import LeftOut
from aegean.data.source import Files, Part, Source
from aegean.data.sources import Format, path_of
from aegean.data.splits import SPLIT_OF
from aegean.errors import InputError
from aegean.files import holds_run


def split_folders(inside: dict[str, Path]) -> dict[str, Path]:
    """Which of some folders are splits, by part."""
    splits: dict[str, Path] = {}
    for word, part in SPLIT_OF.items():
        for name, child in inside.items():
            if name.lower() == word:
                splits.setdefault(part, child)
    return splits


def open_folder(folder: Path) -> Source:
    """Each split's folder, or the folder itself, holds one folder per class, or the pictures."""
    if holds_run(folder):
        raise InputError(f"{folder}: is a run, not pictures; its config.json says what it was trained on")
    inside = folders_in(folder)
    splits = split_folders(inside)
    if not splits or without_splits():
        return _labelled(folder, {"all": folder}, ())
    if "train" not in splits:
        if len(splits) < len(inside):  # one class of several is called so
            return _labelled(folder, {"all": folder}, (f"{_names(splits)}: taken for a class, as there is no train",))
        raise InputError(f"{folder}: has {_names(splits)} but no train; --splits none takes them for classes")
    beside = [child for child in inside.values() if child not in splits.values()]
    left_out = LeftOut()
    for child in beside:
        if found := look_through(child).paths:
            left_out.add_all(f"beside {splits['train'].name}, in no split (--splits none takes all for classes)", found)
    return _labelled(folder, splits, (), left_out)


def _names(splits: dict[str, Path]) -> str:
    return " and ".join(child.name for child in splits.values())


def _labelled(folder: Path, splits: dict[str, Path], notes: tuple[str, ...], left_out: LeftOut | None = None) -> Source:
    """Each split's folder holds one folder per class, or the pictures; classes are those of the training."""
    left_out = left_out or LeftOut()
    looked = {part: some_pictures_in(child) for part, child in splits.items()}
    for found in looked.values():
        left_out.join(found.left_out)
    paths = {part: found.paths for part, found in looked.items()}
    words = {part: [path.relative_to(splits[part]).parts for path in some] for part, some in paths.items()}
    main = "all" if "all" in splits else "train"
    depths = [len(word) > 1 for word in words[main]]
    if any(depths) and not all(depths):
        notes += ("pictures lie both in subfolders and beside them: used without labels",)
    classes_found = {word[0] for word in words[main]} if all(depths) else set()
    if len(classes_found) == 1:
        notes += (f"has one class alone ({next(iter(classes_found))}): used without labels",)
    labels = {}
    for part in list(paths) if len(classes_found) > 1 else ():
        known = [k for k, word in enumerate(words[part]) if len(word) > 1 and word[0] in classes_found]
        if lost := len(words[part]) - len(known):
            instead = "" if known else f"; some of {splits[main].name} are taken in their place"
            notes += (f"{lost:,} pictures of {splits[part].name} lie in no class of {splits[main].name}{instead}",)
        some = paths.pop(part)
        if known:
            paths[part], labels[part] = [some[k] for k in known], np.array([words[part][k][0] for k in known])
    classes, numbers = name_labels(labels, None, folder) if labels else ((), {})
    return Source(
        folder.resolve().name,
        "folder of images" if "all" in splits else f"folder of images in {', '.join(splits)}",
        {part: Part(Files(some, folder), numbers.get(part)) for part, some in paths.items()},
        classes,
        notes=notes,
        left_out=left_out,
        links=sum(found.links for found in looked.values()),
        splits="" if "all" in splits else f"folders {', '.join(child.name for child in splits.values())}",
    )


FORMAT = Format(
    "a folder",
    lambda word: path_of(word).is_dir(),
    lambda word: open_folder(path_of(word)),
    priority=0,
    photos=True,
    help="of pictures: subfolders are labels; train, validation and test are splits",
)
