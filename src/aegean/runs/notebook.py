"""What a run shows of itself in a notebook: a few samples, small curves, its figures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from aegean.images import grid, to_pil
from aegean.markup import enlargement, image_tag, number
from aegean.models.capabilities import Conditional, Samples
from aegean.picture_formats import open_image
from aegean.runs.history import History, terms

SAMPLES, CELL, ACROSS = 16, 64, 560  # images; pixels of one, and of all side by side
CURVES, WIDTH, HEIGHT = 6, 150, 48  # of training, in pixels


def html(
    words: str, shown: Image.Image | None, width: int, history: History, figures: Sequence[Mapping[str, Any]]
) -> str:
    """One piece of HTML that needs nothing beside it: words, a picture of images of `width` pixels, curves, figures."""
    factor = enlargement(width, math.isqrt(SAMPLES), CELL, ACROSS)
    parts = [f"<p><code>{escape(words)}</code></p>", "" if shown is None else image_tag(shown, "samples", factor)]
    return f"<div>{''.join(parts)}{_curves(history)}{_figures(figures)}</div>"


def picture(model: object, classes: int, previews: Sequence[Path]) -> Image.Image | None:
    """A few samples; of a model that makes none, the last preview of its training; None where there is neither."""
    if isinstance(model, Samples):
        label = torch.arange(SAMPLES) % classes if isinstance(model, Conditional) else None
        return to_pil(grid(model.sample(model.noise(SAMPLES, seed=0), label)))
    if not previews:
        return None
    with open_image(previews[-1]) as preview:
        return preview.copy()


def _curves(history: History) -> str:
    """Small lines over the steps, one for each of the first terms."""
    charts = []
    for name in terms(history)[:CURVES]:
        told = [(record["step"], record[name]) for record in history if isinstance(record.get(name), int | float)]
        points = [(step, value) for step, value in told if math.isfinite(value)]
        if len(points) > 1:
            charts.append(_curve(name, points))
    return f"<div>{''.join(charts)}</div>" if charts else ""


def _curve(name: str, points: list[tuple[float, float]]) -> str:
    (first, *_, last), values = [step for step, _ in points], [value for _, value in points]
    low, high = min(values), max(values)
    places = " ".join(
        f"{(step - first) / (last - first or 1) * WIDTH:.1f},{(high - value) / (high - low or 1) * HEIGHT:.1f}"
        for step, value in points
    )
    line = f'<polyline points="{places}" fill="none" stroke="currentColor" stroke-width="1.5"/>'
    chart = f'<svg width="{WIDTH}" height="{HEIGHT}" viewBox="-2 -2 {WIDTH + 4} {HEIGHT + 4}">{line}</svg>'
    words = f"{escape(name)} {number(values[-1])}"
    return (
        f'<figure style="display:inline-block;margin:4px 12px 4px 0">{chart}<figcaption>{words}</figcaption></figure>'
    )


def _figures(figures: Sequence[Mapping[str, Any]]) -> str:
    """What was measured: a row each."""
    told = [
        (escape(str(record["metric"])), number(record["value"]), escape(str(record["split"])))
        for record in figures
        if isinstance(record.get("value"), int | float)
    ]
    rows = "".join(f"<tr><td>{'</td><td>'.join(cells)}</td></tr>" for cells in told)
    return f"<table><tr><th>metric</th><th>value</th><th>split</th></tr>{rows}</table>" if rows else ""
