"""Weights in half the bytes, where the eye cannot tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy

from aegean.exporting.graphs import Graph
from aegean.exporting.onnx import needed, trials

SMALL = 256  # numbers: fewer are left as they are
LEVELS = 0.5, 4.0  # of 255: root mean square and largest difference that nobody sees
CHANCE = 0.005  # the largest difference between probabilities


def halved(document: Any) -> Any:
    """The same graph with its large tensors stored as float16 and made float32 when it is opened."""
    onnx = needed("onnx")
    made, casts = onnx.ModelProto(), []
    made.CopyFrom(document)
    for tensor in made.graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT or numpy.prod(tensor.dims) < SMALL:
            continue
        name, numbers = tensor.name, onnx.numpy_helper.to_array(tensor)
        tensor.CopyFrom(onnx.numpy_helper.from_array(numbers.astype(numpy.float16), f"{name}.half"))
        casts.append(onnx.helper.make_node("Cast", [f"{name}.half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *made.graph.node]
    del made.graph.node[:]
    made.graph.node.extend(nodes)
    return made


def smallest(graph: Graph, path: Path) -> tuple[bytes, bool]:
    """The file at `path`, with halved weights if what comes out looks the same; and whether it does.

    What layers put out besides is not asked: it is shown from its least to its most.
    """
    onnx, runtime = needed("onnx"), needed("onnxruntime")
    full = path.read_bytes()
    half = halved(onnx.load(path)).SerializeToString()
    sessions = [runtime.InferenceSession(each, providers=["CPUExecutionProvider"]) for each in (full, half)]
    for inputs in trials(graph):
        feeds = {name: tensor.numpy() for name, tensor in inputs.items()}
        one, other = (session.run(None, feeds)[0] for session in sessions)
        if not looks_the_same(graph.output, one, other):
            return full, False
    return half, True


def looks_the_same(output: str, one: Any, other: Any) -> bool:
    """Whether nobody could tell two outputs apart: pictures by their grey values, else probabilities."""
    if not numpy.isfinite(other).all():
        return False
    if output == "log_probabilities":
        one, other = numpy.exp(one), numpy.exp(other)
    if output.endswith("probabilities"):
        return bool(abs(one - other).max() <= CHANCE)
    levels = 127.5 * (one.clip(-1, 1) - other.clip(-1, 1))
    usual, most = LEVELS
    return bool(numpy.sqrt((levels**2).mean()) <= usual and abs(levels).max() <= most)
