"""What is written as ONNX computes what torch computes, on any batch, and what cannot be written is said."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import onnxruntime
import pytest
import torch
from torch import Tensor

import aegean
from aegean.exporting.graphs import WORDS, Graph, graphs
from aegean.exporting.onnx import CannotExport, write
from aegean.families import default_config
from aegean.models import build
from aegean.networks.instance import InstanceNorm
from aegean.sizes import Size


def runs(folder: Path, name: str, *inputs: Tensor) -> Tensor:
    session = onnxruntime.InferenceSession(folder / f"{name}.onnx")
    names = [told.name for told in session.get_inputs()]
    return torch.from_numpy(session.run(None, dict(zip(names, (tensor.numpy() for tensor in inputs))))[0])


def test_a_conditional_vae(onnx_folder: Path, trained: Callable[..., aegean.Run]) -> None:
    run = trained("conditional_vae", latent=3)
    facts = json.loads((onnx_folder / "export.json").read_text())
    assert list(facts["graphs"]) == ["encoder", "decoder", "generator"]
    assert facts["left_out"] == {}
    assert facts["classes"] == list(run.spec.classes)
    assert all(0 <= graph["difference"] <= 1e-4 for graph in facts["graphs"].values())
    assert facts["graphs"]["decoder"]["inputs"]["code"]["shape"] == ["batch", 3]
    assert facts["graphs"]["generator"] == facts["graphs"]["decoder"]  # to sample is to decode noise: one file
    for count in (1, 7):
        label = torch.arange(count) % 3
        made = runs(onnx_folder, "decoder", run.model.noise(count, seed=5), label)
        torch.testing.assert_close(
            made, aegean.sample(run, count, label=label, seed=5, as_tensor=True), atol=1e-4, rtol=0
        )
        image = run.data.test.first(count).image
        codes = runs(onnx_folder, "encoder", image, label)
        torch.testing.assert_close(codes, run.model.encode(image, label), atol=1e-4, rtol=0)
        torch.testing.assert_close(
            runs(onnx_folder, "decoder", codes, label), run.model.decode(codes, label), atol=1e-4, rtol=0
        )


def test_the_snippet_for_python_runs(
    onnx_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (onnx_folder / "README.md").read_text(), re.DOTALL)
    monkeypatch.chdir(onnx_folder)
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out == "(1, 3)\n"


def test_a_family_of_somebody_elses_by_what_it_can_do(everything: aegean.Run, tmp_path: Path) -> None:
    folder = aegean.export(everything, "onnx", tmp_path / "onnx")
    assert {path.stem for path in folder.glob("*.onnx")} == {"restorer", "editor"}
    model = everything.model
    for size in ((20, 31), (9, 8)):  # of any size, also what is no multiple of 4
        image = torch.rand(2, 1, *size)
        torch.testing.assert_close(runs(folder, "restorer", image), model.restore(image), atol=1e-4, rtol=0)
    image, changes = torch.rand(4, 1, 12, 12), torch.tensor([[-1.0], [0], [0.5], [2]])
    torch.testing.assert_close(runs(folder, "editor", image, changes), model.edit(image, changes), atol=1e-4, rtol=0)


def test_what_computes_something_else_is_not_written(everything: aegean.Run, tmp_path: Path) -> None:
    graph = Graph("noisy", lambda image: image + torch.rand_like(image), {"image": torch.zeros(3, 4)}, "edited")
    with pytest.raises(CannotExport, match="differs from torch by"):
        write(everything.model, graph, tmp_path / "noisy.onnx", {})
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_traced_is_said_in_a_line(everything: aegean.Run, tmp_path: Path) -> None:
    graph = Graph("counting", lambda image: image.reshape(len(image), -1), {"image": torch.zeros(3, 4, 2)}, "code")
    with pytest.raises(CannotExport, match=r"asks for the number of images: `len\(tensor\)`"):
        write(everything.model, graph, tmp_path / "counting.onnx", {})
    assert not list(tmp_path.iterdir())


def test_nothing_of_a_run_is_lost(everything: aegean.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of the user's is left alone, an unknown form is named, and a failed export leaves nothing behind."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("mine")
    with pytest.raises(aegean.InputError, match="holds other things"):
        aegean.export(everything, "onnx", tmp_path / "mine")
    with pytest.raises(aegean.InputError, match="Did you mean 'onnx'"):
        aegean.export(everything, "onx", tmp_path / "mine")
    monkeypatch.setattr("aegean.exporting.onnx_folder.write", _fails)
    with pytest.raises(aegean.InputError, match=r"nothing of everything can be exported: restorer: no; "):
        aegean.export(everything, "onnx", tmp_path / "other")
    assert [path.name for path in tmp_path.rglob("*")] == ["mine", "letter.txt"]


def _fails(*_: object) -> float:
    raise CannotExport("no")


def test_instance_norm_can_be_traced_for_any_batch() -> None:
    image = torch.randn(3, 2, 5, 6) * 3 + 1
    batch = {0: torch.export.Dim("batch")}
    traced = torch.export.export(InstanceNorm(), (image,), dynamic_shapes=(batch,), strict=False).module()
    for some in (image, image[:1], image.repeat(2, 1, 1, 1)):
        torch.testing.assert_close(traced(some), InstanceNorm()(some), atol=1e-5, rtol=0)


CAN = {
    "vae": ["encoder", "decoder", "generator"],
    "gan": ["generator"],
    "denoising": ["encoder", "decoder", "restorer"],
    "context_encoder": ["restorer"],
    "cyclegan": ["translator_to_a", "translator_to_b"],
    "paired_translator": ["translator_to_b"],
    "multi_attribute_editor": ["editor"],
    "classifier": ["classifier"],
    "attribute_classifier": ["attribute_classifier"],
    "flow": ["encoder", "decoder", "generator", "restorer"],
}


@pytest.mark.parametrize("family", CAN)
@pytest.mark.parametrize("size", ["12", "10x18"])
def test_the_graphs_of_a_family_follow_from_its_capabilities(family: str, size: str) -> None:
    """Each is a function of the example that it names, of any part of it."""
    names = {"classes": ("a", "b"), "attributes": ("hat",), "domains": ("a", "b")}
    spec = aegean.DataSpec("set", 1, Size.of(size), **names)
    settings = {"width": 4} | {"flow": {"ode_steps": 2}, "paired_translator": {"enlarge": 2}}.get(family, {})
    model = build(family, default_config(family, **settings).model, spec).eval()
    found = list(graphs(model, spec))
    assert [graph.name for graph in found] == CAN[family]
    for graph in found:
        with torch.no_grad():
            one = graph.function(*(tensor[:1] for tensor in graph.inputs.values()))
        assert len(one) == 1
        assert {*graph.inputs, graph.output} <= set(WORDS)
