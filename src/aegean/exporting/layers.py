"""A graph that also gives what layers put out on the way: an exported page shows it by the layers' names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from torch import Tensor

from aegean.exporting.graphs import Graph
from aegean.models.player import Model
from aegean.pretrained.layers import Layer, list_layers, watched


def looked_into(model: Model, graph: Graph) -> tuple[Graph, list[Layer]]:
    """The graph with an output more for each of the outermost layers, named as the layer is; and those layers."""
    layers = outermost(list_layers(model, lambda: graph.function(*graph.inputs.values())))
    names = [layer.name for layer in layers]

    def function(*inputs: Tensor) -> tuple[Tensor, ...]:
        with watched(model, names, "none") as seen:
            made = graph.function(*inputs)
            return made, *seen().values()

    return replace(graph, function=function, layers=tuple(names)), layers


def outermost(layers: Sequence[Layer]) -> list[Layer]:
    """Blocks, not what they are made of: with weights, and in no other that puts out the same. Maps, then numbers."""
    found: list[Layer] = []
    for dimensions in (3, 1):
        inside: tuple[str, ...] = ()
        for layer in layers:
            if layer.parameters and len(layer.shape) == dimensions and not layer.name.startswith(inside):
                found.append(layer)
                inside += (f"{layer.name}.",)
    return found
