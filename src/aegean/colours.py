"""What the numbers of a picture mean: colour profiles (ICC), made sRGB on the way in, and back on the way out."""

from __future__ import annotations

import functools
import io
from typing import Any

from PIL import Image, ImageCms

from aegean.consoles import warn

SPACES = {"L": "GRAY", "RGB": "RGB ", "CMYK": "CMYK"}  # which kind of profile pictures of a mode have
SAME = 1  # grey levels by which a profile that is sRGB in all but name may differ


def to_srgb(picture: Image.Image) -> Image.Image:
    """The picture with the colours of its profile as sRGB has them; as it is without one, or at more than 8 bits."""
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in {"L", "LA", "RGB", "RGBA", "P", "PA", "CMYK"}:
        return picture
    if picture.mode in {"P", "PA"}:
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    mode = picture.mode.removesuffix("A")
    if (transform := _transform(profile, mode, inwards=True)) is None:
        return picture
    grey = mode == "L"
    plain = picture.convert("RGB") if grey else picture.convert(mode)
    made = ImageCms.applyTransform(plain if not grey or _space(profile) == "RGB " else picture.convert("L"), transform)
    assert made is not None
    made = made.convert("L") if grey else made
    if picture.mode.endswith("A"):
        made.putalpha(picture.getchannel("A"))
    made.info = {name: value for name, value in picture.info.items() if name != "transparency" or mode != "CMYK"}
    return made


def from_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """An sRGB picture (RGB or RGBA) with the numbers that its colours have in a profile."""
    transform = _transform(profile, "RGB", inwards=False)
    if transform is None:
        return picture
    made = ImageCms.applyTransform(picture.convert("RGB"), transform)
    assert made is not None
    if picture.mode == "RGBA":
        made.putalpha(picture.getchannel("A"))
    made.info = dict(picture.info)
    return made


def profile_name(profile: bytes) -> str:
    """What a profile calls itself; `unreadable` where it is damaged."""
    try:
        return ImageCms.getProfileDescription(_read(profile)).strip() or "without a name"
    except Exception:  # lcms raises OSError and its own
        return "unreadable"


def _read(profile: bytes) -> Any:
    return ImageCms.ImageCmsProfile(io.BytesIO(profile))


def _space(profile: bytes) -> str:
    return str(_read(profile).profile.xcolor_space)


@functools.lru_cache(maxsize=64)
def _transform(profile: bytes, mode: str, inwards: bool) -> Any:
    """The change from a profile to sRGB, or back, of pictures of a mode; None if it changes nothing or is unreadable.

    Shared by threads, so without the cache that lcms keeps in a transform.
    """
    flags = ImageCms.Flags.NOCACHE | ImageCms.Flags.BLACKPOINTCOMPENSATION
    try:
        own, space = _read(profile), _space(profile)
        if space != SPACES[mode] and not (mode == "L" and space == "RGB "):
            return None  # left by a program that changed the mode
        kind = "RGB" if mode == "L" and space == "RGB " else mode
        srgb = ImageCms.createProfile("sRGB")
        ends, modes = ((own, srgb), (kind, "RGB")) if inwards else ((srgb, own), ("RGB", kind))
        intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
        made = ImageCms.buildTransform(ends[0], ends[1], modes[0], modes[1], intent, flags)
        if kind == "RGB" and _changes_nothing(made):
            return None
        return made
    except Exception:  # lcms raises OSError and its own
        if inwards:
            warn(f"a colour profile ({profile_name(profile)}) cannot be used: its pictures are taken for sRGB")
        return None


def _changes_nothing(transform: Any) -> bool:
    levels = range(0, 256, 17)
    palette = bytes(level for r in levels for g in levels for b in levels for level in (r, g, b))
    colours = Image.frombytes("RGB", (16 * 16, 16), palette)
    made = ImageCms.applyTransform(colours, transform)
    assert made is not None
    return max(abs(a - b) for a, b in zip(made.tobytes(), palette)) <= SAME
