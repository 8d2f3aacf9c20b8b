"""THE image convention: (B, C, H, W) float32 in [-1, 1], channels_last in memory; uint8 (H, W, C) at the doors.

The only file that knows 127.5.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

import torch
from PIL import ExifTags, Image, ImageOps, PngImagePlugin
from torch import Tensor

from aegean.colours import from_srgb, to_srgb
from aegean.consoles import plain
from aegean.errors import InputError, first_line
from aegean.files import whole
from aegean.picture_formats import open_image, turned
from aegean.resources import pass_on
from aegean.sizes import Size

MODES = {1: "L", 3: "RGB", 4: "RGBA"}
COLOURS = {1: "grey", 3: "colour", 4: "colour with alpha"}  # what channels are called
LOSSY = {".jpg", ".jpeg", ".jfif", ".webp", ".avif"}
QUALITY = 95  # of these
ENDS = 4096  # bytes at both ends of a file among which its origin stands
ORIGIN = "aegean"  # where `info` of a PIL picture holds what it comes from: words by name
MAX_PIXELS = 100_000_000  # a larger picture is taken for a decompression bomb; --max-pixels sets it
SIXTEEN = {"I", "I;16", "I;16B", "I;16L", "I;16N"}  # modes of 16-bit greys


def to_float(pixels: Tensor) -> Tensor:
    """uint8 (B, H, W, C) in 0..255 -> float32 (B, C, H, W) in [-1, 1], channels_last."""
    return pixels.permute(0, 3, 1, 2).to(torch.float32).div_(127.5).sub_(1.0)


def to_uint8(image: Tensor) -> Tensor:
    """(B, C, H, W) in [-1, 1] -> uint8 (B, H, W, C), rounded and clamped; the inverse of `to_float`."""
    return image.detach().float().add(1.0).mul(127.5).round_().clamp_(0, 255).to(torch.uint8).permute(0, 2, 3, 1)


def to_unit(image: Tensor) -> Tensor:
    """[-1, 1] -> [0, 1], where Bernoulli probabilities live."""
    return (image + 1.0) * 0.5


def from_unit(image: Tensor) -> Tensor:
    """[0, 1] -> [-1, 1]."""
    return image * 2.0 - 1.0


def of_colours(change: Callable[[Tensor], Tensor], image: Tensor) -> Tensor:
    """`change` of all channels but alpha. (B, C, H, W)"""
    return change(image) if image.shape[1] < 4 else torch.cat([change(image[:, :3]), image[:, 3:]], 1)


def grid(image: Tensor, columns: int | None = None, gap: int = 2) -> Tensor:
    """Lay (B, C, H, W) out as one picture (1, C, rows * (H + gap) - gap, ...), white between; square by default."""
    count, channels, height, width = image.shape
    columns = min(count, columns or math.ceil(math.sqrt(count)))
    rows = math.ceil(count / columns)
    sheet = image.new_ones(1, channels, rows * (height + gap) - gap, columns * (width + gap) - gap)
    for k in range(count):
        top, left = (k // columns) * (height + gap), (k % columns) * (width + gap)
        sheet[0, :, top : top + height, left : left + width] = image[k]
    return sheet


def to_pil(image: Tensor) -> Image.Image:
    """One picture (C, H, W) or (1, C, H, W) in [-1, 1] -> PIL."""
    pixels = to_uint8(image if image.dim() == 4 else image[None])[0].cpu().numpy()
    return Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)


def save(
    path: str | Path,
    image: Tensor,
    scale: int = 1,
    profile: bytes | None = None,
    origin: Mapping[str, str] | None = None,
) -> Path:
    """Write one picture (C, H, W) or a batch, as a grid, to `path` (format by its ending), enlarged `scale` times.

    `profile`: the ICC profile in which its colours are to be written; None: sRGB. `origin`: where it comes from.
    """
    picture = to_pil(grid(image) if image.dim() == 4 and len(image) > 1 else image)
    if scale > 1:
        picture = picture.resize((picture.width * scale, picture.height * scale), Image.Resampling.NEAREST)
    if profile and picture.mode != "L":
        picture = from_srgb(picture, profile)
        picture.info["icc_profile"] = profile
    return save_picture(path, picture, origin)


def save_picture(path: str | Path, picture: Image.Image, origin: Mapping[str, str] | None = None) -> Path:
    """Write a PIL picture to `path` (format by its ending), nearly without loss, and what its colours mean.

    `origin`: where it comes from, which all formats but GIF, BMP and the like hold, too; None: what the picture says.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        options: dict[str, Any] = {"quality": QUALITY} if path.suffix.lower() in LOSSY else {}
        options |= record(path, picture.info.get(ORIGIN) if origin is None else origin)
        with whole(path) as beside:
            picture.save(beside, icc_profile=picture.info.get("icc_profile"), **options)
    except (ValueError, KeyError, OSError) as error:
        if isinstance(error, OSError) and error.errno:  # of the disk, not of the format
            raise InputError(f"{path}: cannot be written ({error.strerror})") from error
        raise InputError(f"{path}: cannot write this kind of picture ({error}); use .png, .jpg or .webp") from error
    return path


