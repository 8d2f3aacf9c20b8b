"""Words -> the arguments of a function, by tyro; where they do not fit, one line in place of its box."""

from __future__ import annotations

import contextlib
import functools
import io
import re
from collections.abc import Callable, Sequence
from typing import Any

import tyro

from aegean.cli._help import joined
from aegean.errors import InputError


def parse(form: Callable[..., Any], words: Sequence[str], prog: str) -> Any:
    """What `form`, a function or a dataclass, makes of the words.

    Raises:
        InputError: in one line, where the words do not fit.
        SystemExit: after --help.
    """
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            return tyro.cli(form, args=list(words), prog=prog, config=(tyro.conf.OmitArgPrefixes,))
    except SystemExit as stop:
        if stop.code in {0, None}:
            raise
    except (ValueError, TypeError, OverflowError) as error:  # of a value that tyro passes on to its type, such as JSON
        raise InputError(f"{error}; see `{prog} --help`") from error
    raise InputError(f"{_line(said.getvalue())}; see `{prog} --help`")


def call(command: Callable[..., Any], words: Sequence[str], prog: str) -> Any:
    """Call a command with what the words say, its own errors and remarks left as they are."""
    return understood(command, words, prog)()


def understood(command: Callable[..., Any], words: Sequence[str], prog: str) -> Callable[[], Any]:
    """The call that the words ask for, not made yet; InputError where they do not fit the command."""

    @functools.wraps(command)
    def later(*arguments: Any, **named: Any) -> Callable[[], Any]:
        return functools.partial(command, *arguments, **named)

    later.__doc__ = joined(command.__doc__ or "")
    call: Callable[[], Any] = parse(later, words, prog)
    return call


def _line(box: str) -> str:
    """The first section of the box that tyro draws, of signs that the console has, and what it suggests."""
    rows = [row.strip("│| ") for row in box.strip().splitlines()]
    edges = re.compile(r"^.*[─-]{8,}.*$", re.MULTILINE)
    sections = edges.split("\n".join(rows))  # where there are no signs for a box, its title stands above the first edge
    said = [words for section in sections[1:] if (words := " ".join(section.split()))]
    hints = [section.removeprefix("Perhaps you meant: ") for section in said if section.startswith("Perhaps")]
    words = said[0] if said else "these words do not fit"
    if hints and (names := [word for word in hints[0].split() if word.startswith("--")]):
        words += f"; did you mean {' or '.join(dict.fromkeys(names))}?"
    return words.rstrip(".")
