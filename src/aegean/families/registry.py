"""Which families there are: a file of this folder each, those registered in this process, those of installed packages.

A package adds one by an entry point of the group `aegean.families`, whose name is the family's and whose value is a
`Family`; the command line then trains, samples and measures it as any other.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from aegean.errors import InputError, did_you_mean
from aegean.families.family import Family
from aegean.families.settings import Settings
from aegean.families.training import TrainingConfig

GROUP = "aegean.families"
_registered: dict[str, Family] = {}


def register(
    name: str, settings: type[Settings], model: Any, training: TrainingConfig | None = None, *, replace: bool = False
) -> Family:
    """Make a family of models known in this process: `train(name)`, and all else, takes it like those that came along.

    Args:
        name: what it is called, a Python identifier.
        settings: a frozen dataclass on `aegean.Settings`, the docstring of each field its help.
        model: the class, built as `model(settings, spec)`; or "package.module:Class".
        training: its defaults; None: those of `TrainingConfig`.
        replace: take the place of a family of the same name.

    Raises:
        InputError: the name is taken, or no identifier.
    """
    if not name.isidentifier():
        raise InputError(f"a family cannot be called {name!r}: letters, digits and underscores")
    if not replace and name in FAMILIES:
        raise InputError(f"there is a family called {name!r} already; replace=True takes its place")
    family = Family(settings, training or TrainingConfig(), model)
    _registered[name] = family
    return family


class Families(Mapping[str, Family]):
    """Name -> Family, found when asked for."""

    def __getitem__(self, name: str) -> Family:
        if name in _registered:
            return _registered[name]
        if name in _own():
            return _own()[name]
        if name in _installed():
            return _load(name)
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return name in _registered or name in _own() or name in _installed()

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*_own(), *_installed(), *_registered]))

    def __len__(self) -> int:
        return len(list(iter(self)))


FAMILIES = Families()


def find(name: str) -> Family:
    """The family of that name, or InputError with the nearest names."""
    if name not in FAMILIES:
        raise InputError(f"no family of models is called {name!r}.{did_you_mean(name, list(FAMILIES))}")
    return FAMILIES[name]


@functools.cache
def _own() -> dict[str, Family]:
    """Each file of this folder that has a FAMILY."""
    names = [module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])]
    modules = {name: importlib.import_module(f"aegean.families.{name}") for name in names if name != "registry"}
    return {name: module.FAMILY for name, module in modules.items() if isinstance(getattr(module, "FAMILY", 0), Family)}


@functools.cache
def _installed() -> dict[str, Any]:
    return {point.name: point for point in entry_points(group=GROUP)}


@functools.cache
def _load(name: str) -> Family:
    point = _installed()[name]
    try:
        family = point.load()
    except Exception as error:  # whatever another package's import raises
        raise InputError(f"the family {name!r} of {point.value} cannot be imported: {error}") from error
    if not isinstance(family, Family):
        raise InputError(f"the family {name!r}: {point.value} is not an aegean.Family")
    return family
