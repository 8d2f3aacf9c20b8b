"""Blocks of docs/*.md that begin with ```python run do as they stand, each by itself, in an empty folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from aegean.data.sources import FORMATS
from aegean.families import FAMILIES

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```python run\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MOST = 15  # lines of code that anything of one's own may take


def snippets() -> list[object]:
    """(page:line, text) of each block."""
    found = []
    for page in sorted(DOCS.rglob("*.md")):
        text = page.read_text()
        for block in BLOCK.finditer(text):
            found.append(pytest.param(block[1], id=f"{page.stem}:{text[: block.start()].count(chr(10)) + 2}"))
    return found


@pytest.fixture(autouse=True)
def _nothing_stays_registered() -> Iterator[None]:
    before = [(known, dict(known.registered)) for known in (FORMATS, FAMILIES)]
    yield
    for known, registered in before:
        known.registered.clear()
        known.registered.update(registered)


def test_there_are_blocks_to_run() -> None:
    assert len(snippets()) >= 3


@pytest.mark.parametrize("code", snippets())
def test_a_block_runs_as_it_stands(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len([line for line in code.splitlines() if line.strip()]) <= MOST
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "block", "exec"), {"__name__": "__main__"})
    assert list(Path("runs").glob("*/weights.safetensors")) if "aegean.train(" in code else True
