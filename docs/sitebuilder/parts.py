"""A page taken apart: fenced blocks, TeX, links."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

FENCE = r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```[ ]*$"
PARTS = re.compile(
    rf"(?P<fence>{FENCE})|(?P<code>`[^`\n]+`)|\$\$(?P<display>.+?)\$\$|(?<![\w$\\])\$(?P<inline>[^$\n]+?)\$(?!\w)"
    r"|(?P<bang>!?)\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<target>[^)\s]+)\)",
    re.MULTILINE | re.DOTALL,
)
RUNS = (
    "sh",
    "sh shows",
    "sh refused",
    "python here",
    "python picture",
)  # what a block says that is run in the page's folder


class PageError(Exception):
    """Something on a page is not as it should be: the page, the line, and what."""


@dataclass(frozen=True)
class Block:
    """A fenced block."""

    info: str  # what stands after the backticks
    body: str
    line: int  # of its first line of text, from 1


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page."""
    return [_block(text, found) for found in PARTS.finditer(text) if found["fence"]]


def _block(text: str, found: re.Match[str]) -> Block:
    return Block(found["info"].strip(), found["body"], text.count("\n", 0, found.start()) + 2)


def rewritten(
    text: str,
    block: Callable[[Block], str | None],
    tex: Callable[[str, bool], str],
    link: Callable[[str, str, bool], str | None],
) -> str:
    """The page with its parts replaced; None leaves a part as it is.

    `tex` is told whether it stands by itself; `link` is told text, target and whether it is a picture.
    """

    def replace(found: re.Match[str]) -> str:
        whole = found[0]
        if found["fence"]:
            new = block(_block(text, found))
        elif found["code"]:
            new = None
        elif found["display"] or found["inline"]:
            new = tex(found["display"] or found["inline"], bool(found["display"]))
        else:
            new = link(found["text"], found["target"], bool(found["bang"]))
        return whole if new is None else new

    return PARTS.sub(replace, text)


def commands(body: str) -> list[str]:
    """The command lines of a block, those that go on after a backslash in one."""
    lines = body.replace("\\\n", " ").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]
