"""Which files are pictures, told by their content: the one place that opens them."""

from __future__ import annotations

import functools
import importlib.util
import os
import stat
from pathlib import Path
from typing import BinaryIO

from PIL import ExifTags, Image, UnidentifiedImageError

from aegean.errors import InputError

FORMATS = (  # that Pillow decodes itself; no other is opened: EPS runs Ghostscript, IPTC opens whatever lies within
    *("PNG", "JPEG", "MPO", "WEBP", "AVIF", "GIF", "BMP", "DIB", "TIFF", "JPEG2000", "HEIF"),
    *("PPM", "QOI", "ICO", "PSD", "DDS", "SGI", "PCX", "TGA"),  # TGA comes last: it has no mark to be known by
)
TURNS = {  # what EXIF's orientation says is to be done
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
HEIF = "HEIC, which needs pillow-heif: pip install 'aegean[heic]'"
BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}  # of files that begin with `ftyp`


def open_image(source: str | Path | BinaryIO) -> Image.Image:
    """Open a picture, told by its content, of one of `FORMATS`; the only place that does. Errors are Pillow's.

    InputError for what is no file, such as a pipe that nobody writes to, and for HEIC without pillow-heif.
    """
    if isinstance(source, str | Path):
        if not stat.S_ISREG(os.stat(source).st_mode):  # noqa: PTH116
            raise InputError(f"{source}: is not a file")
        if is_heif(source) and not can_read_heif():
            raise InputError(f"{source}: {HEIF}")
        return _opened(source)
    if _begins_as_heif(source.read(12)) and not can_read_heif():
        raise UnidentifiedImageError(HEIF)
    source.seek(0)
    try:
        return _opened(source)
    except UnidentifiedImageError:
        raise UnidentifiedImageError("of no format that is known") from None  # Pillow tells of an object's address


def _opened(source: str | Path | BinaryIO) -> Image.Image:
    Image.init()
    return Image.open(source, formats=[name for name in FORMATS if name in Image.OPEN])  # AVIF: Pillow 11.3


def names_picture(path: Path) -> bool:
    """Whether files of this ending are pictures that `open_image` knows."""
    Image.init()
    ending = path.suffix.lower()
    return Image.EXTENSION.get(ending) in FORMATS or ending in {".heic", ".heif", ".hif"}


def holds_picture(path: str | Path) -> bool:
    """Whether a file is a picture by its content, whatever its ending; PermissionError where it may not be read."""
    try:
        with open_image(path) as picture:
            return picture.format != "TGA" or names_picture(Path(path))
    except PermissionError:
        raise
    except UnidentifiedImageError:
        return False
    except OSError as error:
        if error.errno:  # of the machine
            raise
        return False
    except Exception:  # PIL raises a wide family
        return False


def is_photo(path: Path) -> bool:
    """Whether a path is a picture file, by its ending or by its content."""
    return names_picture(path) or (path.is_file() and holds_picture(path))


def is_heif(path: str | Path) -> bool:
    """Whether a file is HEIC by its first bytes."""
    with open(path, "rb") as file:  # noqa: PTH123
        return _begins_as_heif(file.read(12))


def _begins_as_heif(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in BRANDS


@functools.cache
def can_read_heif() -> bool:
    """Whether pillow-heif (the extra `heic`) is installed; Pillow then knows of it."""
    if importlib.util.find_spec("pillow_heif") is None:
        return False
    import pillow_heif

    pillow_heif.register_heif_opener()
    return True


def orientation_of(picture: Image.Image) -> int:
    """How EXIF says that a picture is to be shown: 1 (as it is) to 8; nothing else of its EXIF matters."""
    try:
        found = picture.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # damaged EXIF raises a wide family, and is no reason not to read the picture
        return 1
    return found if found in TURNS else 1


def turned(picture: Image.Image) -> Image.Image:
    """The picture as it is to be shown, without the EXIF that said so."""
    turn = TURNS.get(orientation_of(picture))
    upright = picture.copy() if turn is None else picture.transpose(turn)
    upright.info = {key: value for key, value in picture.info.items() if key != "exif"}
    return upright


def lost_of(path: str | Path) -> list[str]:
    """A line for each thing that a file holds and that an image of 8 bits, grey or in colour, does not."""
    try:
        with open_image(path) as picture:
            lines = []
            pages = pages_of(picture)
            if pages > 1:
                lines.append(f"the first picture alone, of {pages:,}")
            if picture.mode in {"I", "I;16", "I;16B", "I;16L", "I;16N", "F"} or ";16" in str(
                getattr(picture, "tile", ())[:1]
            ):
                lines.append("of more than 8 bits, of which 8 are kept")
            return lines
    except Exception:  # what is wrong with it is said where it is read
        return []


def pages_of(picture: Image.Image) -> int:
    """Pictures in a file: frames of an animation, pages of a TIFF; previews (MPO) and layers (PSD) are none."""
    try:
        return 1 if picture.format in {"MPO", "PSD", "ICO"} else int(getattr(picture, "n_frames", 1))
    except Exception:  # it is cut
        return 1
