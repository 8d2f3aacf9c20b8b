"""A sheet of what a search found: the query, and the most similar pictures with their similarity."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

from aegean.consoles import plain
from aegean.images import fit, open_picture
from aegean.pretrained.search import Match

TILE, GAP, CAPTION, COLUMNS = 200, 16, 44, 4  # pixels
INK, PALE, PAPER = "#1a1a1a", "#6b6b6b", "#ffffff"


def draw_sheet(query: str | Path, matches: Sequence[Match], title: str) -> Image.Image:
    """The query at the left, twice as large; the matches at the right, best first."""
    columns = min(COLUMNS, len(matches))
    lines = -(-len(matches) // columns)
    left, top = 2 * TILE + 3 * GAP, 3 * GAP + 8
    width = left + columns * (TILE + GAP)
    height = top + max(lines * (TILE + CAPTION), 2 * TILE + GAP + CAPTION) + GAP // 2
    sheet = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((GAP, GAP), plain(title), INK, ImageFont.load_default(18))
    place(sheet, query, (GAP, top), 2 * TILE + GAP)
    write(draw, (GAP, top + 2 * TILE + GAP + 6), "looked for", Path(query).name, 2 * TILE + GAP)
    for k, match in enumerate(matches):
        corner = (left + k % columns * (TILE + GAP), top + k // columns * (TILE + CAPTION))
        place(sheet, match.path, corner, TILE)
        write(draw, (corner[0], corner[1] + TILE + 6), f"{match.similarity:.3f}", match.path.name, TILE)
    return sheet


def place(sheet: Image.Image, path: str | Path, corner: tuple[int, int], side: int) -> None:
    """Put a picture whole, at the centre of a square."""
    picture = ImageOps.contain(fit(open_picture(path, at_least=side), None, 3), (side, side), Image.Resampling.LANCZOS)
    square = Image.new("RGB", (side, side), "#f1f1f1")
    square.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    sheet.paste(square, corner)


def write(draw: ImageDraw.ImageDraw, corner: tuple[int, int], strong: str, pale: str, width: int) -> None:
    """A caption of two words on one line, the second cut to fit."""
    font, pale = ImageFont.load_default(14), plain(pale)
    start = corner[0] + draw.textlength(strong, font) + 8
    while pale and start + draw.textlength(pale, font) > corner[0] + width:
        pale = pale[:-2].rstrip("…") + "…" if len(pale) > 2 else ""
    draw.text(corner, strong, INK, font)
    draw.text((start, corner[1]), pale, PALE, font)
