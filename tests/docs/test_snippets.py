"""Blocks of docs/*.md that begin with ```python run do as they stand, each by itself, in an empty folder.

A block that begins with ```python NAME.py is a module that those of its page may import.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aegean.data.sources import FORMATS
from aegean.families import FAMILIES

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```python (run|\w+\.py)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MOST = 15  # lines of code that anything of one's own may take


def snippets() -> list[object]:
    """(text, texts of the modules of its page by name) of each block that runs."""
    found = []
    for page in sorted(DOCS.rglob("*.md")):
        text = page.read_text()
        blocks = list(BLOCK.finditer(text))
        modules = {block[1].removesuffix(".py"): block[2] for block in blocks if block[1] != "run"}
        for block in blocks:
            if block[1] == "run":
                line = text[: block.start()].count("\n") + 2
                found.append(pytest.param(block[2], modules, id=f"{page.stem}:{line}"))
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


@pytest.mark.parametrize(("code", "modules"), snippets())
def test_a_block_runs_as_it_stands(
    code: str, modules: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = [text for name, text in modules.items() if re.search(rf"^import .*\b{name}\b", code, re.MULTILINE)]
    assert len([line for line in "".join([code, *used]).splitlines() if line.strip()]) <= MOST
    for name, text in modules.items():
        (tmp_path / f"{name}.py").write_text(text)
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "block", "exec"), {"__name__": "__main__"})
    assert list(Path("runs").glob("*/weights.safetensors")) if "aegean.train(" in code else True
    for name in modules:
        sys.modules.pop(name, None)
