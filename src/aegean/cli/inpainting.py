"""`aegean inpaint`: fill in what a mask hides in a photo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import tyro

from aegean.cli.pictures import Folder, Out
from aegean.errors import InputError

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor

    from aegean.runs import Run


LOSSLESS = {"1", "P", "PA"}  # modes of which another keeps every value


def inpaint(
    run: Folder,
    photo: tyro.conf.Positional[Path],
    mask: Path | None = None,
    out: Out = None,
    beside: tyro.conf.FlagCreatePairsOff[bool] = False,
) -> None:
    """Fill in what a mask hides in a photo. What is not hidden stays as it is, to the bit, at the photo's own size.

    The model sees the photo's centre square at the size it was trained at; what it paints is enlarged to fit.

    Args:
        run: The folder of a run that fills in: a context_encoder.
        photo: The photo, of any size.
        mask: A picture of the photo's size or the model's, white (or painted, if the rest is transparent) where the
            photo is to be filled in. None: what was hidden in training, if that is always the same.
        out: The filled photo, without loss if .png. None: in RUN/samples.
        beside: Show the masked photo and the filled one, one beside the other.
    """
    import torch

    from aegean import images
    from aegean.cli import _picture_inputs as inputs
    from aegean.cli import _picture_outputs as outputs
    from aegean.models.capabilities import Restores
    from aegean.runs import load

    opened = load(run)
    model = inputs.require(opened, Restores)
    if not inputs.fills_holes(opened):
        raise InputError(f"{opened.path}: {opened.config.family} fills in no holes; a context_encoder does")
    picture = images.open_picture(photo)
    whole = images.fit(picture, None, opened.spec.channels)
    hole = _usual(opened, model)
    if mask:
        hidden = _read_mask(mask, whole, opened.spec.size)
    elif hole is not None:
        hidden = _enlarged(images.to_pil(2 * hole - 1), whole)
    else:
        raise InputError(f"{opened.path}: was trained on holes anywhere: give --mask")
    kept = _kept(picture)
    if kept.mode != picture.mode and picture.mode not in LOSSLESS:
        outputs.say(f"{photo}: a picture of mode {picture.mode} becomes {kept.mode}, of 8 bits")
    filled = kept.copy()
    top, left, side = _centre(whole)
    seen = hidden[..., top : top + side, left : left + side]
    _check_hidden(hidden, seen)
    small = torch.nn.functional.adaptive_max_pool2d(seen.float(), opened.spec.size)  # any hidden pixel hides it
    if hole is not None and model.one_hole:
        most = torch.nn.functional.adaptive_avg_pool2d(seen.float(), opened.spec.size) >= 0.5
        if (most > (hole > 0)).any():
            outputs.say(f"{opened.path}: was trained on the centre alone; for holes elsewhere train with --mask both")
        else:
            small = hole  # it knows no other: with one a pixel wider its colours are wrong
    painted = _paint(model, _shrunk(whole, hidden, opened.spec.size), small, side)
    filled.paste(painted.convert(kept.mode), (left, top), images.to_pil(2 * seen.float() - 1))
    words = (mask and mask.stem, "beside" if beside else None)
    files = [photo, mask] if mask else [photo]
    where = out or outputs.default_out(opened, "inpaint", *words, files=files)
    outputs.apart([where], files)
    if beside:
        channels = 1 if kept.mode in {"L", "LA"} else 3
        before, after = (_to_tensor(images.fit(each, None, channels)) for each in (kept, filled))
        print(images.save(where, outputs.side_by_side(before.masked_fill(hidden, 0.0), after)))
        return
    print(images.save_picture(where, filled))


def _kept(picture: Image) -> Image:
    """The photo in a mode that can be painted in: its own, or one that loses nothing, or at least none of 8 bits."""
    from aegean import images

    if picture.mode in {"L", "LA", "RGB", "RGBA"}:
        return picture
    if picture.mode in {"P", "PA"}:
        return picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    kept = images.fit(picture, None, 1 if picture.mode in {"1", "I", "I;16", "I;16B", "F"} else 3)
    kept.info.pop("icc_profile", None)  # it was of the other mode: CMYK
    return kept


def _check_hidden(hidden: Tensor, seen: Tensor) -> None:
    """That something is hidden, and nothing beyond the centre square (1, 1, S, S)."""
    if int(seen.sum()) < int(hidden.sum()):
        side = seen.shape[-1]
        raise InputError(
            f"the mask reaches beyond the centre square of {side} x {side} pixels, which is all that the model sees; "
            "crop the photo first"
        )
    if not seen.any():
        raise InputError("the mask hides nothing: white is what is to be filled in")


def _paint(model: Any, small: Image, mask: Tensor, side: int) -> Image:
    """The centre square of `side` as the model paints it, given it and what is hidden (1, 1, S, S) at its own size."""
    from PIL.Image import Resampling

    from aegean import images

    painted = images.to_pil(model.restore(_to_tensor(small).masked_fill(mask > 0, 0.0), mask))
    return painted if side == small.width else painted.resize((side, side), Resampling.BICUBIC)


def _shrunk(whole: Image, hidden: Tensor, size: int) -> Image:
    """The centre square at the model's size, of pixels that are not hidden alone: these have no weight in the mean."""
    from PIL import Image, ImageOps

    from aegean import images

    known = images.to_pil(1 - 2 * hidden.float())
    bands = [Image.merge("LA", (band, known)) for band in whole.split()]  # Pillow weighs by the alpha channel
    small = [ImageOps.fit(band, (size, size), Image.Resampling.LANCZOS).getchannel("L") for band in bands]
    return Image.merge(whole.mode, small)


def _read_mask(path: Path, whole: Image, size: int) -> Tensor:
    """Where the picture is white, or opaque if parts of it are transparent. (1, 1, H, W) bool, of the photo's size."""
    from aegean import images

    picture = images.open_picture(path)
    alpha = picture.convert("RGBA").getchannel("A")
    painted = alpha if any(alpha.histogram()[:255]) else images.fit(picture, None, 1)
    if painted.size == whole.size:
        return _to_tensor(painted) > 0
    if painted.size != (size, size):
        raise InputError(
            f"--mask {path}: {painted.width} x {painted.height} pixels; the photo has {whole.width} x {whole.height}, "
            f"the model {size} x {size}"
        )
    return _enlarged(painted, whole)


def _usual(run: Run, model: Any) -> Tensor | None:
    """The hole of the training, (1, 1, S, S) in 0, 1, where it is always the same one."""
    import torch

    blank = torch.zeros(1, run.spec.channels, run.spec.size, run.spec.size)
    one, other = model.missing(blank, 0), model.missing(blank, 1)
    return one if torch.equal(one, other) else None


def _enlarged(hole: Image, whole: Image) -> Tensor:
    """A hole of the model's size in the photo's centre square. (1, 1, H, W) bool, of the photo's size"""
    from PIL import Image

    top, left, side = _centre(whole)
    full = Image.new("L", whole.size)
    full.paste(hole.resize((side, side), Image.Resampling.NEAREST), (left, top))
    return _to_tensor(full) > 0


def _centre(whole: Image) -> tuple[int, int, int]:
    """Top, left and side of the centre square."""
    side = min(whole.size)
    return (whole.height - side) // 2, (whole.width - side) // 2, side


def _to_tensor(picture: Image) -> Tensor:
    """PIL -> (1, C, H, W) in [-1, 1]."""
    from aegean import images

    return images.to_float(images.from_pil(picture)[None]).contiguous()
