"""Numbers and pictures -> pieces of HTML that need nothing beside them."""

from __future__ import annotations

import base64
import io
import math
from html import escape

from PIL import Image


def number(value: float) -> str:
    """Four significant digits, thousands apart, no trailing zeros: 0.0123, 105.3, 12,000, 3e-5."""
    if not math.isfinite(value):
        return str(value)
    if value == 0 or 1e-4 <= abs(value) < 1e4:
        return f"{value:.4g}"
    if 1 <= abs(value) < 1e9:
        return f"{value:,.0f}"
    return f"{value:.3g}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")


def typeset(words: str) -> str:
    """With the sign for times, which a page has."""
    return words.replace(" x ", " \N{MULTIPLICATION SIGN} ")


def plain(value: object) -> str:
    """A setting or a figure in a cell."""
    if isinstance(value, list | tuple):
        return " ".join(map(str, value)) or "-"
    return "-" if value is None else number(value) if isinstance(value, float) else str(value)


def png(picture: Image.Image) -> bytes:
    """A picture -> the content of a PNG file."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def webp(picture: Image.Image) -> bytes:
    """A picture -> the content of a WebP file: a tenth of a PNG's, not to the bit, but to the eye."""
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=88, method=4)
    return buffer.getvalue()


def data_uri(picture: Image.Image, lossy: bool = False) -> str:
    """A picture -> `data:image/png;base64,...`; image/webp where it may lose what the eye does not see."""
    kind, content = ("webp", webp(picture)) if lossy else ("png", png(picture))
    return f"data:image/{kind};base64," + base64.b64encode(content).decode("ascii")


def enlargement(width: int, columns: int, cell: float, across: int) -> float:
    """The factor by which images of `width` pixels are shown: whole if it enlarges, so that pixels stay square."""
    factor = min(max(cell / width, 1.0), across / (columns * (width + 2) - 2))
    return math.floor(factor) if factor >= 1 else factor


def image_tag(picture: Image.Image, name: str = "", factor: float = 1.0, lossy: bool = False) -> str:
    """A picture -> <img>, shown `factor` times its size."""
    kind = ' class="pixels"' if factor > 1 else ""
    size = f'width="{round(picture.width * factor)}" height="{round(picture.height * factor)}"'
    return f'<img{kind} {size} alt="{escape(name)}" src="{data_uri(picture, lossy)}">'
