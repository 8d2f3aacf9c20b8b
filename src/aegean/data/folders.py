"""Folders of pictures: with labels, with splits, with two domains, and CelebA's own layout."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from aegean.data.arrays import idx_files, open_idx_folder
from aegean.data.source import Files, Part, Pixels, Source
from aegean.data.tags import name_labels
from aegean.errors import InputError

ENDINGS = {
    ".png",
    ".jpg",
    ".jpeg",
    ".webp",
    ".bmp",
    ".gif",
    ".tif",
    ".tiff",
    ".ppm",
    ".pgm",
    ".pbm",
    ".pnm",
    ".avif",
    ".jfif",
}
SPLITS = {  # of several names for one, the first that is there
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "eval": "validation",
    "test": "test",
    "testing": "test",
}
CELEBA_PARTS = ("train", "validation", "test")  # 0, 1, 2 of list_eval_partition.txt


def open_folder(folder: Path) -> Source:
    """Any folder that holds images."""
    if idx_files(folder):
        return open_idx_folder(folder)
    if (folder / "img_align_celeba").is_dir() and (folder / "list_attr_celeba.txt").is_file():
        return open_celeba(folder)
    inside = {
        child.name: child for child in sorted(folder.iterdir()) if child.is_dir() and not child.name.startswith(".")
    }
    if {"trainA", "trainB"} <= set(inside):
        return _two_domains(folder, inside)
    splits: dict[str, Path] = {}
    for word, part in SPLITS.items():
        for name, child in inside.items():
            if name.lower() == word:
                splits.setdefault(part, child)
    if "train" not in splits:
        return _labelled(folder, {"all": folder}, ())
    beside = [name for name, child in inside.items() if child not in splits.values() and next(_walk(child), None)]
    notes = (f"not used, beside {splits['train'].name}: {', '.join(beside)}",) if beside else ()
    return _labelled(folder, splits, notes)


def pictures_in(folder: Path) -> list[Path]:
    """Every picture file at any depth, in natural order, hidden ones left out; told by the ending of its name."""
    return sorted(_walk(folder), key=natural)


def natural(path: Path) -> list[tuple[int, str]]:
    """Sorting key: 2.png comes before 10.png."""
    return [(int(part), "") if part.isdigit() else (0, part.lower()) for part in re.split(r"(\d+)", str(path))]


def open_celeba(folder: Path) -> Source:
    """CelebA as it is published: img_align_celeba/, list_attr_celeba.txt and, if there, list_eval_partition.txt."""
    table = folder / "list_attr_celeba.txt"
    names, files, flags = read_celeba_attributes(table)
    pictures = folder / "img_align_celeba"
    there = {entry.name for entry in os.scandir(pictures)}
    rows = [k for k, name in enumerate(files) if name in there]
    if not rows:
        raise InputError(f"{pictures}: holds none of the {len(files):,} pictures that {table.name} names")
    notes = (f"{len(files) - len(rows):,} of the pictures that {table.name} names are not there",) * (
        len(rows) < len(files)
    )
    number = _celeba_partition(folder / "list_eval_partition.txt", files)
    parts = {}
    for part, chosen in _by_partition(number, rows):
        paths = [pictures / files[k] for k in chosen]
        parts[part] = Part(Files(paths, folder), attributes=np.ascontiguousarray(flags[chosen]))
    return Source(folder.resolve().name, "CelebA", parts, attributes=names, notes=notes)


def read_celeba_attributes(path: Path) -> tuple[tuple[str, ...], list[str], Pixels]:
    """Names of the A attributes, names of the N files, flags (N, A): the file says 1 or -1."""
    lines = path.read_text().splitlines()
    try:
        names = tuple(lines[1].split())
        rows = [line.split() for line in lines[2:] if line.strip()]
        flags = np.array([row[1:] for row in rows]).astype(np.int64)
        if flags.shape != (len(rows), len(names)):
            raise ValueError(f"{flags.shape}")
    except (IndexError, ValueError) as error:
        raise InputError(
            f"{path}: not CelebA's list: a count, a line of names, then a file and its 1 or -1 a line"
        ) from error
    return names, [row[0] for row in rows], (flags > 0).astype(np.uint8)


def _celeba_partition(path: Path, files: Sequence[str]) -> list[int] | None:
    """0 (train), 1 (validation) or 2 (test) of each file, if the list is there."""
    if not path.is_file():
        return None
    try:
        part = {name: int(number) for name, number in (line.split() for line in path.read_text().splitlines() if line)}
        return [part[name] for name in files]
    except (ValueError, KeyError) as error:
        raise InputError(
            f"{path}: expected a file of {path.parent.name} and 0, 1 or 2 in each line ({error})"
        ) from error


def _by_partition(number: list[int] | None, rows: Sequence[int]) -> Iterator[tuple[str, list[int]]]:
    if number is None:
        yield "all", list(rows)
        return
    for k, part in enumerate(CELEBA_PARTS):
        if chosen := [row for row in rows if number[row] == k]:
            yield part, chosen


def _two_domains(folder: Path, inside: dict[str, Path]) -> Source:
    """CycleGAN's layout: trainA, trainB and, if there, testA, testB, valA, valB."""
    parts, others = {}, {}
    for name, child in inside.items():
        if (match := re.fullmatch(r"(\w+)([AB])", name)) and match[1] in SPLITS:
            pictures = Files(_some_in(child), folder)
            if match[2] == "A":
                parts[SPLITS[match[1]]] = Part(pictures)
            else:
                others[SPLITS[match[1]]] = pictures
    first, to, second = folder.name.partition("2")
    domains = (first, second) if first and to and second else ("A", "B")
    return Source(folder.name, "two domains (trainA, trainB ...)", parts, others=others, domains=domains)


def _labelled(folder: Path, splits: dict[str, Path], notes: tuple[str, ...]) -> Source:
    """Each split's folder holds one folder per class, or the pictures; classes are those of the training."""
    paths = {part: _some_in(child) for part, child in splits.items()}
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
    classes, numbers = name_labels(labels, None, folder) if labels else ((), {})
    parts = {part: Part(Files(some, folder), numbers.get(part)) for part, some in paths.items()}
    return Source(folder.resolve().name, kind, parts, classes, notes=notes)


def _some_in(folder: Path) -> list[Path]:
    if found := pictures_in(folder):
        return found
    raise InputError(f"{folder}: holds no pictures (.png, .jpg, .webp, .bmp, .gif, .tif ...)")


def _walk(folder: Path) -> Iterator[Path]:
    """Links are followed, but for those to what is found without them."""
    root = folder.resolve()
    for here, folders, files in os.walk(folder, followlinks=True):
        folders[:] = [name for name in folders if not name.startswith(".") and not _is_found(here, name, root)]
        for name in files:
            picture = os.path.splitext(name)[1].lower() in ENDINGS and not name.startswith(".")  # noqa: PTH122 (200,000)
            if picture and not _is_found(here, name, root):
                yield Path(here, name)


def _is_found(here: str, name: str, root: Path) -> bool:
    """Whether a link leads to a place in the folder where pictures are looked for, or to one that the folder is in."""
    if not os.path.islink(os.path.join(here, name)):  # noqa: PTH114, PTH118 (200,000 files)
        return False
    target = Path(here, name).resolve()
    if not target.is_relative_to(root):
        return root.is_relative_to(target)
    hidden = any(part.startswith(".") for part in target.relative_to(root).parts)
    return not hidden and (target.is_dir() or target.suffix.lower() in ENDINGS)
