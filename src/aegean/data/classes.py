"""Classes of two sets, matched by their names: the one function for all that compares labels."""

from __future__ import annotations

from dataclasses import replace

import torch

from aegean.data.types import Dataset, ImageSet
from aegean.errors import InputError


def with_classes(dataset: Dataset, classes: tuple[str, ...]) -> Dataset:
    """The same images, each labelled by the place of its class's NAME in `classes`; as it is if one is not there."""
    known = dataset.spec.classes
    if known == classes or not known or not set(known) <= set(classes):
        return dataset
    place = torch.tensor([classes.index(name) for name in known])

    def renumbered(images: ImageSet) -> ImageSet:
        return images if images.labels is None else replace(images, labels=place[images.labels])

    train, validation, test = (renumbered(part) for part in (dataset.train, dataset.validation, dataset.test))
    spec = replace(dataset.spec, classes=classes)
    return replace(dataset, spec=spec, train=train, validation=validation, test=test)


def why_not_alike(known: tuple[str, ...], classes: tuple[str, ...], name: str) -> str | None:
    """Why labels of the classes `known` of a set called `name` say nothing of `classes`; None: they are the same."""
    if known == classes:
        return None
    if len(known) != len(classes) or not _unnamed(known) ^ _unnamed(classes):
        return f"{name} has other classes than the run"
    return f"the classes of {name} cannot be matched with the run's: one of the two numbers them without names"


def matched(dataset: Dataset, classes: tuple[str, ...]) -> Dataset:
    """`with_classes`, or InputError where the set has labels of other classes."""
    found = with_classes(dataset, classes)
    if found.spec.classes and (why := why_not_alike(found.spec.classes, classes, found.spec.name)):
        raise InputError(f"{why}: {_short(found.spec.classes)}, not of {_short(classes)}")
    return found


def _short(names: tuple[str, ...]) -> str:
    return ", ".join(names[:12]) + " ..." * (len(names) > 12) if names else "none"


def _unnamed(classes: tuple[str, ...]) -> bool:
    return classes == tuple(str(k) for k in range(len(classes)))
