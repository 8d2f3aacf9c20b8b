"""A run -> a folder of ONNX graphs, with how far each is from torch, and how to use them."""

from __future__ import annotations

import json
import logging
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from aegean.errors import InputError
from aegean.exporting.graphs import BATCH, WORDS, Graph, graphs
from aegean.exporting.onnx import CannotExport, needed, write
from aegean.exporting.whole_folder import whole_folder
from aegean.models.capabilities import Edits
from aegean.runs import Run

FACTS = "export.json"


def write_onnx(run: Run, out: Path) -> Path:
    """One file for each thing that the model can do, export.json and README.md, whole or not at all.

    Raises:
        InputError: where nothing of the model can be written as ONNX, or a library is missing.
    """
    needed("onnx")
    with whole_folder(out, FACTS) as folder:
        written, left_out = write_graphs(run, folder)
        if not written:
            raise InputError(f"{run.path}: nothing of {run.config.family} can be exported: {_reasons(left_out)}")
        facts = {**described(run), "graphs": written, "left_out": left_out}
        (folder / FACTS).write_text(json.dumps(facts, indent=2) + "\n")
        (folder / "README.md").write_text(readme(run, written, left_out))
    if left_out:
        logging.getLogger("aegean").warning("left out: %s", _reasons(left_out))
    return out


def write_graphs(run: Run, folder: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """The graphs written, by name: file, shapes and difference; and why others were not."""
    written: dict[str, Any] = {}
    left_out: dict[str, str] = {}
    about = {"family": run.config.family, "data": run.spec.name, "aegean": version("aegean")}
    found = {graph.name: graph for graph in graphs(run.model, run.spec)}
    if not found:
        raise InputError(f"{run.path}: {run.config.family} has no capability that can be exported")
    for graph in found.values():
        if graph.name == "generator" and "decoder" in written and same(graph, found["decoder"]):
            written["generator"] = written["decoder"]
            continue
        path = folder / f"{graph.name}.onnx"
        try:
            difference = write(run.model, graph, path, about)
        except CannotExport as error:
            left_out[graph.name] = str(error)
        else:
            written[graph.name] = {"file": path.name, **_shapes(graph), "difference": difference}
    return written, left_out


def same(generator: Graph, decoder: Graph) -> bool:
    """Whether to make a picture is to decode noise: then one file is both."""
    noise, *label = generator.inputs.values()
    with torch.inference_mode():
        return torch.equal(generator.function(noise, *label), decoder.function(noise, *label))


def described(run: Run) -> dict[str, Any]:
    """What whoever uses the graphs must know of the model."""
    spec = run.spec
    names = {key: list(getattr(spec, key)) for key in ("classes", "attributes", "domains") if getattr(spec, key)}
    edits = {"editable": list(run.model.editable)} if isinstance(run.model, Edits) else {}
    return {
        "run": run.path.name,
        "family": run.config.family,
        "data": spec.name,
        "channels": spec.channels,
        "size": spec.size.word,
        **names,
        **edits,
        "pixels": "float32 in [-1, 1]: value / 127.5 - 1",
        "versions": {name: version(name) for name in ("aegean", "torch", "onnx", "onnxruntime")},
    }


def _shapes(graph: Graph) -> dict[str, Any]:
    sides = ["height", "width"]
    inputs = {}
    for name, tensor in graph.inputs.items():
        shape: list[int | str] = ["batch", *tensor.shape[1:]]
        if graph.any_size and tensor.dim() == 4:
            shape[2:] = sides
        inputs[name] = {"shape": shape, "type": str(tensor.dtype).removeprefix("torch."), "what": WORDS[name]}
    return {"inputs": inputs, "output": {"name": graph.output, "what": WORDS[graph.output]}}


def _reasons(left_out: dict[str, str]) -> str:
    return "; ".join(f"{name}: {why}" for name, why in left_out.items())


def readme(run: Run, written: dict[str, Any], left_out: dict[str, str]) -> str:
    """README.md: what each file does, and how it is called from Python and from JavaScript."""
    rows = [
        f"| {name} | `{facts['file']}` | {_call(facts)} | {facts['output']['name']}: {facts['output']['what']} | "
        f"{facts['difference']:.1e} |"
        for name, facts in written.items()
    ]
    name, facts = next(iter(written.items()))
    table = "\n".join(["| | file | takes | gives | differs from torch by |", "|---|---|---|---|---|", *rows])
    rest = "".join(f"\n`{left}` was left out: {why}.\n" for left, why in left_out.items())
    return f"""# {run.path.name}: {run.config.family} on {run.spec.name}, as ONNX

{table}
{rest}
The difference is the largest one found on {BATCH} and more images when this was written, of the largest value (at
least 1); {FACTS} has it in full, with shapes, classes and attributes. Pixels are float32 in [-1, 1], which is
value / 127.5 - 1, first channels, then rows. B, the number of images, is any.

From Python (`pip install onnxruntime numpy`):

```python
{_python(name, facts)}```

From JavaScript (`npm install onnxruntime-web`; in Node.js `onnxruntime-node`, and the file's path for its URL):

```javascript
{_javascript(name, facts)}```
"""


def _call(facts: dict[str, Any]) -> str:
    return ", ".join(f"{name}: {told['what']}" for name, told in facts["inputs"].items())


def _example(told: dict[str, Any]) -> list[int]:
    """The shape of one input in the snippets: one image, 64 x 64 where any size goes in."""
    return [1 if side == "batch" else 64 if isinstance(side, str) else side for side in told["shape"]]


def _python(name: str, facts: dict[str, Any]) -> str:
    feeds = "".join(
        f'    "{key}": numpy.zeros({tuple(_example(told))}, numpy.{told["type"]}),\n'
        for key, told in facts["inputs"].items()
    )
    return f"""import numpy
import onnxruntime

{name} = onnxruntime.InferenceSession("{facts["file"]}")
({facts["output"]["name"]},) = {name}.run(None, {{
{feeds}}})
print({facts["output"]["name"]}.shape)
"""


def _javascript(name: str, facts: dict[str, Any]) -> str:
    kinds = {"float32": "Float32Array", "int64": "BigInt64Array"}
    feeds = ""
    for key, told in facts["inputs"].items():
        shape = _example(told)
        numbers = f"new {kinds[told['type']]}({' * '.join(map(str, shape))})"
        feeds += f'  {key}: new ort.Tensor("{told["type"]}", {numbers}, {shape}),\n'
    return f"""import * as ort from "onnxruntime-web";

const {name} = await ort.InferenceSession.create("{facts["file"]}");
const {{ {facts["output"]["name"]} }} = await {name}.run({{
{feeds}}});
console.log({facts["output"]["name"]}.dims);
"""
