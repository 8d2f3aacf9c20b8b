"""What tells of the package as a whole agrees: pyproject.toml, CITATION.cff, CHANGELOG.md."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_citation_is_of_this_package() -> None:
    yaml = pytest.importorskip("yaml", reason="is in the extra `dev`")
    told = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(told), "what the format asks for"
    assert (told["version"], told["license"]) == (PROJECT["version"], PROJECT["license"])
    assert told["title"].startswith(f"{PROJECT['name']}: ")


def test_the_changelog_tells_of_the_version_that_is_written() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{PROJECT['version']}]" in text or f"What {PROJECT['version']} will bring." in text


def test_what_was_dropped_is_needed_no_more() -> None:
    """Their weight was 300 MB."""
    assert not [one for one in PROJECT["dependencies"] if one.startswith(("mlxtend", "matplotlib", "torchmetrics"))]
