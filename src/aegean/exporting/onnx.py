"""A graph of a model -> ONNX, of any batch, and how far the two differ."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from aegean.errors import InputError
from aegean.exporting.graphs import Graph, hidden, pictures
from aegean.models.player import Model

TOLERANCE = 1e-4  # of the largest value, at least 1
SIZES = ((33, 42), (64, 48))  # that one which takes any size is checked with


class CannotExport(Exception):
    """In one line, why a graph cannot be written as ONNX."""


class Function(nn.Module):
    """A method of a model as a module of its own, which is what torch exports."""

    def __init__(self, model: Model, graph: Graph) -> None:
        super().__init__()
        self.model, self.function = model, graph.function

    def forward(self, *inputs: Tensor) -> Any:
        """The graph's inputs in their order -> its output, or outputs."""
        return self.function(*inputs)


def write(model: Model, graph: Graph, path: Path, facts: dict[str, str]) -> float:
    """Write one graph to `path`, with `facts` as metadata; the difference to torch, of the largest value.

    Raises:
        CannotExport: where torch cannot trace it, or what is written computes something else.
    """
    onnx = needed("onnx")
    program = traced(model, graph)
    document = program.model_proto
    for name, word in facts.items():
        document.metadata_props.add(key=name, value=word)
    onnx.save(document, path)
    difference = measured(graph, path)
    if not difference <= TOLERANCE:
        path.unlink()
        raise CannotExport(f"what was written differs from torch by {difference:.2g}, more than {TOLERANCE:g}")
    return difference


def traced(model: Model, graph: Graph) -> Any:
    """The ONNX program of a graph: its batch varies, and, where it takes any size, so do height and width."""
    sides = dict.fromkeys((2, 3), torch.export.Dim.DYNAMIC) if graph.any_size else {}
    batch = {0: torch.export.Dim("batch")}
    shapes = tuple(batch | (sides if tensor.dim() == 4 else {}) for tensor in graph.inputs.values())
    function = Function(model, graph).eval()
    needed("onnxscript")
    with torch.no_grad(), quietly():
        try:
            found = torch.export.export(function, tuple(graph.inputs.values()), dynamic_shapes=(shapes,), strict=False)
            return torch.onnx.export(
                found,
                input_names=list(graph.inputs),
                output_names=[graph.output, *graph.layers],
                dynamo=True,
                external_data=False,
                verbose=False,
            )
        except Exception as error:  # of any kind: it is the model's own code that torch runs
            raise CannotExport(reason(error)) from error


def reason(error: Exception) -> str:
    """What stopped torch, in one line."""
    while error.__cause__ is not None and isinstance(error.__cause__, Exception):
        error = error.__cause__
    first = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    if "Constraints violated" in first:
        return "its code asks for the number of images: `len(tensor)` is a fixed number, `tensor.shape[0]` is not"
    return f"torch cannot trace it ({first})"


def measured(graph: Graph, path: Path) -> float:
    """The largest difference to torch over other batches and, where it takes any, sizes; of the largest value."""
    session = needed("onnxruntime").InferenceSession(path, providers=["CPUExecutionProvider"])
    worst = 0.0
    for inputs in trials(graph):
        made = session.run(None, {name: tensor.numpy() for name, tensor in inputs.items()})
        with torch.inference_mode():
            wanted = graph.function(*inputs.values())
        for one, other in zip(made, wanted if graph.layers else (wanted,), strict=True):
            if one.shape != tuple(other.shape):
                return float("inf")
            error = (torch.from_numpy(one) - other).abs().max() / other.abs().max().clamp(min=1)
            worst = max(worst, float(error))
    return worst


def trials(graph: Graph) -> Iterator[dict[str, Tensor]]:
    """The inputs to compare by: one image, several, and other sizes."""
    yield {name: tensor[:1] for name, tensor in graph.inputs.items()}
    yield {name: torch.cat([tensor.flip(0), tensor]) for name, tensor in graph.inputs.items()}
    for size in SIZES if graph.any_size else ():
        image = pictures(2, graph.inputs["image"].shape[1], *size)
        yield {name: image if name == "image" else hidden(image) for name in graph.inputs}


def needed(library: str) -> Any:
    """A library of the extra `export`, or InputError in one line."""
    import importlib

    try:
        return importlib.import_module(library)
    except ImportError as error:
        raise InputError(f"export needs {library}, which is not here: pip install 'aegean[export]'") from error


@contextmanager
def quietly() -> Iterator[None]:
    """Without torch's remarks on what it would have liked to find."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
