"""Which graphs a model has: what its capabilities promise, each as a function of plain tensors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor

from aegean.data.types import DataSpec
from aegean.models.capabilities import (
    Classifies,
    ClassifiesAttributes,
    Conditional,
    Edits,
    Encodes,
    Restores,
    Samples,
    Translates,
)
from aegean.models.player import Model

WORDS = {  # what goes in and comes out
    **dict.fromkeys(("image", "restored", "translated", "edited"), "(B, C, H, W), pixels in [-1, 1]"),
    "noise": "(B, Z), drawn from N(0, I)",
    "code": "(B, Z)",
    "label": "(B,), a class's number",
    "mask": "(B, 1, H, W), 1 where a pixel is missing",
    "changes": "(B, A): 1 adds an attribute, -1 removes it, 0 leaves it",
    "log_probabilities": "(B, K), one for each class",
    "probabilities": "(B, A), one for each attribute",
}


@dataclass(frozen=True)
class Graph:
    """One function of a model."""

    name: str
    function: Callable[..., Any]  # a tensor; with `layers`, a tuple: that, and what each of them puts out
    inputs: dict[str, Tensor] = field(repr=False)  # an example of each, a batch of BATCH
    output: str  # what comes out: a key of WORDS
    any_size: bool = False  # whether images of any height and width go in
    layers: tuple[str, ...] = ()  # names of what comes out besides


BATCH = 3  # a number that no shape has by chance


def graphs(model: Model, spec: DataSpec) -> Iterator[Graph]:
    """All that the model can do, by name: encoder, decoder, generator, restorer, translators, editor, classifiers."""
    image = pictures(BATCH, *spec.shape)
    label = {"label": torch.arange(BATCH) % len(spec.classes)} if isinstance(model, Conditional) else {}
    if isinstance(model, Encodes):
        with torch.inference_mode():
            code = model.encode(image, *label.values()).clone()
        yield Graph("encoder", model.encode, {"image": image, **label}, "code")
        yield Graph("decoder", model.decode, {"code": code, **label}, "image")
    if isinstance(model, Samples):
        yield Graph("generator", model.sample, {"noise": model.noise(BATCH, seed=0), **label}, "image")
    if isinstance(model, Restores):
        hole = {"mask": hidden(image)} if model.fills_holes else {}
        yield Graph("restorer", model.restore, {"image": image, **hole}, "restored", model.reach is not None)
    if isinstance(model, Translates):
        for direction in model.directions:
            function = partial(model.translate, direction=direction)
            yield Graph(f"translator_to_{direction}", function, {"image": image}, "translated", True)
    if isinstance(model, Edits):
        changes = torch.linspace(-1, 1, BATCH * len(model.editable)).reshape(BATCH, -1)
        yield Graph("editor", model.edit, {"image": image, "changes": changes}, "edited")
    if isinstance(model, Classifies):
        yield Graph("classifier", model.log_probabilities, {"image": image}, "log_probabilities")
    if isinstance(model, ClassifiesAttributes):
        yield Graph("attribute_classifier", model.attribute_probabilities, {"image": image}, "probabilities")


def pictures(count: int, channels: int, height: int, width: int) -> Tensor:
    """Smooth random pictures, the same each time. (count, channels, height, width) in [-1, 1]"""
    coarse = torch.randn(count, channels, 5, 5, generator=torch.Generator().manual_seed(0))
    return torch.nn.functional.interpolate(coarse, (height, width), mode="bilinear").clamp(-1, 1)


def hidden(image: Tensor) -> Tensor:
    """The middle quarter is missing. (B, C, H, W) -> (B, 1, H, W)"""
    mask, (height, width) = torch.zeros_like(image[:, :1]), image.shape[-2:]
    mask[..., height // 4 : height - height // 4, width // 4 : width - width // 4] = 1
    return mask
