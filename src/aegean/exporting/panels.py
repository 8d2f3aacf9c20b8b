"""What an exported page shows: a panel for each thing that a model can do, and the graphs that it calls."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from aegean import images
from aegean.data import avatars, open_dataset
from aegean.errors import InputError
from aegean.exporting.graphs import Graph, graphs
from aegean.exporting.layers import looked_into
from aegean.exporting.plane import plane
from aegean.models.capabilities import (
    Classifies,
    ClassifiesAttributes,
    Edits,
    Encodes,
    Restores,
    Samples,
    Translates,
)
from aegean.pretrained.layers import Layer
from aegean.runs import Run
from aegean.sizes import Size

EXAMPLES = 6
LARGEST = 256  # pixels a side of a given example: the page takes no larger ones in
LARGE = Size(160, 160)  # pixels of a drawn example where pictures of any size go in


def panels(run: Run) -> tuple[list[dict[str, Any]], list[Graph]]:
    """What each panel is told, the one that is shown first at the front, and the graphs that all of them need.

    Raises:
        InputError: for a model that can do nothing that a page shows.
    """
    model, known = run.model, {graph.name: graph for graph in graphs(run.model, run.spec)}
    found: list[tuple[dict[str, Any], list[str]]] = []
    if isinstance(model, Edits):
        found.append(({"kind": "edit", "names": list(model.editable)}, ["editor"]))
    if isinstance(model, Samples | Encodes):
        name = "generator" if isinstance(model, Samples) else "decoder"
        found.append((_explore(run, known[name]), [name]))
    if isinstance(model, Translates):
        domains = dict(zip("ab", run.spec.domains or "ab"))
        into = {f"translator_to_{direction}": domains[direction] for direction in model.directions}
        found.append(({"kind": "translate", "into": into}, list(into)))
    if isinstance(model, Restores):
        found.append((_restore(model), ["restorer"]))
    judges: dict[type, str] = {Classifies: "classifier", ClassifiesAttributes: "attribute_classifier"}
    for capability, name in judges.items():
        if isinstance(model, capability):
            known[name], layers = looked_into(model, known[name])
            found.append((_recognise(run, known[name], layers), [name]))
    if not found:
        raise InputError(f"{run.path}: {run.config.family} does nothing that a page could show")
    return [told | {"calls": names} for told, names in found], [known[name] for _, names in found for name in names]


def _explore(run: Run, graph: Graph) -> dict[str, Any]:
    found = plane(run)
    labels = [None] * len(found.dots) if found.labels is None else found.labels.tolist()
    return {
        "kind": "explore",
        "model": graph.name,
        "input": next(iter(graph.inputs)),
        "mean": _numbers(found.mean),
        "axes": _numbers(found.axes),
        "duals": _numbers(found.duals),
        "gaussian": found.gaussian,
        "dots": [[*dot, label] for dot, label in zip(_numbers(found.dots, 3), labels)],
        "codes": [] if found.gaussian else _numbers(found.starts),
    }


def _numbers(tensor: Tensor, digits: int = 5) -> Any:
    return tensor.double().mul(10**digits).round().div(10**digits).tolist()


def _restore(model: Restores) -> dict[str, Any]:
    settings = model.damage_settings
    return {
        "kind": "restore",
        "model": "restorer",
        "holes": model.fills_holes,
        "hole": settings.get("hole", 0.5),
        "one_hole": model.one_hole,
        "damage": settings.get("noise"),
        "strength": settings.get("strength", 0.1),
        "any": model.reach is not None,
    }


def _recognise(run: Run, graph: Graph, layers: list[Layer]) -> dict[str, Any]:
    names = list(run.spec.classes if graph.output == "log_probabilities" else run.spec.attributes)
    written = run.spec.channels == 1 and all(len(name) == 1 for name in names)  # digits, letters
    return {
        "kind": "recognise",
        "model": graph.name,
        "output": graph.output,
        "names": names,
        "drawn": written,
        "layers": [layer.name for layer in layers],
    }


def examples(run: Run, large: bool, given: Sequence[str | Path] = ()) -> list[str]:
    """The pictures `given`, as data URLs; by default test pictures; where the data are not at hand, or too small to
    show, digits for what tells digits apart, or faces drawn from seeds.
    """
    if given:
        return [_data_url(_small(images.open_picture(path))) for path in given]
    try:
        shown = run.data.test.some(EXAMPLES).first(EXAMPLES).image
        if not large or run.spec.size.longer >= 64:
            return [_url(image) for image in shown]
    except InputError:
        pass
    if isinstance(run.model, Classifies):  # a face is no digit
        digits = open_dataset("digits")
        alike = (run.spec.shape, run.spec.classes) == (digits.spec.shape, digits.spec.classes)
        return [_url(image) for image in digits.test.some(EXAMPLES).first(EXAMPLES).image] if alike else []
    if run.spec.channels == 4:
        return []
    faces = torch.stack(
        [torch.from_numpy(avatars.draw(seed, LARGE if large else run.spec.size)) for seed in range(EXAMPLES)]
    )
    drawn = images.to_float(faces)
    return [_url(image) for image in (drawn.mean(1, keepdim=True) if run.spec.channels == 1 else drawn)]


def _small(picture: Image.Image) -> Image.Image:
    small = images.eight_bits(picture)
    small = small.convert("RGBA" if small.has_transparency_data else "RGB")
    small.thumbnail((LARGEST, LARGEST), Image.Resampling.LANCZOS)
    return small


def _url(image: Tensor) -> str:
    return _data_url(images.to_pil(image))


def _data_url(picture: Image.Image) -> str:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
