"""Packages of data that come beside aegean, too large for its wheel: installed, or where a checkout has them."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]  # of a checkout


def folder(package: str, beside: str) -> Path | None:
    """The folder of an installed `package`, or `beside` in the checkout that this is; None where neither is."""
    found = find_spec(package)
    if found is not None and found.submodule_search_locations:
        return Path(next(iter(found.submodule_search_locations)))
    here = ROOT / beside
    return here if (ROOT / "pyproject.toml").is_file() and here.is_dir() else None
