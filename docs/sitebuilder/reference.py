"""The reference pages: the command line from its --help, Python from its docstrings."""

from __future__ import annotations

import contextlib
import inspect
import io
import os
import re
from collections.abc import Iterator
from typing import Any

import aegean
from aegean.cli import COMMANDS, main
from aegean.families import FAMILIES

WIDTH = "96"  # columns
FRAMES = re.compile(r"[╭╰├][─┤├╮╯]+\n?")


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
    lines = [line.rstrip() for line in printed.getvalue().splitlines()]
    return "\n".join(lines).strip() + "\n"


@contextlib.contextmanager
def _columns() -> Iterator[None]:
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = WIDTH
    try:
        yield
    finally:
        os.environ.pop("COLUMNS")
        if before is not None:
            os.environ["COLUMNS"] = before


def _told(name: str, thing: Any) -> str:
    """Signature and docstring."""
    try:
        signature = str(inspect.signature(thing))
    except ValueError:  # a class that is written in C
        signature = "(...)"
    head = f"```python\n{name}{_short(signature)}\n```\n\n"
    methods = ""
    if inspect.isclass(thing):
        own = [(word, one) for word, one in vars(thing).items() if word[0] != "_" and inspect.isfunction(one)]
        methods = "".join(f"\n`{word}{_short(str(inspect.signature(one)))}`\n:   {_first(one)}\n" for word, one in own)
    return f"{head}{_docstring(thing)}\n{methods}"


def _short(signature: str) -> str:
    """Without the names of modules."""
    return re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Z])", "", signature).replace("'", "")


def _first(thing: Any) -> str:
    return (inspect.getdoc(thing) or "").partition("\n\n")[0].replace("\n", " ")


def _docstring(thing: Any) -> str:
    """As Markdown: a section becomes a list, indented lines stay as they are."""
    text = inspect.getdoc(thing) or ""
    head, raises, rest = text.partition("Raises:\n")
    if not raises:
        return text + "\n"
    errors = re.sub(r"\n\s{8,}", " ", rest)
    items = "\n".join(f"- {line.strip()}" for line in errors.splitlines() if line.strip())
    return f"{head}Raises:\n\n{items}\n"
