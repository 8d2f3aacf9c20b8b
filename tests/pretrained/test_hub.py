from __future__ import annotations

import json
import os
import shutil
import time
import warnings
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from aegean import pretrained
from aegean.errors import InputError
from aegean.images import fit, open_picture
from aegean.pretrained.hub import _hub_answers

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


@pytest.fixture(scope="module")
def direct(checkpoint: Path, photos: list[Path]):
    """Called as transformers' own manual does: logits, pooled vector and the stages' outputs of all photos."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from transformers import AutoImageProcessor, AutoModelForImageClassification
    processor = AutoImageProcessor.from_pretrained(checkpoint, backend="pil")
    model = AutoModelForImageClassification.from_pretrained(checkpoint).eval()
    pictures = [fit(open_picture(path), None, 3) for path in photos]
    with torch.no_grad():
        ready = processor(pictures, return_tensors="pt")
        output = model(**ready, output_hidden_states=True)
        pooled = model.resnet(**ready).pooler_output.flatten(1)
    return output.logits, pooled, output.hidden_states


def test_probabilities_are_those_of_transformers(checkpoint: Path, photos: list[Path], direct):
    guesses = pretrained.load(checkpoint).classify(photos, top=5)
    ours = torch.tensor([[g.probability for g in sorted(some, key=lambda g: g.number)] for some in guesses])
    torch.testing.assert_close(ours, direct[0].softmax(1), rtol=0, atol=1e-5)
    assert {g.name for g in guesses[0]} == {"tench", "golden retriever", "cassette player", "crane", "e"}


def test_features_of_every_stage_are_those_of_transformers(checkpoint: Path, photos: list[Path], direct):
    network = pretrained.load(checkpoint)
    stages = [f"resnet.encoder.stages.{k}" for k in range(4)]
    ours = network.features(photos, ["resnet.embedder", *stages], pool="none")
    for name, theirs in zip(ours, direct[2], strict=True):
        torch.testing.assert_close(ours[name], theirs, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(network.features(photos), direct[1], rtol=1e-5, atol=1e-5)


def test_so_they_are_through_the_faster_copy_that_many_pictures_get(checkpoint: Path, photos: list[Path], direct):
    network = pretrained.load(checkpoint)
    many = network.features(photos * 8)
    assert network._fast is not network.module
    torch.testing.assert_close(many, direct[1].repeat(8, 1), rtol=1e-5, atol=1e-5)
    guesses = network.classify(photos * 8, top=5)
    ours = torch.tensor([[g.probability for g in sorted(some, key=lambda g: g.number)] for some in guesses])
    torch.testing.assert_close(ours, direct[0].softmax(1).repeat(8, 1), rtol=0, atol=1e-5)


def test_layers_have_the_shapes_that_the_preprocessing_leads_to(checkpoint: Path):
    shapes = {layer.name: layer.shape for layer in pretrained.load(checkpoint).layers()}
    assert shapes["resnet.embedder.embedder.convolution"] == (8, 48, 48)
    assert shapes["resnet.encoder.stages.3"] == (64, 3, 3)
    assert shapes["classifier.1"] == (5,)


def test_a_folder_that_is_not_whole_says_what_it_lacks(checkpoint: Path, tmp_path: Path):
    folder = tmp_path / "half"
    shutil.copytree(checkpoint, folder)
    (folder / "model.safetensors").unlink()
    with pytest.raises(InputError, match=r"half: .* it has no model\.safetensors"):
        pretrained.load(folder)
    with pytest.raises(InputError, match=r"it has no config\.json, preprocessor_config\.json, model\.safetensors"):
        pretrained.load(tmp_path)


def test_a_model_absent_offline_says_which_files_to_put_where_and_at_once(monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("transformers")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    start = time.perf_counter()
    with pytest.raises(InputError) as caught:
        pretrained.load("hf:nobody/no-such-network")
    assert "\n" not in str(caught.value)
    assert "put config.json, preprocessor_config.json, model.safetensors of" in str(caught.value)
    assert "https://huggingface.co/nobody/no-such-network" in str(caught.value)
    assert time.perf_counter() - start < 60  # the hub's client would go on trying


def test_a_mistyped_folder_asks_no_network(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pretrained.hub, "load", lambda where: pytest.fail(f"{where} was looked for"))
    with pytest.raises(InputError, match=r"no network is called 'runs/vae-01', .* of the hub are hf:OWNER/NAME"):
        pretrained.load("runs/vae-01")


def test_neither_code_nor_pickles_of_a_folder_are_run(checkpoint: Path, tmp_path: Path):
    planted = tmp_path / "planted"
    evil = f"import pathlib; pathlib.Path({str(planted)!r}).touch()\nclass Model: pass\n"
    folder = tmp_path / "code"
    shutil.copytree(checkpoint, folder)
    (folder / "evil.py").write_text(evil)
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "evil", "auto_map": {"AutoModelForImageClassification": "evil.Model"}}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match="not an image classifier"):
        pretrained.load(folder)
    pickled = tmp_path / "pickled"
    shutil.copytree(checkpoint, pickled)
    torch.save(load_file(pickled / "model.safetensors"), pickled / "pytorch_model.bin")
    (pickled / "model.safetensors").unlink()
    with pytest.raises(InputError, match=r"it has no model\.safetensors"):
        pretrained.load(pickled)
    assert not planted.exists()


@pytest.mark.network
def test_the_real_resnet_names_a_real_photo(imagenet: Path):
    """Runs where the hub answers, or where $AEGEAN_RESNET50 is a folder with its files."""
    local = os.environ.get("AEGEAN_RESNET50")
    if not local and not _hub_answers():
        pytest.skip("no hub (HF_HUB_OFFLINE=0 to ask it) and no local copy ($AEGEAN_RESNET50)")
    paths = sorted(imagenet.glob("*.jpg"))
    network = pretrained.load(local or "resnet50")
    guesses = network.classify(paths, top=5)
    assert sum(some[0].wordnet == path.stem for some, path in zip(guesses, paths, strict=True)) >= 75
    assert network.features(paths[:2]).shape == (2, 2048)
