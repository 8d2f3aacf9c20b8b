"""The reference pages: the command line from its --help, Python from its docstrings."""

from __future__ import annotations

import contextlib
import inspect
import io
import os
import re
import textwrap
from collections.abc import Iterator
from typing import Any

import aegean
from aegean.cli import COMMANDS, main
from aegean.families import FAMILIES

WIDTH = 88  # columns
SECTIONS = ("Args:", "Returns:", "Raises:")


def command_line() -> str:
    """Every command's help."""
    parts = ["# The command line\n\nAs `aegean COMMAND --help` says it.\n"]
    for word, (_, _, what) in COMMANDS.items():
        parts.append(f"## aegean {word}\n\n{what[:1].upper()}{what[1:]}.\n\n```text\n{_help([word])}```\n")
    return "\n".join(parts)


def families() -> str:
    """Every family's settings."""
    parts = ["# Families and their settings\n\nAs `aegean train FAMILY --help` says it.\n"]
    for name, family in FAMILIES.items():
        parts.append(f"## {name}\n\n{family.summary}\n\n```text\n{_help(['train', name])}```\n")
    return "\n".join(parts)


def python() -> str:
    """Every public name: functions first, then what is to be derived from, and the rest."""
    parts = ["# Python\n\nEvery public name of `aegean`, as its docstring tells it.\n"]
    found = {name: getattr(aegean, name) for name in aegean.__all__}
    functions = {name: thing for name, thing in found.items() if inspect.isfunction(thing)}
    classes = {name: thing for name, thing in found.items() if inspect.isclass(thing)}
    for title, things in (("Functions", functions), ("Classes", classes)):
        parts.append(f"## {title}\n")
        parts += [f"### aegean.{name}\n\n{_told(name, thing)}" for name, thing in things.items()]
    network = aegean.pretrained.load
    parts.append(f"## Pretrained networks\n\n### aegean.pretrained.load\n\n{_told('pretrained.load', network)}")
    return "\n".join(parts)


def _help(words: list[str]) -> str:
    with _columns(), contextlib.redirect_stdout(io.StringIO()) as printed, contextlib.suppress(SystemExit):
        main([*words, "--help"])
    lines = [line.rstrip() for line in printed.getvalue().strip().splitlines()]
    return "\n".join(_folded(line) if len(line) > WIDTH else line for line in lines) + "\n"


def _folded(line: str) -> str:
    """On several lines, below what stands beside a name."""
    column = re.match(r" +\S+ {2,}", line)
    return textwrap.fill(line, WIDTH, subsequent_indent=" " * (column.end() if column else 0))


@contextlib.contextmanager
def _columns() -> Iterator[None]:
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = str(WIDTH)
    try:
        yield
    finally:
        os.environ.pop("COLUMNS")
        if before is not None:
            os.environ["COLUMNS"] = before


def _told(name: str, thing: Any) -> str:
    """Signature and docstring, and of a class its methods."""
    text = f"```python\n{name}{_signature(thing)}\n```\n\n{_docstring(thing)}\n"
    if not inspect.isclass(thing):
        return text
    own = [(word, one) for word, one in vars(thing).items() if word[0] != "_" and inspect.isfunction(one)]
    return text + "".join(f"\n`{word}{_signature(one, wrapped=False)}`\n:   {_first(one)}\n" for word, one in own)


def _signature(thing: Any, wrapped: bool = True) -> str:
    """As it is written; a line for each parameter where one line is too short for all."""
    try:
        found = inspect.signature(thing)
    except ValueError:  # a class that is written in C
        return "(...)"
    parts, kinds = [], [one.kind for one in found.parameters.values()]
    for place, one in enumerate(found.parameters.values()):
        star = "*" if one.kind == one.VAR_POSITIONAL else "**" if one.kind == one.VAR_KEYWORD else ""
        if one.kind == one.KEYWORD_ONLY and not {one.KEYWORD_ONLY, one.VAR_POSITIONAL} & set(kinds[:place]):
            parts.append("*")
        kind = "" if one.annotation is one.empty else f": {_named(one.annotation)}"
        parts.append(f"{star}{one.name}{kind}" + ("" if one.default is one.empty else f" = {one.default!r}"))
    gives = "" if found.return_annotation is found.empty else f" -> {_named(found.return_annotation)}"
    line = f"({', '.join(parts)}){gives}"
    if not wrapped or len(line) < 70:
        return line
    return "(\n" + "".join(f"    {part},\n" for part in parts) + f"){gives}"


def _named(annotation: Any) -> str:
    """A type by its own name, without those of modules."""
    text = getattr(annotation, "__forward_arg__", annotation)
    text = text if isinstance(text, str) else getattr(text, "__name__", str(text))
    return re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Z])", "", text)


def _first(thing: Any) -> str:
    return (inspect.getdoc(thing) or "").partition("\n\n")[0].replace("\n", " ")


def _docstring(thing: Any) -> str:
    """As Markdown: what stands under `Args:` and `Raises:` becomes a list, other indented lines stay as they are."""
    lines, listed = [], False
    for line in (inspect.getdoc(thing) or "").splitlines():
        if line in SECTIONS:
            listed = True
            lines += ["", f"**{line.rstrip(':')}**", ""]
        elif listed and line.startswith("    ") and not line.startswith("     "):
            name, _, rest = line.strip().partition(": ")
            lines.append(f"- `{name}`: {rest}")
        elif listed and line.strip() and line[0] == " ":
            lines[-1] += f" {line.strip()}"
        else:
            listed = listed and not line
            lines.append(line)
    return "\n".join(lines) + "\n"
