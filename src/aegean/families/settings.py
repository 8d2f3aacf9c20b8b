"""The one check of a setting: type, choices and bounds as its field declares them, whoever gives the value."""

from __future__ import annotations

import dataclasses
import functools
import math
import numbers
import os
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self, get_args, get_origin, get_type_hints

import msgspec

from aegean.errors import InputError, did_you_mean


@dataclasses.dataclass(frozen=True)
class Settings:
    """Base of every part of a config: frozen, flat, with a docstring under each field."""

    renamed: ClassVar[Mapping[str, str]] = {}  # names of earlier versions -> names of today

    def problem(self) -> str | None:
        """What is wrong between settings that are each right by themselves, in one line."""
        return None

    def change(self, **values: Any) -> Self:
        """The same with some settings set anew; each is checked, and then all together."""
        checked = {name: check(type(self), name, value) for name, value in values.items()}
        changed = dataclasses.replace(self, **checked)
        if wrong := changed.problem():
            raise InputError(wrong)
        return changed

    def checked(self) -> Self:
        """The same, each setting checked: for an object that somebody made by hand."""
        return self.change(**{field.name: getattr(self, field.name) for field in dataclasses.fields(self)})


@functools.cache
def types_of(settings: type) -> dict[str, Any]:
    """The declared type of each field, bounds included."""
    return get_type_hints(settings, include_extras=True)


def check(settings: type, name: str, value: Any) -> Any:
    """`value` as the type that the field `name` declares; InputError in one line where it does not fit."""
    kind = types_of(settings)[name]
    try:
        found = msgspec.convert(_plain(value), kind)
    except msgspec.ValidationError as error:
        raise InputError(f"{flag(name)} {value}: {_reason(error, kind, value)}") from None
    if any(isinstance(one, float) and not math.isfinite(one) for one in _each(found)):
        raise InputError(f"{flag(name)} {value}: must be a finite number")
    return found


def flag(name: str) -> str:
    """A setting as the command line writes it."""
    return "--" + name.replace("_", "-")


def _plain(value: Any) -> Any:
    """NumPy's numbers and paths as Python's own; a word alone is a tuple of one nowhere, so words stay words."""
    if isinstance(value, bool | int | float | str) or value is None:
        return value
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def _each(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _choices(kind: Any) -> list[Any]:
    """The values of all Literals in a type."""
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    return [choice for part in get_args(kind) for choice in _choices(part)]


_WORDS = {
    "`int`": "a whole number",
    "`float`": "a number",
    "`bool`": "true or false",
    "`str`": "a word",
    "`null`": "none",
    "`array`": "a list",
    "`object`": "an object",
}


def _reason(error: msgspec.ValidationError, kind: Any, value: Any) -> str:
    """What would be right, in plain words."""
    if choices := _choices(kind):
        known = [str(choice) for choice in choices]
        wrong = next((str(one) for one in _each(_tuple(value)) if one not in choices), str(value))
        return f"must be one of {', '.join(known)}." + did_you_mean(wrong, known, otherwise="")
    text = str(error).partition(" - at")[0].replace("Expected ", "must be ")
    text = text.partition(", got")[0]
    for code, word in _WORDS.items():
        text = text.replace(code, word)
    return text.replace(" | ", " or ").replace(".0", "")


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list | tuple) else value
