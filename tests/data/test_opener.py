from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from aegean.data import DATASETS, list_datasets, open_dataset
from aegean.data.sources import find_source
from aegean.data.splits import split
from aegean.errors import InputError
from aegean.families import DataConfig


def test_digits_are_mnist() -> None:
    data = open_dataset("digits")
    assert [len(data.split(name)) for name in ("train", "validation", "test")] == [4000, 500, 500]
    assert data.spec.classes == tuple("0123456789")
    labels = torch.cat([data.train.labels, data.validation.labels, data.test.labels])
    assert torch.bincount(labels).tolist() == [500] * 10
    batch = data.train.batch(torch.tensor([3, 1]))
    assert batch.image.shape == (2, 1, 28, 28)
    assert (batch.image.min().item(), batch.image.max().item()) == (-1.0, 1.0)
    mean = data.train.images[data.train.labels == 1].float().mean((0, 3))
    assert mean[:, 10:18].sum() > 0.8 * mean.sum()  # ones stand in the middle columns


def test_splits_are_disjoint_and_of_the_seed() -> None:
    first, same, other = (split({"all": 200_000}, seed, "set") for seed in (1, 1, 2))
    assert [len(first[name][1]) for name in ("train", "validation", "test")] == [185_000, 5_000, 10_000]
    rows = np.concatenate([first[name][1] for name in first])
    assert (np.sort(rows) == np.arange(200_000)).all()
    assert all((first[name][1] == same[name][1]).all() for name in first)
    assert not (first["test"][1] == other["test"][1]).all()


def test_official_parts_are_kept() -> None:
    parts = split({"train": 50, "validation": 7, "test": 9}, 0, "set")
    assert sorted(parts["train"][1].tolist()) == list(range(50))
    assert parts["validation"][0] == "validation"
    assert parts["validation"][1].tolist() == list(range(7))
    carved = split({"train": 50, "test": 9}, 0, "set")
    assert (len(carved["train"][1]), len(carved["validation"][1])) == (45, 5)
    with pytest.raises(InputError, match="set: has test but nothing to train on"):
        split({"test": 9}, 0, "set")
    with pytest.raises(InputError, match="holds 2 pictures to train on; at least 3 are needed"):
        split({"all": 2}, 0, "set")


def test_fingerprint_is_of_the_content(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 8, 8), np.uint8)
    labels = np.arange(40) % 2
    for name in ("a", "b"):
        np.savez(tmp_path / f"{name}.npz", x=pixels, y=labels)
    pixels[7, 3, 3] ^= 1
    np.savez(tmp_path / "pixel.npz", x=pixels, y=labels)
    pixels[7, 3, 3] ^= 1
    labels[7] ^= 1
    np.savez(tmp_path / "label.npz", x=pixels, y=labels)
    prints = {name: open_dataset(str(tmp_path / f"{name}.npz")).fingerprint for name in ("a", "b", "pixel", "label")}
    assert prints["a"] == prints["b"]
    assert len(set(prints.values())) == 3


def test_limit_cuts_the_training_split_only(shapes: Path) -> None:
    whole, cut = open_dataset(str(shapes)), open_dataset(str(shapes), limit=50)
    assert (len(cut.train), len(cut.validation), len(cut.test)) == (50, 30, 30)
    assert torch.equal(cut.train.images, whole.train.images[:50])
    assert torch.equal(cut.train.labels, whole.train.labels[:50])
    assert torch.equal(cut.test.images, whole.test.images)


def test_size_and_channels_of_arrays(shapes: Path) -> None:
    grey = open_dataset(str(shapes))
    data = open_dataset(DataConfig(str(shapes), size=24), channels=3)
    assert (data.spec.size.word, data.spec.channels) == (24, 3)
    assert torch.equal(data.train.labels, grey.train.labels)
    assert torch.equal(data.train.images[..., 0], data.train.images[..., 2])
    # scaled back to 12 by means over 2 x 2, it is nearly the picture that it was
    back = data.train.images[..., 0].float().unflatten(1, (12, 2)).unflatten(3, (12, 2)).mean((2, 4))
    assert (back - grey.train.images[..., 0].float()).abs().mean() < 8


def test_two_files_are_two_domains(tmp_path: Path) -> None:
    np.save(tmp_path / "dark.npy", np.full((40, 8, 8), 10, np.uint8))
    np.save(tmp_path / "light.npy", np.full((30, 8, 8), 200, np.uint8))
    data = open_dataset(str(tmp_path / "dark.npy"), other=str(tmp_path / "light.npy"))
    assert data.spec.domains == ("dark", "light")
    assert (len(data.train), len(data.train.other)) == (32, 24)
    batch = data.train.batch(torch.arange(32))
    assert (batch.image < 0).all()
    assert (batch.other > 0).all()
    assert batch.other.shape == batch.image.shape


def test_fashion_mnist_or_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    if DATASETS["fashion-mnist"].found is None:
        monkeypatch.setenv("AEGEAN_OFFLINE", "1")
        with pytest.raises(InputError, match="FashionMNIST/raw"):
            open_dataset("fashion-mnist")
        pytest.skip("Fashion-MNIST is not installed")
    data = open_dataset("fashion-mnist")
    assert [len(data.split(name)) for name in ("train", "validation", "test")] == [55_000, 5_000, 10_000]
    assert [data.spec.classes[k] for k in data.test.labels[:4]] == ["Ankle boot", "Pullover", "Trouser", "Trouser"]


@pytest.mark.parametrize(
    ("data", "changes", "line"),
    [
        ("digit", {}, "no such file or folder, and no set of that name. Did you mean 'digits'?"),
        ("digits", {"size": 2}, "expected at least 4 pixels"),
        ("digits", {"channels": 2}, "expected 1"),
        ("digits", {"limit": 0}, "at least 1 training image"),
        ("digits", {"sizes": 2}, "data has no setting 'sizes'. Did you mean 'size'"),
    ],
)
def test_mistakes_are_one_line(data: str, changes: dict[str, int], line: str) -> None:
    with pytest.raises(InputError) as caught:
        open_dataset(data, **changes)
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_named_set_opens_or_says_what_to_do() -> None:
    for name, missing in list_datasets().items():
        if missing is None:
            found = find_source(name)
            assert sum(len(part.pictures) for part in found.parts.values()) == DATASETS[name].count
        else:
            assert "fetched" in missing or "put" in missing
