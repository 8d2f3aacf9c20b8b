"""A flow in the codes of a trained run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from aegean.data import open_dataset
from aegean.errors import InputError
from aegean.families import default_config
from aegean.runs import Run, create, load
from aegean.training import train
from aegean.training.codes import with_codec
from aegean.training.distributed import Distributed
from aegean.training.trainer import Trainer

SMALL = {"width": 8, "batch_size": 8, "preview_every": 0, "save_every": 2, "quiet": True}


@pytest.fixture(scope="module")
def codes(shapes: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A map_autoencoder of shapes."""
    out = tmp_path_factory.mktemp("codes") / "run"
    return train("map_autoencoder", data=str(shapes), steps=2, perceptual=0.0, out=out, **SMALL)


def test_the_run_holds_both_networks(shapes: Path, codes: Run, tmp_path: Path) -> None:
    lent = shutil.copytree(codes.path, tmp_path / "lent")
    run = train("flow", data=str(shapes), codes=str(lent), steps=2, ode_steps=2, out=tmp_path / "flow", **SMALL)
    shutil.rmtree(lent)
    model = load(run.path).model
    assert model.codec is not None
    for name, weight in codes.model.state_dict().items():
        assert torch.equal(weight, model.codec.state_dict()[name]), name
    assert json.loads(run.config.model.codec)["width"] == 8
    noise = model.noise(3, seed=0)
    assert noise.shape == (3, 4 * 3 * 3)
    assert model.sample(noise).shape == (3, 1, 12, 12)
    image = run.data.test.first(3).image
    assert model.decode(model.encode(image)).shape == image.shape
    assert not model.of_images
    with pytest.raises(InputError, match="in pixels"):
        model.restore(image, sigma=25.0)


def test_what_is_known_stays_and_the_rest_is_filled(shapes: Path, codes: Run, tmp_path: Path) -> None:
    run = train("flow", data=str(shapes), codes=str(codes.path), steps=2, ode_steps=2, out=tmp_path / "flow", **SMALL)
    image = run.data.test.first(3).image
    mask = run.model.missing(image, 0)
    filled = run.model.restore(image.masked_fill(mask > 0, 0.0), mask)
    assert torch.equal(filled[mask == 0], image[mask == 0])
    assert not torch.equal(filled, image)


def test_resumed_is_the_same_to_the_bit(shapes: Path, codes: Run, tmp_path: Path) -> None:
    """Two steps, a checkpoint, and two more at another trainer, where the lent run is gone; or four at one."""
    lent = shutil.copytree(codes.path, tmp_path / "lent")
    settings = {"codes": str(lent), "data": str(shapes), "steps": 4, "precision": "float32", "width": 8}
    config = with_codec(default_config("attribute_flow", **settings))
    dataset = open_dataset(config.data)
    run = create(config, dataset, tmp_path / "run")
    trainer = Trainer(config, dataset, Distributed(config.training))
    for step in range(4):
        trainer.play()
        if step == 1:
            trainer.save(run)
    shutil.rmtree(lent)
    again = Trainer(run.config, dataset, Distributed(config.training), begun=True)
    again.restore(run)
    again.play()
    again.play()
    for name, weight in trainer.ema.model.state_dict().items():
        assert torch.equal(weight, again.ema.model.state_dict()[name]), name


def test_codes_that_are_no_maps_are_refused(shapes: Path, tmp_path: Path) -> None:
    plain = train("autoencoder", data=str(shapes), steps=1, out=tmp_path / "plain", **SMALL)
    with pytest.raises(InputError, match="map_autoencoder"):
        train("flow", data=str(shapes), codes=str(plain.path), steps=1, out=tmp_path / "flow", **SMALL)


def test_images_of_another_size_are_refused(shapes: Path, codes: Run, tmp_path: Path) -> None:
    settings = {"codes": str(codes.path), "size": 16, "steps": 1, **SMALL}
    with pytest.raises(InputError, match="size 12"):
        train("flow", data=str(shapes), out=tmp_path / "flow", **settings)


def test_a_decoder_that_learns_on_leaves_codes_as_they_are(shapes: Path, codes: Run, tmp_path: Path) -> None:
    settings = {"data": str(shapes), "perceptual": 0.0, "init": str(codes.path), "steps": 2, **SMALL}
    run = train("map_autoencoder", learns="decoder", out=tmp_path / "sharper", **settings)
    image = run.data.test.first(3).image
    before, after = codes.model.encode(image), run.model.encode(image)
    assert torch.equal(before, after)
    assert not torch.equal(codes.model.decode(before), run.model.decode(before))
    flow = train("flow", data=str(shapes), codes=str(codes.path), steps=1, out=tmp_path / "flow", **SMALL)
    taken = {"init": str(flow.path), "codes": str(run.path), "learning_rate": 1e-12, "average": 0.0}
    sharper = train("flow", data=str(shapes), steps=1, out=tmp_path / "taken", **taken, **SMALL)
    assert torch.equal(sharper.model.codec.decode(before), run.model.decode(before))


def test_a_model_that_restores_edits_and_samples_has_a_preview(tmp_path: Path) -> None:
    """Of eight attributes: more rows than a preview of samples alone would have."""
    random = np.random.default_rng(0)
    names = np.array([f"A{k}" for k in range(8)])
    images, has = random.integers(0, 256, (60, 12, 12), np.uint8), random.integers(0, 2, (60, 8), np.uint8)
    np.savez(tmp_path / "faces.npz", images=images, attributes=has, attribute_names=names)
    settings = {**SMALL, "preview_every": 1}
    run = train(
        "attribute_flow", data=str(tmp_path / "faces.npz"), steps=1, ode_steps=1, out=tmp_path / "r", **settings
    )
    assert len(run.previews()) == 1
