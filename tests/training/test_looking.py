"""Validation: in parts like the batches of the training, all over the split."""

from pathlib import Path

import pytest
import torch

import aegean
from aegean.data import open_dataset
from aegean.families import default_config
from aegean.training.distributed import Distributed
from aegean.training.recorder import _parts
from aegean.training.trainer import Trainer

SETTINGS = {"width": 4, "batch_size": 8, "quiet": True}


def parts_of(family: str, shapes: Path, count: int, **settings: object) -> list[torch.Tensor]:
    config = default_config(family, data=str(shapes), width=4, batch_size=8, device="cpu", **settings)
    dataset = open_dataset(config.data)
    return _parts(dataset.train.some(count), Trainer(config, dataset, Distributed(config.training)))


def test_each_image_once_in_parts_of_about_a_batch(shapes: Path) -> None:
    parts = parts_of("autoencoder", shapes, 100)
    assert torch.cat(parts).tolist() == list(range(100))
    assert {len(part) for part in parts} <= set(range(14, 20))


def test_where_an_attribute_is_balanced_both_kinds_are_in_each_part(shapes: Path) -> None:
    low = open_dataset(str(shapes)).train.some(100).attributes[:, 0]
    for part in parts_of("attribute_editor", shapes, 100, attribute="Low"):
        assert low[part].float().mean() == 0.5
    assert parts_of("attribute_editor", shapes, 1, attribute="Low") == []


def test_the_means_do_not_depend_on_the_parts(shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for size in (16, 1000):
        monkeypatch.setattr("aegean.training.recorder.AT_ONCE", size)
        run = aegean.train(
            "autoencoder", data=str(shapes), out=tmp_path / str(size), steps=4, preview_every=4, **SETTINGS
        )
        found.append(
            next(line for line in run.history if "validation/autoencoder/loss" in line or "images/s" not in line)
        )
    assert found[0] == pytest.approx(found[1], rel=1e-5)
