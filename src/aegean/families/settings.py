"""The one check of a setting: type, choices and bounds as its field declares them, whoever gives the value."""

from __future__ import annotations

import dataclasses
import functools
import math
import numbers
import os
from collections.abc import Iterator, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Literal, Self, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from aegean.errors import InputError, did_you_mean


@dataclasses.dataclass(frozen=True)
class Settings:
    """Base of every part of a config: frozen, flat, with a docstring under each field."""

    renamed: ClassVar[Mapping[str, str]] = {}  # names of earlier versions -> names of today

    needs: ClassVar[Mapping[str, tuple[str, Any]]] = {}
    """Setting -> another, and its value without which the former has no use; True: any but 0."""

    def unused(self) -> list[str]:
        """A line for each setting that others leave without a use, and that is neither its default nor off."""
        lines = []
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            for kind in type(self).__mro__:
                of, wanted = vars(kind).get("needs", {}).get(field.name, ("", None))
                if of and value and value != field.default and not _is(found := getattr(self, of), wanted):
                    lines.append(f"{flag(field.name)} {value}: of no use with {flag(of)} {found}")
                    break
        return lines

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
    plain = _plain(value)
    if isinstance(plain, str) and Ellipsis in get_args(kind):
        plain = [plain]  # one word by itself is a list of one, not of its letters
    try:
        found = msgspec.convert(plain, kind)
    except msgspec.ValidationError:
        wrong, many = plain, get_origin(kind) is tuple and isinstance(plain, list)
        if many and (unfit := [one for one in plain if not any(_fits(one, part) for part in _parts(kind))]):
            wrong = unfit[0]
        raise InputError(f"{flag(name)} {wrong}: {_reason(kind, wrong)}") from None
    if any(isinstance(one, float) and not math.isfinite(one) for one in _each(found)):
        raise InputError(f"{flag(name)} {value}: must be a finite number")
    return found


def _is(value: Any, wanted: Any) -> bool:
    return bool(value) if wanted is True else bool(value == wanted)


def _fits(value: Any, kind: Any) -> bool:
    """Whether one value is of a type."""
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True


def flag(name: str) -> str:
    """A setting as the command line writes it."""
    return "--" + name.replace("_", "-")


def _plain(value: Any) -> Any:
    """NumPy's numbers and paths as Python's own; tuples as lists, which is what the check takes."""
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


def _parts(kind: Any) -> list[Any]:
    """What a type is made of, None left out: the members of a union, the items of a tuple."""
    if get_origin(kind) is Annotated:
        return [kind]
    if get_origin(kind) in (Union, UnionType, tuple):
        return [part for one in get_args(kind) if one not in (NoneType, Ellipsis) for part in _parts(one)]
    return [kind]


def _reason(kind: Any, value: Any) -> str:
    """What would be right, in plain words."""
    part, *others = _parts(kind)
    if get_origin(part) is Literal:
        known, wrong = [str(choice) for choice in get_args(part)], str(next(iter(_each(value)), value))
        return f"must be one of {', '.join(known)}." + did_you_mean(wrong, known, otherwise="")
    base = get_args(part)[0] if get_origin(part) is Annotated else part
    bounds = [meta for meta in getattr(part, "__metadata__", ()) if isinstance(meta, Meta)]
    limits = ", and ".join(words for meta in bounds for words in _limits(meta))
    fits = all(isinstance(one, int if base is int else (int, float)) for one in _each(value) if base in (int, float))
    forms = [meta.description for other in others for meta in getattr(other, "__metadata__", ())]
    instead = "".join(f"; or {form}" for form in forms if form)
    if limits and base in (int, float) and fits and not any(isinstance(one, bool) for one in _each(value)):
        return f"must be {limits}{instead}"
    many = " each" if get_origin(kind) is tuple and "..." not in str(kind) else ""
    return f"must be {_WORDS.get(base, str(base))}{many}" + (f": {limits}" if limits else "") + instead


_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a word"}


def _limits(meta: Meta) -> Iterator[str]:
    """The bounds of a number, in words."""
    if meta.ge is not None:
        yield f"{meta.ge:g} or more" if abs(meta.ge) < 2**53 else "at least -2^63"
    if meta.gt is not None:
        yield f"above {meta.gt:g}"
    if meta.lt is not None:
        yield f"less than {meta.lt:g}"
    if meta.le is not None:
        yield f"at most {meta.le:g}" if meta.le < 2**53 else "at most 2^63 - 1"
