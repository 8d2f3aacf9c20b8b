"""Help as one reads it: the lines of docstrings joined, which tyro breaks where the source does."""

from __future__ import annotations

import dataclasses
import inspect
import re
from typing import Annotated, Any

import tyro

from aegean.families import Settings


def joined(docstring: str) -> str:
    """A docstring whose paragraphs and arguments take one line each."""
    return re.sub(r"(?<=\S)\n(?: {8,})?(?=\S)", " ", inspect.cleandoc(docstring))


def documented(default: Settings) -> type:
    """A dataclass of the same fields as these settings, with these as its defaults; each has its help in one line."""
    from docstring_parser import parse_from_object

    from aegean.families.settings import types_of

    kind: Any = type(default)
    parents = [parent for parent in reversed(kind.__mro__) if dataclasses.is_dataclass(parent)]
    helps = {each.arg_name: each.description or "" for parent in parents for each in parse_from_object(parent).params}
    fields: list[tuple[str, Any, Any]] = []
    for field in dataclasses.fields(default):
        told = tyro.conf.arg(help=" ".join(helps.get(field.name, "").split()))
        value = dataclasses.field(default=getattr(default, field.name))
        fields.append((field.name, Annotated[types_of(kind)[field.name], told], value))
    made = dataclasses.make_dataclass(kind.__name__, fields, frozen=True)
    made.__doc__ = joined(kind.__doc__ or "")
    return made
