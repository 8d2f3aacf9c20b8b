"""Which families there are: a file of this folder each, those registered in this process, those of installed packages.

A package adds one by an entry point of the group `aegean.families`, whose name is the family's and whose value is a
`Family`; the command line then trains, samples and measures it as any other.
"""

from __future__ import annotations

from typing import Any

from aegean.families.family import Family
from aegean.families.settings import Settings
from aegean.families.training import TrainingConfig
from aegean.registry import Registry, modules_in


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
    return FAMILIES.register(name, Family(settings, training or TrainingConfig(), model), replace)


def find(name: str) -> Family:
    """The family of that name, or InputError with the nearest names."""
    return FAMILIES.find(name, "family of models")


def _own() -> dict[str, Family]:
    """Each file of this folder that has a FAMILY."""
    modules = modules_in("aegean.families").items()
    return {name: module.FAMILY for name, module in modules if isinstance(getattr(module, "FAMILY", None), Family)}


FAMILIES = Registry(Family, "family", "aegean.families", _own)
