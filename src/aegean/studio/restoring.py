"""The panel Restore: noise taken away, holes filled in."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from aegean.families.bounds import Seed
from aegean.families.use import settings_of
from aegean.images import to_pil
from aegean.runs import Run
from aegean.studio.files import Upload
from aegean.studio.form import form_of_use
from aegean.studio.generating import command_of, without_none
from aegean.studio.pictures import Given, given
from aegean.studio.state import Studio
from aegean.use.denoising import restore
from aegean.use.inpainting import fill
from aegean.use.origin import origin_of


def facts(run: Run) -> dict[str, Any]:
    """What the controls must know."""
    model: Any = run.model
    told = settings_of(model.restore)
    return {
        "fills": model.fills_holes,
        "denoises": not model.fills_holes or "sigma" in told,
        "several": "seed" in told,
        "any_size": model.reach is not None,
        "settings": form_of_use(model.restore, leave_out=("seed", "sigma")),
        "sigma": "sigma" in told,
    }


def denoise(
    studio: Studio,
    run: str,
    picture: Given,
    noise: bool = True,
    seed: Seed = 0,
    sigma: Annotated[float, Meta(gt=0, le=255)] | None = None,
    settings: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A picture with the noise of the training, if that is wanted, and without: noisy, predicted, clean."""
    opened = studio.runs.open(run)
    with opened.lock:
        photo = given(studio, opened.run, picture)
        told = without_none({**(settings or {}), "sigma": sigma})
        made = restore(opened.run, photo, seed if noise else None, **told)
    command = command_of("denoise", str(opened.run.path), "PICTURE", sigma=sigma)
    origin = origin_of(opened.run, command, seed=seed if noise else None)
    names = ("noisy", "clean", "predicted")
    pictures = {name: studio.files.give(to_pil(image), origin) for name, image in zip(names, made)}
    return pictures | {"command": command}


def inpaint(
    studio: Studio,
    run: str,
    picture: Given,
    mask: Upload,
    count: Annotated[int, Meta(ge=1, le=9)] = 1,
    seed: Seed = 0,
    settings: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A picture with what the mask paints over filled in: in several ways, by as many seeds, where the model can."""
    opened = studio.runs.open(run)
    with opened.lock:
        photo, hidden = given(studio, opened.run, picture), studio.files.picture(mask)
        model: Any = opened.run.model
        several = "seed" in settings_of(model.restore)
        seeds = range(seed, seed + count) if several else [None]
        told = [without_none({**(settings or {}), "seed": one}) for one in seeds]
        made = [fill(opened.run, photo, hidden, **some).after for some in told]
    command = command_of("inpaint", str(opened.run.path), "PICTURE", mask="MASK")
    fills = [studio.files.give(one, origin_of(opened.run, command, seed=k)) for one, k in zip(made, seeds)]
    return {"before": studio.files.give(photo), "fills": fills, "command": command}
