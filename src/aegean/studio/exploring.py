"""The panel Explore: a map of codes, the picture at any place of it, and a film of a way through it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any

import torch
from msgspec import Meta
from PIL import Image
from torch import Tensor

from aegean.errors import InputError
from aegean.images import to_pil
from aegean.latent import Atlas, draw, lerp, slerp, within
from aegean.models.capabilities import Conditional, Encodes, Samples
from aegean.report.figure import unseen
from aegean.report.pictures import mosaic
from aegean.runs import Run
from aegean.studio.state import Studio
from aegean.use import labels_for
from aegean.use.coding import encode
from aegean.use.origin import origin_of

DOTS = 600
THUMBNAIL = 40  # pixels
MOST_FRAMES = 600

Place = Annotated[list[float], Meta(min_length=2, max_length=2)]
Along = Annotated[list[float], Meta(max_length=8)]
Corners = Annotated[list[Annotated[int, Meta(ge=0)]], Meta(min_length=4, max_length=4)]


@dataclass(frozen=True)
class Codes:
    """What the map of a run shows: codes with their atlas, pictures (N, C, H, W), labels (N,) where known."""

    atlas: Atlas
    pictures: Tensor
    labels: Tensor | None
    real: bool  # codes of test images, not random draws


@lru_cache(maxsize=6)
def codes_of(run: Run) -> Codes:
    """Codes of test images; random draws where the model has no codes of images, or the images are not at hand."""
    model = run.model
    try:
        if not isinstance(model, Encodes):
            raise InputError(f"{run.path}: {run.config.family} has no codes of images")
        batch = unseen(run, DOTS)
        codes = encode(run, batch.image, batch.label if isinstance(model, Conditional) else None)
        return Codes(Atlas(codes), batch.image, batch.label, True)
    except InputError:
        if not isinstance(model, Samples):
            raise
    noise = model.noise(DOTS, seed=0)
    labels = torch.arange(DOTS) % len(run.spec.classes) if isinstance(model, Conditional) else None
    return Codes(Atlas(noise), draw(model, noise, labels), labels, False)


def codes(studio: Studio, run: str, map: str = "pca") -> dict[str, Any]:
    """The map of a run's codes: a place for each, its label, and a sheet of small pictures, in the same order."""
    opened = studio.runs.open(run)
    with opened.lock:
        found = codes_of(opened.run)
        plane = found.atlas.plane(map)
    columns = 25
    sheet = mosaic(found.pictures, columns, THUMBNAIL)
    return {
        "places": [[round(float(x), 4), round(float(y), 4)] for x, y in plane],
        "labels": None if found.labels is None else found.labels.tolist(),
        "classes": list(opened.run.spec.classes),
        "maps": found.atlas.kinds,
        "real": found.real,
        "directions": len(found.atlas.directions),
        "sheet": studio.files.give(sheet),
        "columns": columns,
        "thumbnail": THUMBNAIL,
    }


def picture_at(
    studio: Studio,
    run: str,
    place: Place,
    map: str = "pca",
    along: Along | None = None,
    label: str | None = None,
    corners: Corners | None = None,
) -> Image.Image:
    """The picture at a place (x, y) of a map; or, with the dots of four corners, at (across, down) of their square."""
    opened = studio.runs.open(run).run
    return to_pil(_drawn(opened, [_code(opened, map, place, along or [], corners)], label))


def decode(
    studio: Studio,
    run: str,
    place: Place,
    map: str = "pca",
    along: Along | None = None,
    label: str | None = None,
    corners: Corners | None = None,
) -> dict[str, Any]:
    """The picture at a place of a map, or of the square of four corners, as a file: what a drag on the page shows."""
    return {"picture": studio.files.give(picture_at(studio, run, place, map, along, label, corners))}


def film(
    studio: Studio,
    run: str,
    way: Annotated[list[Place], Meta(min_length=2, max_length=MOST_FRAMES)],
    map: str = "pca",
    along: Along | None = None,
    label: str | None = None,
    corners: Corners | None = None,
    seconds: Annotated[float, Meta(ge=0.02, le=2)] = 0.06,
) -> Iterator[dict[str, Any]]:
    """A film of the pictures along a way, place by place; says how far it is."""
    opened = studio.runs.open(run).run
    frames: list[Image.Image] = []
    for start in range(0, len(way), 16):
        some = [_code(opened, map, place, along or [], corners) for place in way[start : start + 16]]
        frames += [to_pil(image) for image in _drawn(opened, some, label)]
        yield {"done": len(frames), "total": len(way)}
    scale = max(1, 256 // opened.spec.size.longer)
    large = [one.resize((scale * one.width, scale * one.height), Image.Resampling.NEAREST) for one in frames]
    origin = origin_of(opened, "aegean studio: explore", places=len(way), map=map)
    yield {"film": studio.files.film(large, seconds, origin)}


def _code(run: Run, kind: str, place: list[float], along: list[float], corners: list[int] | None) -> Tensor:
    found = codes_of(run)
    if corners is None:
        return found.atlas.code(kind, place, along)
    if max(corners) >= len(found.atlas.codes):
        raise InputError(f"there is no dot {max(corners)}: they are numbered 0 to {len(found.atlas.codes) - 1}")
    across, down = (torch.tensor([[min(max(part, 0.0), 1.0)]]) for part in place)
    curve = slerp if isinstance(run.model, Samples) else lerp
    return within(found.atlas.codes[corners], across, down, curve)


def _drawn(run: Run, codes: list[Tensor], label: str | None) -> Tensor:
    """Codes (1, Z) each -> images (N, C, H, W)."""
    first = torch.zeros(len(codes), dtype=torch.int64)
    return draw(run.model, torch.cat(codes), labels_for(run, label or None, first, len(codes)))
