"""Which endings moving pictures have, and as what they are written."""

from __future__ import annotations

from pathlib import Path

ANIMATIONS = {  # by Pillow, and the ending that each is written under if none is asked for
    ".gif": ".gif",
    ".webp": ".webp",
    ".png": ".png",
    ".apng": ".png",
    ".avif": ".webp",
}
FILMS = {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi"}  # written under their own ending; others as .mkv
MOTION = (".webp", ".gif", ".mp4")  # what is taken for a wish to see pictures move; .png is a still picture


def ending_for(source: Path) -> str:
    """The ending under which what became of a film is written, if none is asked for."""
    ending = source.suffix.lower()
    return ANIMATIONS.get(ending, ending if ending in FILMS else ".mkv")
