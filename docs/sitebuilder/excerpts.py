"""Lines of a source file, found by what stands in them, so that a page shows the program that is run."""

from __future__ import annotations

import textwrap
from pathlib import Path

from sitebuilder.parts import PageError

BETWEEN = "..."


def excerpt(path: Path, wanted: str) -> str:
    """From the line that holds the first line of `wanted` to the next that holds its last, dedented.

    Raises:
        PageError: no such file; the first is not on exactly one line; the last is on none after it.
    """
    if not path.is_file():
        raise PageError(f"no file {path}")
    lines, (first, last) = path.read_text().splitlines(), _ends(wanted)
    starts = [k for k, line in enumerate(lines) if first in line]
    if len(starts) != 1:
        raise PageError(f"{path}: {first!r} is on {len(starts)} lines, and must be on one")
    (start,) = starts
    for end in range(start if last == first else start + 1, len(lines)):
        if last in lines[end]:
            return textwrap.dedent("\n".join(lines[start : end + 1])) + "\n"
    raise PageError(f"{path}: {last!r} is on no line after {first!r}")


def _ends(wanted: str) -> tuple[str, str]:
    found = [line.strip() for line in wanted.splitlines() if line.strip()]
    if len(found) == 1:
        return found[0], found[0]
    if len(found) != 3 or found[1] != BETWEEN:
        raise PageError(f"an excerpt is told by its first line, {BETWEEN}, and its last, or by one line: {wanted!r}")
    return found[0], found[2]
