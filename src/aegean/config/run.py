"""The whole config of a run <-> JSON. Unknown keys fail; what is written can be fed back."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from aegean.config.data import DataConfig
from aegean.config.families import CONFIGS, TRAINING
from aegean.config.training import TrainingConfig
from aegean.errors import InputError, did_you_mean


@dataclass(frozen=True)
class RunConfig:
    """All that decides what a run will be."""

    family: str
    data: DataConfig = field(default_factory=DataConfig)
    model: Any = None  # CONFIGS[family]
    training: TrainingConfig = field(default_factory=TrainingConfig)

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries, for json.dump."""
        return dataclasses.asdict(self)


def check_family(family: str) -> str:
    """`family`, or InputError with the nearest names."""
    if family not in CONFIGS:
        raise InputError(f"no family of models is called {family!r}.{did_you_mean(family, list(CONFIGS))}")
    return family


def default_config(family: str, **changes: Any) -> RunConfig:
    """The family's defaults with `changes`: any field of the data, model or training config by its name."""
    config = RunConfig(check_family(family), DataConfig(), CONFIGS[family](), TRAINING[family])
    return change(config, **changes)


def change(config: RunConfig, **changes: Any) -> RunConfig:
    """`config` with some fields, named flat, set anew; InputError for a name that no part has."""
    parts: dict[str, Any] = {"data": config.data, "model": config.model, "training": config.training}
    names = {f.name: part for part, value in parts.items() for f in dataclasses.fields(value)}
    for name, value in changes.items():
        if name not in names:
            raise InputError(f"{config.family} has no setting {name!r}.{did_you_mean(name, sorted(names))}")
        parts[names[name]] = dataclasses.replace(parts[names[name]], **{name: value})
    return dataclasses.replace(config, **parts)


def from_json(record: dict[str, Any]) -> RunConfig:
    """The inverse of `to_json`; also takes a recipe, whose `about` is left aside."""
    record = {key: value for key, value in record.items() if key != "about"}
    family = check_family(str(record.get("family")))
    if unknown := set(record) - {"family", "data", "model", "training"}:
        raise InputError(f"unknown part of the config: {', '.join(sorted(unknown))}")
    flat: dict[str, Any] = {}
    for part in ("data", "model", "training"):
        known = {f.name for f in dataclasses.fields(getattr(default_config(family), part))}
        for name, value in record.get(part, {}).items():
            if name not in known:
                raise InputError(f"{family}: {part} has no setting {name!r}.{did_you_mean(name, sorted(known))}")
            flat[name] = tuple(value) if isinstance(value, list) else value
    return default_config(family, **flat)