def save_film(
    path: str | Path,
    frames: Sequence[Image.Image],
    seconds_per_frame: float = 0.08,
    origin: Mapping[str, str] | None = None,
) -> Path:
    """Write frames as an animated WebP, GIF or PNG that loops; `origin`: where they come from."""
    path = Path(path)
    if path.suffix.lower() not in {".webp", ".gif", ".png"}:
        raise InputError(f"{path}: an animation is written as .webp, .gif or .png")
    path.parent.mkdir(parents=True, exist_ok=True)
    duration = round(seconds_per_frame * 1000)
    with whole(path) as beside:
        more: dict[str, Any] = {"append_images": list(frames[1:]), **record(path, origin)}
        more |= {"quality": QUALITY} if path.suffix.lower() in LOSSY else {}
        frames[0].save(beside, save_all=True, duration=duration, loop=0, **more)
    return path


def record(path: Path, origin: Mapping[str, str] | None) -> dict[str, Any]:
    """Options for Pillow to write where a picture comes from: text chunks of a PNG, EXIF of a WebP, JPEG or AVIF."""
    ending = path.suffix.lower()
    if not origin:
        return {}
    origin = {name: plain(word) for name, word in origin.items()}  # names of files may be no UTF-8
    if ending in {".png", ".apng"}:
        chunks = PngImagePlugin.PngInfo()
        for name, word in origin.items():
            chunks.add_text(f"{ORIGIN}:{name}", word)
        return {"pnginfo": chunks}
    if ending in LOSSY:
        exif = Image.Exif()
        exif[ExifTags.Base.Software] = ORIGIN
        exif[ExifTags.Base.ImageDescription] = json.dumps(dict(origin))
        return {"exif": exif}
    return {}


def read_origin(path: str | Path) -> dict[str, str]:
    """What a picture file says of where it comes from, by name; nothing where we did not write it."""
    with _named_errors(path), open_image(path) as picture:
        chunks = {name: str(word) for name, word in picture.info.items() if isinstance(name, str)}
        exif = picture.getexif()
    found = {n.removeprefix(f"{ORIGIN}:"): word for n, word in chunks.items() if n.startswith(f"{ORIGIN}:")}
    if found or exif.get(ExifTags.Base.Software) != ORIGIN:
        return found
    try:
        told = json.loads(exif.get(ExifTags.Base.ImageDescription, "{}"))
    except ValueError:  # somebody changed it
        return {}
    return {str(name): str(word) for name, word in told.items()} if isinstance(told, dict) else {}


