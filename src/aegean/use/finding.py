"""Photos by files, folders and globs, and the pictures of data sets, as networks are given them."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, overload

from aegean.data import SPLITS, is_dataset, open_alike, open_dataset
from aegean.data.folders import natural, pictures_in
from aegean.data.shape import NoOneSize
from aegean.data.types import Dataset, ImageSet
from aegean.errors import InputError
from aegean.images import to_float, to_pil
from aegean.pretrained import Network, Picture
from aegean.runs import is_run, load
from aegean.use.remarks import refuse_or_say


def find_photos(words: Sequence[str]) -> list[Path]:
    """Files, folders (with all below them) and globs -> the picture files, each once, in order."""
    found, empty = dict[Path, None](), list[str]()
    for word in words:
        path = Path(word).expanduser()
        if path.is_dir():
            some = pictures_in(path)
            if not some:
                empty.append(f"{word}: holds no pictures (.png, .jpg, .webp, .bmp, .gif, .tif ...)")
        elif path.exists():
            some = [path]
        else:
            some = sorted((Path(one) for one in glob.glob(str(path), recursive=True)), key=natural)  # noqa: PTH207
            if not some:
                raise InputError(f"{word}: no such file or folder" + (" fits" if glob.has_magic(word) else ""))
        found |= dict.fromkeys(one for one in some if not one.is_dir())
    refuse_or_say(empty, bool(found))
    return list(found)


class SetPictures(Sequence[Picture]):
    """The pictures of some splits of a data set, one after another, decoded when asked for."""

    def __init__(self, splits: dict[str, ImageSet]) -> None:
        self.places = [(name, row) for name, images in splits.items() for row in range(len(images))]
        self.splits = splits

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, index: int) -> Picture: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Picture]: ...
    def __getitem__(self, index: int | slice) -> Picture | Sequence[Picture]:
        if isinstance(index, slice):
            return [self[k] for k in range(*index.indices(len(self)))]
        name, row = self.places[index]
        return to_pil(to_float(self.splits[name].images[row : row + 1]))

    @property
    def names(self) -> list[str]:
        """`train/0`, `train/1` ..."""
        return [f"{name}/{row}" for name, row in self.places]

    @property
    def labels(self) -> list[int] | None:
        """The class of each picture, if the set has classes."""
        known = [images.labels for images in self.splits.values() if images.labels is not None]
        return [label for labels in known for label in labels.tolist()] if len(known) == len(self.splits) else None


class Pictures(NamedTuple):
    """What a network is to look at, and what is known of it."""

    pictures: Sequence[Picture]
    names: list[str]
    labels: list[int] | None = None
    classes: tuple[str, ...] = ()  # names of the labels
    fingerprint: str = ""


def open_pictures(words: Sequence[str], split: str, network: Network, name: str) -> Pictures:
    """Photos, a data set, or a run (its data).

    A run's model sees a data set at the size and with the channels that it was trained with.
    """
    if not words:
        raise InputError("no photo, folder or data set was given")
    word = words[0]
    if not (is_run(word) or is_dataset(word)):
        photos = find_photos(words)
        return Pictures(photos, [str(photo) for photo in photos])
    if len(words) > 1:
        raise InputError(f"{word} is a whole data set: give it alone, not beside {words[1]}")
    if split not in (*SPLITS, "all"):
        raise InputError(f"--split {split}: there is {', '.join(SPLITS)} and all")
    if is_run(word):
        dataset = load(word).data
    elif is_run(name):
        run = load(name)
        dataset = open_alike(word, run.config.data, run.spec)
    else:
        dataset = _of_one_size(word, network.input_shape[1:])
    chosen = SetPictures({part: dataset.split(part) for part in SPLITS if split in (part, "all")})
    return Pictures(chosen, chosen.names, chosen.labels, dataset.spec.classes, dataset.fingerprint)


def _of_one_size(word: str, size: Sequence[int]) -> Dataset:
    """A data set as it is, or with pictures of several sizes made `size`, as the network would."""
    try:
        return open_dataset(word)
    except NoOneSize:
        return open_dataset(word, size=size)
