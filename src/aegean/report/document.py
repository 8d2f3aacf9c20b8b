"""The paper that a report and a comparison are written on: a page that needs nothing beside it."""

from __future__ import annotations

from html import escape
from pathlib import Path


def document(title: str, body: str) -> str:
    """A whole HTML document: a title, in words, and what stands in it, in HTML."""
    style = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title><style>
{style}</style></head><body><main>
{body}
</main></body></html>
"""
