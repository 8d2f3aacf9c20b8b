"""What people read: one way to print text that holds names of files, which may be anything, on any console."""

from __future__ import annotations

import io
import json
import sys
import unicodedata

PLAIN = str.maketrans({"↓": "v", "↑": "^", "→": "->", "±": "+-", "…": "..."})  # where a console has none


def plain(text: object) -> str:
    """`text` with all that a console would obey, or could not print, written out: \\x1b, \\u202e, \\udce9.

    Control and escape codes, marks that turn the direction of writing, and bytes of names that are no UTF-8.
    """
    words = str(text)
    if words.isascii() and words.isprintable():
        return words
    return "".join(_written_out(sign) if unicodedata.category(sign)[0] == "C" else sign for sign in words)


def _written_out(sign: str) -> str:
    code = ord(sign)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is no UTF-8, as Python holds it
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def warn(line: object) -> None:
    """One line on stderr."""
    print(f"aegean: {plain(line)}", file=sys.stderr)


def tell(*lines: object) -> None:
    """A line each on stdout."""
    for line in lines:
        print(plain(line))


def tell_json(record: object) -> None:
    """A record as JSON, on stdout: in ASCII, which every console prints and every program reads."""
    print(json.dumps(record, indent=2))


def never_fail() -> None:
    """Let stdout and stderr write out what their encoding lacks, in place of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def fits(text: str) -> str:
    """`text`, its arrows and the like in ASCII where stdout's encoding has none."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return text.translate(PLAIN)
    return text
