"""What a call of use begins with: a run, that can do it, and the labels that it is told."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from aegean.data.types import DataSpec
from aegean.errors import InputError, did_you_mean
from aegean.models import families_with
from aegean.models.capabilities import Conditional, Encodes, Restores, Samples, Translates
from aegean.resources import check_memory
from aegean.runs import Run, load

Label = str | int | Sequence[str | int] | Tensor
SKILLS: dict[type, str] = {
    Samples: "make new images",
    Encodes: "turn pictures into codes and back",
    Restores: "undo damage",
    Translates: "translate between domains",
}


def open_run(run: Run | str | Path, device: str = "cpu") -> Run:
    """A run as it is; or its folder as a run, whose model computes on `device`."""
    return run if isinstance(run, Run) else load(run, device)


def require(run: Run, capability: type) -> Any:
    """The run's model; InputError, which names the families that can, if it lacks the capability."""
    if not isinstance(run.model, capability):
        what = f"cannot {SKILLS[capability]} (it lacks {capability.__name__})"
        raise InputError(
            f"{run.path}: {run.config.family} {what}; families that can: {', '.join(families_with(capability))}"
        )
    return run.model


def require_codes(run: Run) -> Any:
    """The run's model; InputError if it makes no images from codes, be these encoded or drawn."""
    return run.model if isinstance(run.model, Samples) else require(run, Encodes)


def untrained(run: Run) -> tuple[str, ...]:
    """Classes of which the training showed no picture, as far as the run knows."""
    return tuple(run.about.get("untrained", run.about.get("read", {}).get("untrained", ())))


def check_count(run: Run, count: int) -> None:
    """InputError where so many images of a run find no room, rather than that the system ends the process."""
    try:
        whole = index(count)
    except TypeError:
        whole = 0
    if whole < 1:
        raise InputError(f"-n {count}: a whole number of images, at least one")
    size = 4 * count * run.spec.dimensions
    check_memory(3 * size, f"-n {count}: so many images", "ask for fewer at a time, with other seeds")


def label_number(spec: DataSpec, label: str | int) -> int:
    """A class's name, or its number -> the number."""
    word = str(label)
    names = [name.lower() for name in spec.classes]
    if word.lower() in names:
        return names.index(word.lower())
    if word.isdecimal() and int(word) < len(names) and not all(name.isdecimal() for name in names):
        return int(word)  # where names are numbers, a number is a name
    raise InputError(f"{spec.name} has no label {word!r}.{did_you_mean(word, list(spec.classes))}")


def labels_for(run: Run, label: Label | None, known: Tensor | None, count: int) -> Tensor | None:
    """Labels (count,) where the model takes them: those asked for, else those that are known of the images.

    `label`: a class's name or number, for all; or one of them for each image; or a tensor (count,) of places among the
    run's classes, as batches have them.
    """
    if not isinstance(run.model, Conditional):
        if label is not None:
            able = ", ".join(families_with(Conditional))
            raise InputError(f"{run.path}: {run.config.family} takes no --label; families that do: {able}")
        return None
    if isinstance(label, Tensor):
        known = label.long().cpu()
    elif label is not None:
        words = [label] if isinstance(label, str | int) else label
        numbers = [label_number(run.spec, word) for word in words]
        known = torch.tensor(numbers * count if isinstance(label, str | int) else numbers)
        asked = {run.spec.classes[number] for number in numbers}
        if unknown := asked & set(untrained(run)):
            raise InputError(f"{run.path}: no picture that it was trained on shows {min(unknown)!r}")
    if known is None:
        raise InputError(f"{run.path}: {run.config.family} must know what the pictures show: give --label")
    if known.shape != (count,) or not 0 <= int(known.min()) <= int(known.max()) < len(run.spec.classes):
        raise InputError(
            f"{run.path}: the labels at hand are not {count} of its {len(run.spec.classes)} classes; give --label"
        )
    return known
