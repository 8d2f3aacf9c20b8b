"""Lines of a source file, found by what stands in them, so that a page shows the program that is run."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from sitebuilder.parts import PageError

BETWEEN = "..."


def excerpt(path: Path, wanted: str) -> str:
    """The lines that `wanted` tells, dedented.

    `wanted` is parts of lines that follow one another, `...`, and a part of the last line; or the first alone.

    Raises:
        PageError: no such file; the first lines are not there, or more than once; the last is on none after them.
    """
    if not path.is_file():
        raise PageError(f"no file {path}")
    lines, (first, last) = path.read_text().splitlines(), _ends(wanted)
    starts = [k for k in range(len(lines)) if _follow(first, lines[k : k + len(first)])]
    if len(starts) != 1:
        raise PageError(f"{path}: {first} is there {len(starts)} times, and must be once")
    start, after = starts[0], starts[0] + len(first)
    if not last:
        return _dedented(lines[start:after])
    for end in range(after, len(lines)):
        if last in lines[end]:
            return _dedented(lines[start : end + 1])
    raise PageError(f"{path}: {last!r} is on no line after {first}")


def _follow(parts: list[str], lines: list[str]) -> bool:
    return len(parts) == len(lines) and all(part in line for part, line in zip(parts, lines))


def _ends(wanted: str) -> tuple[list[str], str]:
    found = [line.strip() for line in wanted.splitlines() if line.strip()]
    if BETWEEN not in found:
        return found, ""
    if not found[0] or found[-2:-1] != [BETWEEN]:
        raise PageError(f"an excerpt ends with {BETWEEN} and one line: {wanted!r}")
    return found[:-2], found[-1]


def _dedented(lines: list[str]) -> str:
    """From the margin, and without the wide gaps before shapes, which are beside one another in a whole file alone."""
    return re.sub(r"(?<=\S) {3,}", "  ", textwrap.dedent("\n".join(lines))) + "\n"
