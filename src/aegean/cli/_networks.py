"""What `classify`, `features`, `layers` and `search` are given: networks and our own runs, photos, data sets."""

from __future__ import annotations

import glob
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, overload

from aegean.errors import InputError

if TYPE_CHECKING:
    from PIL import Image
    from torch import Tensor, nn

    from aegean.data.types import Dataset, ImageSet
    from aegean.pretrained import Network, Picture, Unreadable
    from aegean.runs import Run

FEW = 64  # pictures that need no progress line


def open_network(name: str, device: str) -> Network:
    """A network by its name or folder; a run's folder gives the run's model."""
    from aegean import pretrained
    from aegean.runs import is_run, load

    if is_run(name):
        return network_of_run(load(name)).to(device)
    return pretrained.load(name, device)


def network_of_run(run: Run) -> Network:
    """The model of a run behind the interface of pretrained networks; its preprocessing is that of its training."""
    from aegean.images import fit, from_pil, to_float
    from aegean.models.capabilities import Classifies, ClassifiesAttributes, Conditional, Encodes, Restores
    from aegean.pretrained import ImageClass, Network

    model, spec = run.model, run.spec
    logits: Callable[[nn.Module, Tensor], Tensor]
    vector: Callable[[nn.Module, Tensor], Tensor] | None = None
    if isinstance(model, Conditional):
        raise InputError(f"{run.path}: {run.config.family} must be told labels, which photos do not have; take a vae")
    if isinstance(model, Classifies):
        logits, vector = _log_probabilities, _features
    elif isinstance(model, ClassifiesAttributes):
        logits, vector = _attributes, _features
    elif isinstance(model, Encodes):
        logits, vector = _rebuild, _encode
    elif isinstance(model, Restores):
        logits = _restore
    else:
        raise InputError(
            f"{run.path}: {run.config.family} is not one whose layers are looked into; a vae or a classifier is"
        )

    def prepare(picture: Image.Image) -> Tensor:
        return to_float(from_pil(fit(picture, spec.size, spec.channels))[None])[0]

    return Network(
        str(run.path),
        model,
        prepare,
        input_shape=(spec.channels, spec.size, spec.size),
        classes=[ImageClass(name) for name in spec.classes] if isinstance(model, Classifies) else (),
        logits=logits,
        vector=vector,
    )


def _log_probabilities(model: nn.Module, image: Tensor) -> Tensor:
    return model.log_probabilities(image)  # type: ignore[operator]


def _attributes(model: nn.Module, image: Tensor) -> Tensor:
    return model.attribute_probabilities(image)  # type: ignore[operator]


def _features(model: nn.Module, image: Tensor) -> Tensor:
    return model.features(image)  # type: ignore[operator]


def _encode(model: nn.Module, image: Tensor) -> Tensor:
    return model.encode(image)  # type: ignore[operator]


def _rebuild(model: nn.Module, image: Tensor) -> Tensor:
    return model.decode(model.encode(image))  # type: ignore[operator]


def _restore(model: nn.Module, image: Tensor) -> Tensor:
    return model.restore(image)  # type: ignore[operator]


def find_photos(words: Sequence[str]) -> list[Path]:
    """Files, folders (with all below them) and globs -> the picture files, each once, in order."""
    from aegean.data.folders import natural, pictures_in

    found: dict[Path, None] = {}
    for word in words:
        path = Path(word).expanduser()
        if path.is_dir():
            some = pictures_in(path)
            if not some:
                raise InputError(f"{word}: holds no pictures (.png, .jpg, .webp, .bmp, .gif, .tif ...)")
        elif path.exists():
            some = [path]
        else:
            some = sorted((Path(one) for one in glob.glob(str(path), recursive=True)), key=natural)  # noqa: PTH207
            if not some:
                raise InputError(f"{word}: no such file or folder" + (" fits" if glob.has_magic(word) else ""))
        found |= dict.fromkeys(one for one in some if not one.is_dir())
    return list(found)


class SetPictures(Sequence["Picture"]):
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
        from aegean.images import to_float, to_pil

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


def open_pictures(
    words: Sequence[str], split: str, network: Network, name: str
) -> tuple[Sequence[Picture], list[str], list[int] | None, str]:
    """Photos, a data set, or a run (its data) -> pictures, their names, labels if known, fingerprint.

    A run's model sees a data set at the size and with the channels that it was trained with.
    """
    from aegean.data import SPLITS, is_dataset, open_dataset
    from aegean.runs import is_run, load

    if not words:
        raise InputError("no photo, folder or data set was given")
    word = words[0]
    if not (is_run(word) or is_dataset(word)):
        photos = find_photos(words)
        return photos, [str(photo) for photo in photos], None, ""
    if len(words) > 1:
        raise InputError(f"{word} is a whole data set: give it alone, not beside {words[1]}")
    if split not in (*SPLITS, "all"):
        raise InputError(f"--split {split}: there is {', '.join(SPLITS)} and all")
    if is_run(word):
        dataset = load(word).data
    else:
        channels, size, _ = network.input_shape
        if is_run(name):
            dataset = open_dataset(word, size=size, channels=channels, split_seed=load(name).config.data.split_seed)
        else:
            dataset = _of_one_size(word, size)
    chosen = SetPictures({part: dataset.split(part) for part in SPLITS if split in (part, "all")})
    return chosen, chosen.names, chosen.labels, dataset.fingerprint


def _of_one_size(word: str, size: int) -> Dataset:
    """A data set as it is, or with pictures of several sizes made `size` pixels, as the network would."""
    from aegean.data import open_dataset
    from aegean.data.shape import NoOneSize

    try:
        return open_dataset(word)
    except NoOneSize:
        return open_dataset(word, size=size)


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A line on stderr, for more than a few pictures; yields what advances it."""
    if total <= FEW:
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn
    from rich.progress import TimeRemainingColumn as Left
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed or 0:,.1f}/s")

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), Left())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=total)
        yield lambda count: bar.advance(task, count)


def tell_left_out(left_out: Sequence[Unreadable], total: int, most: int = 5) -> None:
    """Name on stderr what could not be read."""
    for one in left_out[:most]:
        print(f"aegean: left out: {one.reason}", file=sys.stderr)
    if len(left_out) > most:
        print(f"aegean: left out: {len(left_out) - most:,} more of {total:,}", file=sys.stderr)
