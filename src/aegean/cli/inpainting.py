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
    from aegean import images
    from aegean.cli import _picture_inputs as inputs
    from aegean.cli import _picture_outputs as outputs
    from aegean.models._model import Restores
    from aegean.runs import load

    opened = load(run)
    model = inputs.require(opened, Restores)
    if not inputs.fills_holes(opened):
        raise InputError(f"{opened.path}: {opened.config.family} fills in no holes; a context_encoder does")
    picture = images.open_picture(photo)
    whole = images.fit(picture, None, opened.spec.channels)
    hidden = _read_mask(mask, whole, opened.spec.size) if mask else _usual(opened, model, whole)
    filled = _fill(model, whole, hidden, opened.spec.size)
    where = out or outputs.default_out(opened, "inpaint", mask and mask.stem, files=[photo])
    if beside:
        filled = outputs.side_by_side(_to_tensor(whole).masked_fill(hidden, 0.0), filled)
    print(images.save(where, filled))


def _fill(model: Any, whole: Image, hidden: Tensor, size: int) -> Tensor:
    """The photo (1, C, H, W) with the pixels of `hidden` (1, 1, H, W) painted."""
    import torch
    from PIL.Image import Resampling

    from aegean import images

    photo = _to_tensor(whole)
    top, left, side = _centre(whole)
    seen = hidden[..., top : top + side, left : left + side]
    if int(seen.sum()) < int(hidden.sum()):
        raise InputError(
            f"the mask reaches beyond the centre square of {side} x {side} pixels, which is all that the model sees; "
            "crop the photo first"
        )
    if not seen.any():
        raise InputError("the mask hides nothing: white is what is to be filled in")
    small = _to_tensor(images.fit(whole, size, photo.shape[1]))
    small_mask = torch.nn.functional.adaptive_max_pool2d(seen.float(), size)  # any hidden pixel hides the small one
    painted = model.restore(small.masked_fill(small_mask > 0, 0.0), small_mask)
    large = _to_tensor(images.to_pil(painted).resize((side, side), Resampling.BICUBIC)) if side != size else painted
    photo[..., top : top + side, left : left + side] = torch.where(
        seen, large, photo[..., top : top + side, left : left + side]
    )
    return photo


def _read_mask(path: Path, whole: Image, size: int) -> Tensor:
    """Where the picture is white, or opaque if parts of it are transparent. (1, 1, H, W) bool, of the photo's size."""
    from PIL import Image

    from aegean import images

    picture = images.open_picture(path)
    alpha = picture.convert("RGBA").getchannel("A")
    painted = alpha if any(alpha.histogram()[:255]) else picture.convert("L")
    if painted.size == whole.size:
        return _to_tensor(painted) > 0
    if painted.size != (size, size):
        raise InputError(
            f"--mask {path}: {painted.width} x {painted.height} pixels; the photo has {whole.width} x {whole.height}, "
            f"the model {size} x {size}"
        )
    top, left, side = _centre(whole)
    full = Image.new("L", whole.size)
    full.paste(painted.resize((side, side), Image.Resampling.NEAREST), (left, top))
    return _to_tensor(full) > 0


def _usual(run: Run, model: Any, whole: Image) -> Tensor:
    """The hole of the training, where it is always the same one. (1, 1, H, W) bool, of the photo's size."""
    import torch

    from aegean import images

    size = run.spec.size
    blank = torch.zeros(1, run.spec.channels, size, size)
    one, other = model.missing(blank, 0), model.missing(blank, 1)
    if not torch.equal(one, other):
        raise InputError(f"{run.path}: was trained on holes anywhere: give --mask")
    top, left, side = _centre(whole)
    hole = images.to_pil(2 * one - 1).resize((side, side), 0)
    full = torch.zeros(1, 1, whole.height, whole.width, dtype=torch.bool)
    full[..., top : top + side, left : left + side] = _to_tensor(hole) > 0
    return full


def _centre(whole: Image) -> tuple[int, int, int]:
    """Top, left and side of the centre square."""
    side = min(whole.size)
    return (whole.height - side) // 2, (whole.width - side) // 2, side


def _to_tensor(picture: Image) -> Tensor:
    """PIL -> (1, C, H, W) in [-1, 1]."""
    from aegean import images

    return images.to_float(images.from_pil(picture)[None]).contiguous()
