"""Images -> pieces of HTML: PNG data URIs, so that the page is one file and opens offline."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from pathlib import Path

import torch
from PIL import Image, ImageOps
from torch import Tensor

from aegean.images import grid, to_pil
from aegean.markup import enlargement, image_tag
from aegean.picture_formats import open_image
from aegean.sizes import Size

PAGE = 920  # pixels across which a sheet may spread
BESIDE = 770  # the same, beside the name of a row


def sheet(
    images: Tensor,
    columns: int | None = None,
    name: str = "",
    cell: float = 90,
    across: int = PAGE,
    lossy: bool = False,
) -> str:
    """Images (N, C, H, W) -> one <img> of a grid whose gaps are transparent, so that it sits on any background.

    Small images are enlarged by a whole factor, to `cell` pixels at most, as far as the sheet fits in `across` pixels.
    Many photos make a file ten times as small if they may be lossy.
    """
    columns = columns or math.ceil(math.sqrt(len(images)))
    picture = to_pil(grid(images, columns))
    gaps = to_pil(-grid(torch.full_like(images[:, :1], -1.0), columns))  # 255 inside the images, 0 between them
    if picture.mode in {"L", "RGB"}:
        picture.putalpha(gaps)
    return image_tag(picture, name, enlargement(images.shape[-1], columns, cell, across), lossy)


def rows(named: Sequence[tuple[str, Tensor]]) -> str:
    """Rows of as many images (N, C, H, W) each, with its name before each row."""
    parts = [
        f'<div class="name">{escape(name)}</div>{sheet(images, len(images), name, 90, BESIDE)}'
        for name, images in named
    ]
    return f'<div class="rows">{"".join(parts)}</div>'


def tiles(named: Sequence[tuple[str, str]]) -> str:
    """Pieces of HTML, each with a small caption below, flowing over the width of the page."""
    parts = [f"<figure>{piece}<figcaption>{escape(name)}</figcaption></figure>" for name, piece in named]
    return f'<div class="tiles">{"".join(parts)}</div>'


def thumbnail(path: Path, width: int) -> str:
    """A picture file, shrunk to `width` pixels if it is wider -> <img>."""
    with open_image(path) as picture:
        height = round(picture.height * width / picture.width)
        small = picture.resize((width, height), Image.Resampling.LANCZOS) if picture.width > width else picture.copy()
    return image_tag(small, path.stem)


def columns(named: Sequence[tuple[str, Tensor]]) -> str:
    """Columns of images (N, C, H, W) each, with its name above each column."""
    across = (PAGE - 8 * len(named)) // len(named)
    parts = [
        f"<div><div class=name>{escape(name)}</div>{sheet(images, 1, name, 90, across)}</div>" for name, images in named
    ]
    return f'<div class="columns">{"".join(parts)}</div>'


def mosaic(images: Tensor, columns: int, side: int, rows: int | None = None) -> Image.Image:
    """Images (N, C, H, W), the middle of each made `side` x `side`, row by row, without a gap."""
    small = [ImageOps.fit(to_pil(image), (side, side), Image.Resampling.BOX) for image in images]
    made = Image.new(small[0].mode, (columns * side, (rows or -(-len(small) // columns)) * side))
    for k, one in enumerate(small):
        made.paste(one, (k % columns * side, k // columns * side))
    return made


def per_row(size: Size, most: int = 12, across: int = BESIDE) -> int:
    """How many images of that size stand in a row, so that large ones can still be seen."""
    return max(4, min(most, across // (min(size.width, 180) + 2)))


def affordable(most: int, size: Size, pixels: int = 1_300_000) -> int:
    """How many images of that size a sheet may hold: `most`, or fewer so that the page stays light."""
    return max(4, min(most, pixels // size.pixels))
