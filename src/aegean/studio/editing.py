"""The panel Edit: attributes of what a photo shows, each by as much as is wanted, both ways."""

from __future__ import annotations

from typing import Any

from aegean.families.bounds import Positive
from aegean.images import fit, to_pil
from aegean.models.capabilities import Conditional, Edits, Encodes
from aegean.runs import Run
from aegean.studio.pictures import Given, given
from aegean.studio.state import Studio
from aegean.use.editing import Editing
from aegean.use.origin import origin_of
from aegean.use.pictures import read, to_picture

AMPLIFIED = 3.0  # times as strong is the difference shown, around grey


def fits(run: Run) -> bool:
    """Whether the run edits: by itself, or by directions in its codes."""
    model = run.model
    by_codes = isinstance(model, Encodes) and not isinstance(model, Conditional) and bool(run.spec.attributes)
    return isinstance(model, Edits) or by_codes


def facts(run: Run) -> dict[str, Any]:
    """What the controls must know."""
    model = run.model
    return {"attributes": list(model.editable if isinstance(model, Edits) else run.spec.attributes)}


def edit(
    studio: Studio,
    run: str,
    picture: Given,
    amounts: dict[str, float],
    face: Positive | None = None,
    centre: bool = False,
) -> dict[str, Any]:
    """A photo edited at its own size, the difference, and the faces that were edited: their corners, of width, height.

    `face`: one alone, counted from the left; None: all that are found.
    """
    opened = studio.runs.open(run)
    with opened.lock:
        own = given(studio, opened.run, picture)
        editing = Editing(opened.run, amounts=amounts, face=face, centre=centre)
        edited = editing.photo(own)
        places = [frame.corners for frame in editing.frames(own, own)]
    before = read(fit(own, None, opened.run.spec.channels), opened.run.spec.channels)
    difference = (AMPLIFIED * (edited - before)).clamp(-1, 1)
    told = " ".join(f"{name}={amount:g}" for name, amount in amounts.items() if amount)
    origin = origin_of(opened.run, f"aegean.edit(amounts: {told})")
    return {
        "before": studio.files.give(to_picture(before)),
        "after": studio.files.give(to_pil(edited), origin),
        "difference": studio.files.give(to_pil(difference), origin),
        "faces": [[[z.real / own.width, z.imag / own.height] for z in corners] for corners in places],
    }
