"""A folder of pictures: subfolders are labels, train, validation and test are splits."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from aegean.data.folders import folders_in, holds_pictures, notes_of, some_pictures_in
from aegean.data.labels import name_labels
from aegean.data.source import Files, Part, Source
from aegean.data.sources import Format, path_of
from aegean.data.splits import SPLIT_OF


def open_folder(folder: Path) -> Source:
    """Each split's folder, or the folder itself, holds one folder per class, or the pictures."""
    inside = folders_in(folder)
    splits: dict[str, Path] = {}
    for word, part in SPLIT_OF.items():
        for name, child in inside.items():
            if name.lower() == word:
                splits.setdefault(part, child)
    if "train" not in splits:
        return _labelled(folder, {"all": folder}, ())
    beside = [name for name, child in inside.items() if child not in splits.values() and holds_pictures(child)]
    notes = (f"not used, beside {splits['train'].name}: {', '.join(beside)}",) if beside else ()
    return _labelled(folder, splits, notes)


def _labelled(folder: Path, splits: dict[str, Path], notes: tuple[str, ...]) -> Source:
    """Each split's folder holds one folder per class, or the pictures; classes are those of the training."""
    closed: list[str] = []
    paths = {part: some_pictures_in(child, closed) for part, child in splits.items()}
    words = {part: [path.relative_to(splits[part]).parts for path in some] for part, some in paths.items()}
    kind = "folder of images" if "all" in splits else f"folder of images in {', '.join(splits)}"
    main = "all" if "all" in splits else "train"
    depths = [len(word) > 1 for word in words[main]]
    if any(depths) and not all(depths):
        notes += ("pictures lie both in subfolders and beside them: used without labels",)
    found = {word[0] for word in words[main]} if all(depths) else set()
    if len(found) == 1:
        notes += (f"has one class alone ({next(iter(found))}): used without labels",)
    labels = {}
    for part in list(paths) if len(found) > 1 else ():
        known = [k for k, word in enumerate(words[part]) if len(word) > 1 and word[0] in found]
        if lost := len(words[part]) - len(known):
            instead = "" if known else f"; some of {splits[main].name} are taken in their place"
            notes += (f"{lost:,} pictures of {splits[part].name} lie in no class of {splits[main].name}{instead}",)
        some = paths.pop(part)
        if known:
            paths[part], labels[part] = [some[k] for k in known], np.array([words[part][k][0] for k in known])
    notes += notes_of(closed)
    classes, numbers = name_labels(labels, None, folder) if labels else ((), {})
    parts = {part: Part(Files(some, folder), numbers.get(part)) for part, some in paths.items()}
    return Source(folder.resolve().name, kind, parts, classes, notes=notes)


FORMAT = Format(
    "a folder",
    lambda word: path_of(word).is_dir(),
    lambda word: open_folder(path_of(word)),
    priority=0,
    photos=True,
    help="of pictures: subfolders are labels; train, validation and test are splits",
)
