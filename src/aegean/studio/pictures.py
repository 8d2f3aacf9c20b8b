"""The pictures that the panels work on: uploaded, drawn, or test images of a run."""

from __future__ import annotations

from typing import Annotated, Any

import torch
from msgspec import Meta
from PIL import Image

from aegean.errors import InputError
from aegean.images import fit, to_pil
from aegean.runs import Run
from aegean.studio.files import Upload
from aegean.studio.state import Studio

Given = Upload  # what an upload gave; or {"test": k}: a test image of the run
STRIP = 24


def images(studio: Studio, run: str, start: Annotated[int, Meta(ge=0)] = 0) -> dict[str, Any]:
    """Some test images of a run's data, to pick from."""
    opened = studio.runs.open(run).run
    test = opened.data.test
    rows = range(min(start, len(test)), min(start + STRIP, len(test)))
    images = [to_pil(one) for one in test.batch(torch.tensor(list(rows), dtype=torch.int64)).image] if rows else []
    return {"total": len(test), "start": start, "pictures": [studio.files.give(one) for one in images]}


def given(studio: Studio, run: Run | None, picture: Given) -> Image.Image:
    """The picture that a call is about; InputError where there is none."""
    if run is None or "test" not in picture:
        return studio.files.picture(picture)
    number, test = picture["test"], run.data.test
    if type(number) is not int or not 0 <= number < len(test):
        raise InputError(f"there is no test image {str(number)[:20]}: they are numbered 0 to {len(test) - 1}")
    return to_pil(test.batch(torch.tensor([number])).image)


def whole(picture: Image.Image, run: Run) -> Image.Image:
    """A picture as it is shown beside what was made of it: with the channels of the run."""
    return fit(picture, None, run.spec.channels)
