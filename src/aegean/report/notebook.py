"""What a run shows of itself in a notebook: a few samples, small curves, its figures."""

from __future__ import annotations

import io
import math
from html import escape

import torch
from PIL import Image

from aegean.errors import InputError
from aegean.images import grid, open_image, to_pil
from aegean.models.capabilities import Conditional, Samples
from aegean.report.charts import number
from aegean.report.history import History, terms
from aegean.report.pictures import enlargement, image_tag
from aegean.runs import Run

SAMPLES, CELL, ACROSS = 16, 64, 560  # images; pixels of one, and of all side by side
CURVES, WIDTH, HEIGHT = 6, 150, 48  # of training, in pixels


def html(run: Run) -> str:
    """One piece of HTML that needs nothing beside it."""
    found = picture(run)
    factor = 1.0 if found is None else enlargement(run.spec.size, math.isqrt(SAMPLES), CELL, ACROSS)
    parts = [f"<p><code>{escape(repr(run))}</code></p>", "" if found is None else image_tag(found, "samples", factor)]
    return f"<div>{''.join(parts)}{_curves(run.history)}{_figures(run)}</div>"


def png(run: Run) -> bytes | None:
    """The picture alone."""
    if (found := picture(run)) is None:
        return None
    buffer = io.BytesIO()
    found.save(buffer, "PNG")
    return buffer.getvalue()


def picture(run: Run) -> Image.Image | None:
    """A few samples; of a model that makes none, the last preview of its training; None where there is neither."""
    try:
        model: object = run.model
    except InputError:  # no weights yet
        model = None
    if isinstance(model, Samples):
        label = torch.arange(SAMPLES) % len(run.spec.classes) if isinstance(model, Conditional) else None
        return to_pil(grid(model.sample(model.noise(SAMPLES, seed=0), label)))
    if not (previews := run.previews()):
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


def _figures(run: Run) -> str:
    """What was measured: a row each."""
    told = [
        (escape(str(record["metric"])), number(record["value"]), escape(str(record["split"])))
        for record in run.evaluation
        if isinstance(record.get("value"), int | float) and not run.is_stale(record)
    ]
    rows = "".join(f"<tr><td>{'</td><td>'.join(cells)}</td></tr>" for cells in told)
    return f"<table><tr><th>metric</th><th>value</th><th>split</th></tr>{rows}</table>" if rows else ""
