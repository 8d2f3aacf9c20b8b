"""What the picture commands are given: runs that can do it, labels by name, photos, codes, images of a data set."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy
import torch
from torch import Tensor

from aegean import images
from aegean.cli._networks import is_run
from aegean.cli._picture_outputs import in_batches, say
from aegean.data import open_dataset
from aegean.data.folders import pictures_in
from aegean.data.types import DataSpec
from aegean.errors import InputError, did_you_mean
from aegean.families import check_seed
from aegean.models import families_with
from aegean.models.capabilities import Conditional, Encodes, Restores, Samples, Translates
from aegean.runs import Run, load

SKILLS: dict[type, str] = {
    Samples: "make new images",
    Encodes: "turn pictures into codes and back",
    Restores: "undo damage",
    Translates: "translate between domains",
}


def require(run: Run, capability: type) -> Any:
    """The run's model; InputError, which names the families that can, if it lacks the capability."""
    if not isinstance(run.model, capability):
        what = f"cannot {SKILLS[capability]} (it lacks {capability.__name__})"
        raise InputError(
            f"{run.path}: {run.config.family} {what}; families that can: {', '.join(families_with(capability))}"
        )
    return run.model


def fills_holes(run: Run) -> bool:
    """Whether what the run's model restores are holes, not noise."""
    return bool(require(run, Restores).fills_holes)


def label_number(spec: DataSpec, word: str) -> int:
    """A class's name, or its number -> the number."""
    names = [name.lower() for name in spec.classes]
    if word.lower() in names:
        return names.index(word.lower())
    if word.isdecimal() and int(word) < len(names):
        return int(word)
    raise InputError(f"{spec.name} has no label {word!r}.{did_you_mean(word, list(spec.classes))}")


def labels_for(run: Run, word: str | None, known: Tensor | None, count: int) -> Tensor | None:
    """Labels (count,) where the model takes them: those asked for, else those that are known of the images."""
    if not isinstance(run.model, Conditional):
        if word is not None:
            able = ", ".join(families_with(Conditional))
            raise InputError(f"{run.path}: {run.config.family} takes no --label; families that do: {able}")
        return None
    if word is not None:
        return torch.full((count,), label_number(run.spec, word))
    if known is None:
        raise InputError(f"{run.path}: {run.config.family} must know what the pictures show: give --label")
    if known.shape != (count,) or not 0 <= int(known.min()) <= int(known.max()) < len(run.spec.classes):
        raise InputError(
            f"{run.path}: the labels at hand are not {count} of its {len(run.spec.classes)} classes; give --label"
        )
    return known


def photos_in(given: Sequence[Path]) -> list[Path]:
    """The pictures of the folders and the files given."""
    found = []
    for path in given:
        inside = pictures_in(path) if path.is_dir() else [path]
        if not inside:
            raise InputError(f"{path}: holds no pictures")
        found += inside
    return found


def read_fitted(paths: Sequence[Path], spec: DataSpec) -> Tensor:
    """Pictures (N, C, S, S) cut and scaled to the training size; says so where that changed any."""
    fitted, changed = [], []
    for path in paths:
        picture = images.open_picture(path)
        if picture.size != (spec.size, spec.size):
            changed.append(f"{path} ({picture.width} x {picture.height})")
        fitted.append(images.from_pil(images.fit(picture, spec.size, spec.channels)))
    if changed:
        who = changed[0] if len(changed) == 1 else f"{len(changed)} pictures"
        say(f"{who} cut and scaled to {spec.size} x {spec.size}, the size of the training images")
    return images.to_float(torch.stack(fitted))


def open_own_size(path: Path, channels: int) -> Tensor:
    """A photo at its own size, (1, C, H, W)."""
    return images.read(path, None, channels)


def given(run: Run, photos: tuple[Path, ...], count: int) -> tuple[list[Path], Tensor, Tensor | None]:
    """The photos given, or the first images of the test set: paths, images (N, C, S, S), labels (N,) if known."""
    if photos:
        paths = photos_in(photos)
        return paths, read_fitted(paths, run.spec), None
    if count < 1:
        raise InputError(f"-n {count}: at least one image")
    batch = run.data.test.first(count)
    return [], batch.image, batch.label


def codes_of_set(run: Run, model: Any, data: str, split: str, label: str | None) -> tuple[Tensor, dict[str, Any]]:
    """Codes (N, Z) of one split of a data set, with its labels."""
    names = ["train", "validation", "test"]
    if split not in names:
        raise InputError(f"there is no split {split!r}.{did_you_mean(split, names)}")
    if is_run(data):
        chosen = load(data).own_data.split(split)
        if chosen.images.shape[1:] != (run.spec.size, run.spec.size, run.spec.channels):
            raise InputError(f"{data}: its images are not of the size and channels of {run.path}")
    else:
        seed = run.config.data.split_seed
        dataset = open_dataset(data, size=run.spec.size, channels=run.spec.channels, split_seed=seed)
        chosen = dataset.split(split)
    labels = labels_for(run, label, chosen.labels, len(chosen))

    def codes(index: Tensor) -> Tensor:
        code: Tensor = model.encode(chosen.batch(index).image, None if labels is None else labels[index])
        return code

    known = {} if chosen.labels is None else {"labels": chosen.labels.numpy()}
    return in_batches(codes, "encode", torch.arange(len(chosen))), known


def read_arrays(path: Path) -> dict[str, Any]:
    """All arrays of an .npz file."""
    try:
        with numpy.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (OSError, ValueError, AttributeError, TypeError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: not an .npz file that can be read ({error})") from error


def codes_of_seeds(run: Run, seeds: tuple[int, ...]) -> tuple[Tensor, None]:
    """Two or four random draws. (N, Z)"""
    model = require(run, Samples)
    _two_or_four(seeds)
    return torch.cat([model.noise(1, check_seed(seed)) for seed in seeds]), None


def codes_of_ends(run: Run, ends: tuple[str, ...], label: str | None) -> tuple[Tensor, Tensor | None]:
    """The codes (N, Z) of two or four pictures, or images of the test set, and the label (1,) of the first if known."""
    if isinstance(run.model, Samples) and not isinstance(run.model, Encodes):
        raise InputError(
            f"{run.path}: {run.config.family} turns no pictures into codes; walk between random draws: --seeds 1 2"
        )
    model = require(run, Encodes)
    ends = ends or ("0", "1")
    _two_or_four(ends)
    pictures, known = [], []
    for word in ends:
        if word.isdecimal() and not Path(word).exists():
            test = run.data.test
            if int(word) >= len(test):
                raise InputError(f"there is no test image {word}: they are numbered 0 to {len(test) - 1}")
            batch = test.batch(torch.tensor([int(word)]))
            pictures.append(batch.image)
            known.append(batch.label)
        else:
            pictures.append(read_fitted([Path(word)], run.spec))
            known.append(None)
    codes = [model.encode(x, labels_for(run, label, y, 1)) for x, y in zip(pictures, known)]
    return torch.cat(codes), known[0]


def _two_or_four(ends: Sequence[object]) -> None:
    if len(ends) not in {2, 4}:
        raise InputError(f"a walk has two ends; {len(ends)} given (four span a square)")
