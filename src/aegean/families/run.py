"""The whole config of a run <-> JSON. Unknown names fail, values are checked; what is written can be fed back."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from aegean.errors import InputError, did_you_mean
from aegean.families.data import DataConfig
from aegean.families.own import folded
from aegean.families.registry import FAMILIES, find
from aegean.families.settings import Settings, flag
from aegean.families.training import TrainingConfig

PARTS = ("data", "model", "training")


@dataclass(frozen=True)
class RunConfig:
    """All that decides what a run will be."""

    family: str
    data: DataConfig = field(default_factory=DataConfig)
    model: Any = None  # the family's settings
    training: TrainingConfig = field(default_factory=TrainingConfig)

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries, for json.dump."""
        return dataclasses.asdict(self)

    def flat(self) -> dict[str, Any]:
        """Every setting by its name, the family's among them."""
        flat: dict[str, Any] = {"family": self.family}
        for part in PARTS:
            flat |= dataclasses.asdict(getattr(self, part))
        return flat

    def checked(self) -> RunConfig:
        """The same with every setting checked: InputError in one line for the first that does not fit."""
        expected = find(self.family).settings
        if not isinstance(self.model, expected):
            raise InputError(f"{self.family} takes settings of {expected.__name__}, not {type(self.model).__name__}")
        self._check_second()
        return RunConfig(self.family, self.data.checked(), self.model.checked(), self.training.checked())

    def _check_second(self) -> None:
        """InputError for a second set that the family would not look at."""
        family, data = find(self.family), self.data
        pairs = "--target" if data.target is not None else "--input-half" if data.input_half is not None else None
        if pairs and not family.takes_pairs:
            able = ", ".join(name for name, one in FAMILIES.items() if one.takes_pairs)
            raise InputError(f"{pairs}: {self.family} does not learn from pairs; {able} do")
        if data.other is not None and not family.takes_other:
            able = ", ".join(name for name, one in FAMILIES.items() if one.takes_other)
            instead = "; pairs are given by --target" if family.takes_pairs else ""
            raise InputError(f"--other: {self.family} has no use for a second domain, {able} has{instead}")


def default_config(family: str, **changes: Any) -> RunConfig:
    """The family's defaults with `changes`: any field of the data, model or training config by its name."""
    found = find(family)
    return change(RunConfig(family, DataConfig(), found.settings(), found.training), **changes)


def change(config: RunConfig, **changes: Any) -> RunConfig:
    """`config` with some fields, named flat, set anew and checked; InputError for a name that no part has."""
    parts: dict[str, Settings] = {part: getattr(config, part) for part in PARTS}
    names = {f.name: part for part, value in parts.items() for f in dataclasses.fields(value)}
    wanted: dict[str, dict[str, Any]] = {part: {} for part in PARTS}
    for name, value in folded(config.model, changes).items():
        new = config.model.renamed.get(name, name)
        if new not in names:
            raise InputError(f"{config.family} has no setting {name!r}.{did_you_mean(name, sorted(names))}")
        wanted[names[new]][new] = value
    changed: dict[str, Any] = {part: parts[part].change(**values) for part, values in wanted.items() if values}
    return dataclasses.replace(config, **changed)


def from_json(record: Any) -> RunConfig:
    """The inverse of `to_json`; also takes a recipe, whose `about` is left aside."""
    if not isinstance(record, dict):
        raise InputError("a config is an object with a family, data, model and training")
    record = {key: value for key, value in record.items() if key != "about"}
    config = default_config(str(record.get("family")))
    if unknown := set(record) - {"family", *PARTS}:
        raise InputError(f"unknown part of the config: {', '.join(sorted(unknown))}")
    flat: dict[str, Any] = {}
    for part in PARTS:
        known = {f.name for f in dataclasses.fields(getattr(config, part))}
        if not isinstance(given := record.get(part, {}), dict):
            raise InputError(f"{config.family}: {part} must be an object of settings, not {given!r}")
        for name, value in given.items():
            name = config.model.renamed.get(name, name) if part == "model" else name
            if name not in known:
                raise InputError(f"{config.family}: {part} has no setting {name!r}.{did_you_mean(name, sorted(known))}")
            flat[name] = value
    return change(config, **flat)


def renamed_words(config: RunConfig, words: list[str]) -> list[str]:
    """Words of a command line, names of earlier versions replaced by those of today."""
    names = {flag(old): flag(new) for old, new in config.model.renamed.items()}
    parts = [word.partition("=") for word in words]
    return [names.get(name, name) + equals + value for name, equals, value in parts]
