"""`aegean inpaint`: fill in what a mask hides in a photo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tyro

from aegean.cli._options import Bare, Device, Folder, Out
from aegean.consoles import tell


def inpaint(
    run: Folder,
    photo: tyro.conf.Positional[Path],
    mask: Path | None = None,
    seed: int | None = None,
    steps: int | None = None,
    out: Out = None,
    beside: tyro.conf.FlagCreatePairsOff[bool] = False,
    device: Device = "auto",
    no_metadata: Bare = False,
) -> None:
    """Fill in what a mask hides in a photo. What is not hidden stays as it is, to the bit, at the photo's own size.

    The model sees the photo's centre at the size and form it was trained at; what it paints is enlarged to fit.

    Args:
        run: The folder of a run that fills in: a context_encoder, or a flow.
        photo: The photo, of any size.
        mask: A picture of the photo's size or the model's, white (or painted, if the rest is transparent) where the
            photo is to be filled in. None: what was erased from the photo, which is transparent there; else what was
            hidden in training, if that is always the same.
        seed: Of a flow: another seed, another fill.
        steps: Of a flow: in how many steps it is followed.
        out: The filled photo, without loss if .png. None: in RUN/samples.
        beside: Show the masked photo and the filled one, one beside the other.
    """
    from aegean import images, use
    from aegean.cli import _picture_outputs as outputs
    from aegean.use.inpainting import fill

    opened = use.open_run(run, device)
    told: dict[str, Any] = {name: value for name, value in (("seed", seed), ("steps", steps)) if value is not None}
    words = (mask and mask.stem, "beside" if beside else None, *(f"{name}-{value}" for name, value in told.items()))
    files = [photo, mask] if mask else [photo]
    where = outputs.checked(out or outputs.default_out(opened, "inpaint", *words, files=files), files)
    filled = fill(opened, photo, mask, **told)
    origin = outputs.origin(opened, no_metadata, seed)
    if beside:
        tell(images.save(where, filled.beside(), origin=origin))
    else:
        tell(images.save_picture(where, filled.after, origin))
