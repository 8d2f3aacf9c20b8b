"""Settings -> a form: the fields, choices, bounds and help that the command line has, from the same declarations."""

from __future__ import annotations

import ast
import dataclasses
import functools
import inspect
import textwrap
from collections.abc import Callable
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from msgspec import Meta

from aegean.families.settings import Settings, types_of
from aegean.families.use import Use

Field = dict[str, Any]
KINDS = {bool: "switch", int: "integer", float: "number", str: "text"}


def form(settings: Settings, leave_out: tuple[str, ...] = ()) -> list[Field]:
    """A field for each setting, with its value as the default."""
    own: Any = type(settings)
    kinds, helps = types_of(own), docstrings(own)
    return [
        field(one.name, kinds[one.name], getattr(settings, one.name), helps.get(one.name, ""))
        for one in dataclasses.fields(settings)
        if one.name not in leave_out
    ]


def form_of_use(method: Callable[..., Any], leave_out: tuple[str, ...] = ()) -> list[Field]:
    """A field for each setting of use: what a model's method takes by name alone, as `Use` declares it if it does."""
    own: Any = Use
    hints, helps = get_type_hints(method) | types_of(own), docstrings(own)
    return [
        field(p.name, hints.get(p.name, str), None if p.default is p.empty else p.default, helps.get(p.name, ""))
        for p in inspect.signature(method).parameters.values()
        if p.kind is p.KEYWORD_ONLY and p.name not in leave_out
    ]


def field(name: str, kind: Any, default: Any, words: str) -> Field:
    """One field: what kind of value, its bounds or choices, whether it may be empty."""
    parts, optional = _members(kind)
    part = parts[0]
    made: Field = {"name": name, "default": default, "help": words, "optional": optional}
    if get_origin(part) is tuple:
        return made | {"kind": "list", "default": list(default or ())}
    if get_origin(part) is Literal:
        return made | {"kind": "choice", "choices": list(get_args(part))}
    if len(parts) > 1:  # a number, or a word that stands for several
        return made | {"kind": "text"}
    for meta in getattr(part, "__metadata__", ()):
        if isinstance(meta, Meta):
            made |= {"low": meta.ge if meta.ge is not None else meta.gt, "high": meta.le or meta.lt}
    base = get_args(part)[0] if get_origin(part) is Annotated else part
    return made | {"kind": KINDS.get(base, "text")}


def _members(kind: Any) -> tuple[list[Any], bool]:
    """The members of a union, None left out, and whether it was among them."""
    if get_origin(kind) not in (Union, UnionType):
        return [kind], False
    members = get_args(kind)
    return [member for member in members if member is not NoneType], NoneType in members


@functools.cache
def docstrings(settings: type) -> dict[str, str]:
    """The string under each field of a dataclass and of those it is built on; none where the source is not at hand."""
    found: dict[str, str] = {}
    for base in reversed(settings.__mro__):
        try:
            body = ast.parse(textwrap.dedent(inspect.getsource(base))).body[0]
        except (OSError, TypeError, SyntaxError):
            continue
        statements = body.body if isinstance(body, ast.ClassDef) else []
        for one, after in zip(statements, statements[1:]):
            if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and isinstance(after, ast.Expr):
                words = after.value.value if isinstance(after.value, ast.Constant) else None
                if isinstance(words, str):
                    found[one.target.id] = " ".join(words.split())
    return found
