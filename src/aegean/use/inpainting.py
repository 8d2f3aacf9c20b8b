"""Photos with their holes filled in."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, adaptive_max_pool2d

from aegean.colours import from_srgb, to_srgb
from aegean.errors import InputError
from aegean.families import check_settings
from aegean.images import fit, open_picture, to_pil
from aegean.media.faces import Square
from aegean.media.holes import (
    LOSSLESS,
    check_hidden,
    cut_out,
    enlarged,
    hidden_by,
    paintable,
    shrunk,
    square_mask,
    to_tensor,
)
from aegean.media.photos import centre_of
from aegean.models.capabilities import Restores
from aegean.picture_formats import lost_of
from aegean.runs import Run
from aegean.use.origin import signed
from aegean.use.pictures import Picture, called, side_by_side, to_picture
from aegean.use.remarks import say
from aegean.use.requests import open_run, require


class Filled(NamedTuple):
    """A photo as it was, as it is, and what was hidden: (1, 1, H, W) bool."""

    before: Image.Image
    after: Image.Image
    hidden: Tensor

    def beside(self) -> Tensor:
        """The masked photo and the filled one, one beside the other. (1, C, H, .)"""
        channels = 1 if self.before.mode in {"L", "LA"} else 3
        before, after = (to_tensor(fit(each, None, channels)) for each in (self.before, self.after))
        return side_by_side(before.masked_fill(self.hidden, 0.0), after)


def inpaint(
    run: Run | str | Path,
    picture: Picture,
    mask: Picture | None = None,
    *,
    square: Square | None = None,
    as_tensor: bool = False,
    **settings: Any,
) -> Any:
    """Fill in what a mask hides in a photo. What is not hidden stays as it is, to the bit, at the photo's own size.

    Args:
        run: A run that fills in holes, or its folder.
        picture: One picture of any size: see `aegean.use.pictures.read`.
        mask: A picture of the photo's size or the model's, white (or painted, if the rest is transparent) where the
            photo is to be filled in. None: what was erased from the photo, which is transparent there; else what was
            hidden in training, if that is always the same.
        square: In place of a mask: top, left and side of what is hidden, in pixels of the photo.
        as_tensor: Give (C, H, W) in [-1, 1] in place of PIL.
        **settings: Of use, that the family's `restore` takes by name.

    Raises:
        InputError: for a run that fills in no holes, and masks that hide nothing or too much.
    """
    opened = open_run(run)
    filled = fill(opened, picture, mask, square, **settings).after
    return to_tensor(filled)[0] if as_tensor else signed(filled, opened, "aegean.inpaint", seed=settings.get("seed"))


def fill(
    run: Run, picture: Picture, mask: Picture | None = None, square: Square | None = None, **settings: Any
) -> Filled:
    """Fill in as `inpaint` does, and give the photo before and what was hidden too."""
    model = require(run, Restores)
    if not model.fills_holes:
        raise InputError(f"{run.path}: {run.config.family} fills in no holes; a context_encoder does")
    check_settings(run.config.family, model.restore, settings)
    own = open_picture(picture, own_colours=True) if isinstance(picture, str | Path) else to_picture(picture)
    lost = lost_of(picture) if isinstance(picture, str | Path) else []
    photo, size = fit(to_srgb(own), None, run.spec.channels), run.spec.size
    hidden = _hidden(run, model, own, mask, square, called(picture))
    before = paintable(own)
    if before.mode != own.mode and own.mode not in LOSSLESS:
        lost = [
            f"a picture of mode {own.mode} becomes {before.mode}, of 8 bits",
            *(one for one in lost if "bits" not in one),
        ]
    for line in lost:
        say(f"{called(picture)}: {line}")
    centre = centre_of(photo, size)
    seen = hidden[..., *centre.inside]
    check_hidden(hidden, seen)
    small = _hole(run, model, seen)
    painted = to_pil(
        model.restore(to_tensor(shrunk(photo, hidden, size)).masked_fill(small > 0, 0.0), small, **settings)
    )
    if centre.size != size:
        painted = painted.resize(centre.size.of_pil, Image.Resampling.BICUBIC)
    after = before.copy()
    profile = before.info.get("icc_profile")
    if profile and before.mode in {"RGB", "RGBA"}:
        painted = from_srgb(painted.convert("RGB"), profile)
    after.paste(painted.convert(before.mode), (centre.left, centre.top), to_pil(2 * seen.float() - 1))
    return Filled(before, after, hidden)


def _hidden(run: Run, model: Any, photo: Image.Image, mask: Picture | None, square: Square | None, name: str) -> Tensor:
    """What is to be filled in of the photo, which errors and remarks call `name`. (1, 1, H, W) bool"""
    if mask is not None and square is not None:
        raise InputError("a mask and a square: give one or the other")
    if square is not None:
        return square_mask(photo, square)
    if mask is not None:
        given = f"--mask {mask}" if isinstance(mask, str | Path) else "the mask"
        return hidden_by(to_picture(mask), photo, run.spec.size, given)
    if run.spec.channels < 4 and (erased := cut_out(photo)) is not None:
        say(f"{name}: what is transparent is filled in; with a mask, what that hides")
        return erased
    if (hole := _usual(run, model)) is None:
        raise InputError(f"{run.path}: was trained on holes anywhere: give --mask")
    return enlarged(to_pil(2 * hole - 1), photo)


def _hole(run: Run, model: Any, seen: Tensor) -> Tensor:
    """What of the centre (1, 1, h, w) is hidden at the model's size. (1, 1, H, W) in 0, 1"""
    small = adaptive_max_pool2d(seen.float(), run.spec.size)  # any hidden pixel hides it
    hole = _usual(run, model)
    if hole is None or not model.one_hole:
        return small
    if ((adaptive_avg_pool2d(seen.float(), run.spec.size) >= 0.5) > (hole > 0)).any():
        say(f"{run.path}: was trained on the centre alone; for holes elsewhere train with --mask both")
        return small
    return hole  # it knows no other: with one a pixel wider its colours are wrong


def _usual(run: Run, model: Any) -> Tensor | None:
    """The hole of the training, (1, 1, H, W) in 0, 1, where it is always the same one."""
    blank = torch.zeros(1, *run.spec.shape)
    one, other = model.missing(blank, 0), model.missing(blank, 1)
    return one if torch.equal(one, other) else None
