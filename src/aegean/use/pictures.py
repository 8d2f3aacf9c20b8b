"""Pictures as people have them -> (B, C, H, W) in [-1, 1], and back in the form in which they came."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from aegean.data.folders import pictures_in
from aegean.data.source import hides
from aegean.data.types import DataSpec
from aegean.errors import InputError
from aegean.images import eight_bits, fit, from_pil, from_unit, grid, open_picture, to_float, to_pil
from aegean.picture_formats import lost_of
from aegean.sharing import dealt
from aegean.use.remarks import refuse_or_say, say

Picture = str | Path | Image.Image | NDArray[Any] | Tensor
KINDS = (str, Path, Image.Image, np.ndarray, Tensor)  # the same, for isinstance
Made = TypeVar("Made")
EXAMPLES = 3  # remarks of one kind that are made in full
FARTHEST = 32.0  # from 0 that a noisy picture in [-1, 1] may be; beyond it the values are of another range


def read(picture: Picture, channels: int) -> Tensor:
    """One picture, or a batch of them, at its own size -> (B, C, H, W) in [-1, 1].

    Args:
        picture: A path; a PIL picture; an array (H, W) or (H, W, C), uint8 or floats in [0, 1]; or a tensor (C, H, W)
            or (B, C, H, W) in [-1, 1].
        channels: C: 1 (grey), 3 (colour) or 4 (with alpha). Pictures that have others are converted.

    Raises:
        InputError: for what is no picture, cannot be read, or has other values.
    """
    if isinstance(picture, Tensor):
        image = _of_tensor(picture)
    elif isinstance(picture, np.ndarray) and picture.dtype.kind == "f":
        image = _of_floats(picture)
    else:
        return _of_pil(fit(to_picture(picture, channels), None, channels))
    if image.shape[1] == channels:
        return image
    return torch.cat([_of_pil(fit(to_pil(one), None, channels)) for one in image])


def to_picture(picture: Picture, channels: int = 3) -> Image.Image:
    """One picture of any kind -> PIL, 8 bits a channel where it was an array or a tensor; a file's is as it was.

    Says what of a file does not go into an image of so many channels.
    """
    if isinstance(picture, Image.Image):
        return picture
    if isinstance(picture, str | Path):
        opened = open_picture(picture)
        lost = lost_of(picture)
        if channels < 4 and hides(opened):
            lost.append("laid on white where it is transparent")
        for line in lost:
            say(f"{picture}: {line}")
        return opened
    if isinstance(picture, Tensor):
        return to_pil(_of_tensor(picture))
    if not isinstance(picture, np.ndarray):
        raise InputError(f"a picture is a path, a PIL picture, an array or a tensor, not {type(picture).__name__}")
    if picture.dtype.kind == "f":
        return to_pil(_of_floats(picture))
    if picture.dtype == bool:
        picture = picture.astype(np.uint8) * 255
    pixels = _with_channels(picture)
    if pixels.dtype != np.uint8:
        raise InputError(f"an array of {picture.dtype}; expected uint8, bool, or floats in [0, 1]")
    return Image.fromarray(np.ascontiguousarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels))


def say_lost(pictures: Sequence[Picture]) -> None:
    """Say what of files goes into no picture: later frames, and bits; of the first few in full."""
    lost = [f"{one}: {line}" for one in pictures if isinstance(one, str | Path) for line in lost_of(one)]
    for line in lost[:EXAMPLES]:
        say(line)
    if len(lost) > EXAMPLES:
        say(f"and {len(lost) - EXAMPLES:,} more such")


def has_colour(picture: Picture) -> bool:
    """Whether a picture has more than one channel of colour."""
    if isinstance(picture, Tensor):
        return picture.shape[-3] > 1
    if isinstance(picture, np.ndarray):
        return picture.ndim == 3 and picture.shape[2] > 1
    if isinstance(picture, Image.Image):
        return eight_bits(picture).mode not in {"1", "L", "LA"}
    return has_colour(open_picture(picture, own_colours=True))


def fitted(pictures: Sequence[Picture], spec: DataSpec) -> Tensor:
    """Pictures (N, C, H, W) cut and scaled to the training size; says so where that changed any."""
    return _joined([_fitted(picture, spec) for picture in pictures], spec)


def fitted_files(paths: Sequence[Path], spec: DataSpec) -> tuple[list[Path], Tensor]:
    """The same of files, with those that can be read: of several, one that cannot is said and left out."""
    kept, parts = [], []
    for place, part in each_readable(paths, lambda place: _fitted(paths[place], spec)):
        kept.append(paths[place])
        parts.append(part)
    return kept, _joined(parts, spec)


def each_readable(
    paths: Sequence[Path], make: Callable[[int], Made], places: Iterable[int] | None = None
) -> Iterator[tuple[int, Made]]:
    """(place, what `make` gives of it) of each file; of several, one that cannot be read is said and left out.

    `places`: all of them, in order, as a progress line tells of them. Several processes share the files. InputError
    for one file alone, and where not one can be read.
    """
    if not paths:
        raise InputError("no photo was given")

    def tried(place: int) -> tuple[Made | None, str | None]:
        try:
            return make(place), None
        except InputError as error:
            if len(paths) == 1:
                raise
            return None, str(error)

    done, made = 0, dealt(range(len(paths)), lambda mine: map(tried, mine))
    for place in range(len(paths)) if places is None else places:
        one, wrong = next(made)
        if wrong is not None:
            say(f"{wrong}; left out")
            continue
        done += 1
        yield place, cast(Made, one)
    if not done:
        raise InputError(f"{paths[0]} and {len(paths) - 1} more: not one photo can be read")


def _fitted(picture: Picture, spec: DataSpec) -> tuple[Tensor, str]:
    """One picture (1, C, H, W), or a batch, at the training size, and what to call it if that changed it."""
    if isinstance(picture, Tensor | np.ndarray):
        image = read(picture, spec.channels)
        if image.shape[1:] == spec.shape:
            return image, ""
    own = to_picture(picture, spec.channels)
    name = "" if own.size == spec.size.of_pil else f"{called(picture)} ({own.width} x {own.height})"
    return _of_pil(fit(own, spec.size, spec.channels)), name


def _joined(parts: Sequence[tuple[Tensor, str]], spec: DataSpec) -> Tensor:
    changed = [name for _, name in parts if name]
    if changed:
        who = changed[0] if len(changed) == 1 else f"{len(changed)} pictures"
        say(f"{who} cut and scaled to {spec.size}, the size of the training images")
    return torch.cat([image for image, _ in parts])


def found_in(paths: Sequence[Path], but: Path | None = None) -> list[Path]:
    """The pictures of the folders and the files given, without what lies in `but`: where results go."""
    found, empty = list[Path](), list[str]()
    for path in paths:
        inside = pictures_in(path, but) if path.is_dir() else [path]
        empty += [f"{path}: holds no pictures"] * (not inside)
        found += inside
    refuse_or_say(empty, bool(found))
    return found


def several(pictures: Picture | Sequence[Picture]) -> list[Picture]:
    """One picture, a folder, a list of both, or a batch (B, C, H, W) -> a list of pictures."""
    if isinstance(pictures, Tensor) and pictures.dim() == 4:
        return list(pictures)
    if not isinstance(pictures, (*KINDS, Iterable)):
        raise InputError(f"pictures are paths, PIL pictures, arrays or tensors, not {type(pictures).__name__}")
    some = [pictures] if isinstance(pictures, KINDS) else list(pictures)
    if not some:
        raise InputError("no picture was given")
    return [one for some_one in some for one in _inside(some_one)]


def answer(asked: Picture | Sequence[Picture], made: Sequence[Tensor], as_tensor: bool) -> Any:
    """What was made, (1, C, H, W) each, as it was asked for: one for one, a list for a list or a folder.

    PIL pictures; with `as_tensor` (C, H, W) in [-1, 1], and (B, C, H, W) where a batch was given.
    """
    if as_tensor and isinstance(asked, Tensor) and asked.dim() == 4:
        return torch.cat(list(made))
    results = [image[0] if as_tensor else to_pil(image) for image in made]
    return results[0] if is_one(asked) else results


def is_one(pictures: Picture | Sequence[Picture]) -> bool:
    """Whether this is one picture, and no list, folder or batch."""
    if isinstance(pictures, str | Path):
        return not Path(pictures).is_dir()
    return isinstance(pictures, KINDS) and not (isinstance(pictures, Tensor) and pictures.dim() == 4)


def called(picture: Picture) -> str:
    """What remarks call it: its path, if it has one."""
    return str(picture) if isinstance(picture, str | Path) else "the picture"


def side_by_side(*pictures: Tensor) -> Tensor:
    """Pictures (1, C, H, W) next to one another."""
    return grid(torch.cat(pictures), len(pictures))


def _inside(picture: Picture) -> Sequence[Picture]:
    if isinstance(picture, str | Path) and Path(picture).is_dir():
        return found_in([Path(picture)])
    return [picture]


def _of_pil(picture: Image.Image) -> Tensor:
    return to_float(from_pil(picture)[None]).contiguous()


def _of_tensor(image: Tensor) -> Tensor:
    if image.dim() not in {3, 4} or image.shape[-3] not in {1, 3, 4}:
        raise InputError(f"a tensor of shape {tuple(image.shape)}; expected (C, H, W) or (B, C, H, W), C of 1, 3 or 4")
    if not image.is_floating_point() or not image.isfinite().all() or image.abs().max() > FARTHEST:
        raise InputError(f"a tensor of {image.dtype}, up to {float(image.max()):g}; expected floats in [-1, 1]")
    return image.detach().float().cpu().reshape(-1, *image.shape[-3:])


def _of_floats(pixels: NDArray[Any]) -> Tensor:
    values = torch.from_numpy(_with_channels(pixels).astype(np.float32)).permute(2, 0, 1)[None].contiguous()
    if not (values >= -1e-6).all() or not (values <= 1 + 1e-6).all():  # so that NaN is refused, too
        raise InputError(f"an array of floats from {pixels.min():g} to {pixels.max():g}; expected [0, 1]")
    return from_unit(values.clamp(0, 1))


def _with_channels(pixels: NDArray[Any]) -> NDArray[Any]:
    """(H, W) or (H, W, C) -> (H, W, C)."""
    if pixels.ndim == 2:
        return pixels[:, :, None]
    if pixels.ndim != 3 or pixels.shape[2] not in {1, 3, 4}:
        raise InputError(f"an array of shape {pixels.shape}; expected (H, W) or (H, W, C), C of 1, 3 or 4")
    return pixels