def made_here(path: str | Path) -> bool:
    """Whether a picture file says that aegean made it; looks at its ends before it is opened."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            ends = file.read(ENDS)
            file.seek(max(0, file.seek(0, 2) - ENDS))
            ends += file.read(ENDS)
        return ORIGIN.encode() in ends and bool(read_origin(path))
    except (OSError, InputError):
        return False


def open_picture(
    source: str | Path | BinaryIO,
    at_least: int | None = None,
    name: str | Path | None = None,
    own_colours: bool = False,
) -> Image.Image:
    """Decode one picture, turned as its EXIF says, its colours in sRGB.

    InputError in one line when it cannot be read or is absurdly large, which calls it `name`; None: its path. With
    `at_least` a JPEG is decoded at a half, a quarter or an eighth of its size, as long as each side keeps that many
    pixels: several times faster for a photo that will be made small anyway. `own_colours`: as its profile has them.
    """
    path = source if name is None else name
    with _named_errors(path), open_image(source) as picture:
        check_size(picture.size, path)
        if at_least:
            picture.draft(None, (at_least, at_least))
        picture.load()
        if picture.mode == "LAB":
            raise InputError(f"{path}: its colours are Lab; save it as RGB")
        if picture.mode == "F":
            _range_of_floats(picture, f"{path}: ")
        upright = turned(picture)
        return upright if own_colours else to_srgb(upright)


@contextmanager
def _named_errors(path: object) -> Iterator[None]:
    """What Pillow raises, as an InputError in one line that names the picture."""
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except InputError:
        raise
    except Image.DecompressionBombError as error:
        count = int(str(error).partition("(")[2].split()[0])  # "Image size (195000000 pixels) exceeds ..."
        raise too_large(path, f"{count:,} pixels", count) from None
    except Exception as error:  # PIL raises a wide family: UnidentifiedImageError, OSError, SyntaxError ...
        pass_on(error, path)
        raise InputError(f"{path}: not a picture that can be read ({first_line(error)})") from error


def check_size(size: tuple[int, int], where: object) -> None:
    """InputError for a picture of more pixels than are trusted."""
    width, height = size
    if width * height > MAX_PIXELS:
        raise too_large(where, f"{width} x {height} pixels", width * height)


def too_large(where: object, size: str, count: int) -> InputError:
    """What is said of a picture of more pixels than are trusted."""
    return InputError(f"{where}: {size} is too large to be trusted; --max-pixels {count} allows it")


def allow_pixels(count: int) -> None:
    """Trust pictures of so many pixels from now on."""
    global MAX_PIXELS
    MAX_PIXELS, Image.MAX_IMAGE_PIXELS = count, count


def profile_of(path: str | Path) -> bytes | None:
    """The ICC profile of a picture file, where its pixels keep their meaning as RGB."""
    with open_image(path) as picture:
        profile: bytes | None = picture.info.get("icc_profile")
        return profile if picture.mode in {"RGB", "RGBA", "P", "PA"} else None


def fit(picture: Image.Image, size: Size | int | None, channels: int) -> Image.Image:
    """Convert to 1, 3 or 4 channels; with `size`, scale until it is covered (Lanczos), and crop at the centre."""
    picture = eight_bits(picture)
    if picture.has_transparency_data and channels < 4:  # transparency becomes white
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture.convert("RGBA"))
    picture = picture.convert(MODES[channels])
    if size is None or picture.size == (wanted := Size.of(size).of_pil):
        return picture
    return ImageOps.fit(picture, wanted, Image.Resampling.LANCZOS)


def eight_bits(picture: Image.Image) -> Image.Image:
    """A picture of floats or of 16-bit greys as L, or as LA where one grey means transparent; others as they are."""
    if picture.mode == "F" and _range_of_floats(picture) == 1:
        return picture.point(lambda value: value * 255 + 0.5).convert("L")
    if picture.mode not in {*SIXTEEN, "F"}:
        return picture
    whole_numbers = picture.convert("I")
    grey = whole_numbers.point(lambda value: value / 256).convert("L")  # the high byte
    clear = picture.info.get("transparency")
    if isinstance(clear, int):
        import numpy

        alpha = (numpy.array(whole_numbers) != clear).astype(numpy.uint8) * 255
        grey.putalpha(Image.fromarray(alpha))
    return grey


def _range_of_floats(picture: Image.Image, where: str = "") -> int:
    """1 or 65535: what is white in a picture of floats."""
    low, high = cast(tuple[float, float], picture.getextrema())
    if 0 <= low <= high <= 1:
        return 1
    if 0 <= low <= 255 < high < 2**16:
        return 2**16 - 1
    raise InputError(f"{where}a picture of floats from {low:g} to {high:g}; expected 0 to 1, or to 65535")


def from_pil(picture: Image.Image) -> Tensor:
    """PIL -> uint8 (H, W, C)."""
    import numpy

    pixels = torch.from_numpy(numpy.array(picture, dtype=numpy.uint8))
    return pixels[:, :, None] if pixels.dim() == 2 else pixels


def read(path: str | Path, size: Size | int | None, channels: int) -> Tensor:
    """One picture file -> (1, C, H, W) in [-1, 1], cropped and scaled to `size` if given."""
    return to_float(from_pil(fit(open_picture(path), size, channels))[None])
