"""The notebooks of docs/, run from the first cell to the last by a kernel of their own, with few steps."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sitebuilder import notebooks
from sitebuilder.workshop import DOCS

BOOKS = sorted(DOCS.rglob("*.ipynb"))
FEWER = {r"steps=\d+": "steps=2", r"width=\d+": "width=4", r"limit=\d+": "limit=16", r"range\(1000\)": "range(60)"}
FEWER |= {r"slice\(0, 500\), slice\(500, 1000\)": "slice(0, 30), slice(30, 60)", r"\(1000, ": "(60, "}


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_becomes_a_page(path: Path, tmp_path: Path) -> None:
    book = notebooks.read(path)
    for cell in book.cells:
        assert not cell.get("outputs"), "what cells give is made by the build, not kept"
        for pattern, few in FEWER.items():
            cell.source = re.sub(pattern, few, cell.source)
    notebooks.run(book, tmp_path / "folder")
    text = notebooks.page(book, path.name, tmp_path / "made")
    assert text.startswith("# ")
    assert text.count("![What the cell shows](made/") == len(list((tmp_path / "made").glob("*.png"))) > 0
    assert len(list((tmp_path / "folder").glob("runs/*/weights.safetensors"))) > 0


def test_there_are_two() -> None:
    assert len(BOOKS) == 2
