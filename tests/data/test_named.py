"""Sets by name: found where people keep them, else fetched and checked, else one line."""

from __future__ import annotations

import gzip
import hashlib
import io
import pickle
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aegean.data import datasets, open_dataset
from aegean.data.cifar import CLASSES
from aegean.data.datasets import DATASETS, IDX
from aegean.data.fetch import Published
from aegean.data.sources import find_source
from aegean.errors import InputError

RANDOM = np.random.default_rng(0)
PHOTOS = RANDOM.integers(0, 256, (60, 32, 32, 3), np.uint8)
KINDS = np.arange(60, dtype=np.uint8) % 10


@pytest.fixture(autouse=True)
def _nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty home and working folder: what is found was put there by the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AEGEAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("AEGEAN_DATA", str(tmp_path / "sets"))


def idx(array: np.ndarray) -> bytes:
    head = bytes([0, 0, 8, array.ndim]) + b"".join(length.to_bytes(4, "big") for length in array.shape)
    return head + array.tobytes()


def write_idx(folder: Path) -> Path:
    """Twenty pictures and five, as MNIST is published."""
    folder.mkdir(parents=True)
    for name in IDX:
        count = 20 if name.startswith("train") else 5
        array = np.arange(count, dtype=np.uint8) % 2
        if "images" in name:
            array = array[:, None, None] * np.full((1, 28, 28), 200, np.uint8)
        (folder / name).write_bytes(gzip.compress(idx(array)))
    return folder


def published(folder: Path) -> tuple[Published, ...]:
    return tuple(
        Published((folder / name).as_uri(), hashlib.md5((folder / name).read_bytes()).hexdigest()) for name in IDX
    )


def test_digits_come_with_the_package() -> None:
    digits = find_source("digits").parts["all"]
    assert len(digits.pictures) == 5_000
    assert np.bincount(digits.labels).tolist() == [500] * 10  # type: ignore[arg-type]


@pytest.mark.parametrize("place", ["sets/MNIST/raw", "data/MNIST/raw", "home/data/mnist"])
def test_mnist_is_found_where_people_keep_it(place: str, tmp_path: Path) -> None:
    write_idx(tmp_path / place)
    data = open_dataset("mnist")
    assert len(data.test) == 5
    assert data.spec.name == "mnist"
    assert ((data.train.images[:, 0, 0, 0] > 0) == data.train.labels).all()  # type: ignore[operator]


def test_kerass_file_will_do(tmp_path: Path) -> None:
    where = tmp_path / "home" / ".keras" / "datasets"
    where.mkdir(parents=True)
    images = RANDOM.integers(0, 256, (30, 28, 28), np.uint8)
    np.savez(where / "mnist.npz", x_train=images, y_train=np.arange(30) % 3, x_test=images[:4], y_test=np.arange(4) % 3)
    assert len(open_dataset("mnist").test) == 4


def test_what_is_nowhere_is_fetched_once_and_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From its publisher; here, a folder."""
    files = published(write_idx(tmp_path / "publisher"))
    monkeypatch.setitem(DATASETS, "mnist", replace(DATASETS["mnist"], files=files))
    first = open_dataset("mnist")
    monkeypatch.setenv("AEGEAN_OFFLINE", "1")
    assert open_dataset("mnist").fingerprint == first.fingerprint  # from where it was put
    assert len(first.test) == 5


def test_a_file_that_is_not_the_published_one_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = published(write_idx(tmp_path / "publisher"))
    (tmp_path / "publisher" / IDX[2]).write_bytes(b"another")
    monkeypatch.setitem(DATASETS, "mnist", replace(DATASETS["mnist"], files=files))
    with pytest.raises(InputError, match="not the published file") as error:
        open_dataset("mnist")
    assert "\n" not in str(error.value)
    assert not (tmp_path / "cache" / "datasets" / "mnist" / IDX[2]).exists()


@pytest.mark.parametrize(
    ("place", "fetched"),
    [("cache/datasets/mnist", 0), ("cache/datasets/mnist", 2), ("home/data/MNIST/raw", 2), ("data/mnist", 3)],
)
def test_a_download_that_stopped_half_way_is_not_taken_for_the_set(
    place: str, fetched: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With two of the four files there was no test split, so that another was cut from the training images."""
    files = published(write_idx(tmp_path / "publisher"))
    monkeypatch.setitem(DATASETS, "mnist", replace(DATASETS["mnist"], files=files))
    (tmp_path / place).mkdir(parents=True)
    for name in IDX[:fetched]:
        (tmp_path / place / name).write_bytes((tmp_path / "publisher" / name).read_bytes())
    monkeypatch.setenv("AEGEAN_OFFLINE", "1")
    with pytest.raises(InputError, match="AEGEAN_OFFLINE"):
        open_dataset("mnist")
    monkeypatch.delenv("AEGEAN_OFFLINE")
    assert len(open_dataset("mnist").test) == 5


def test_nothing_is_left_where_nothing_came(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = [Published((tmp_path / "nowhere" / name).as_uri(), "") for name in IDX]
    monkeypatch.setitem(DATASETS, "mnist", replace(DATASETS["mnist"], files=tuple(gone)))
    with pytest.raises(InputError, match="cannot be fetched"):
        open_dataset("mnist")
    assert not (tmp_path / "cache" / "datasets").exists()


@pytest.mark.parametrize(
    ("name", "says"), [("mnist", "MNIST/raw"), ("cifar10", "cifar-10-batches-bin"), ("celeba", "data/celeba")]
)
def test_without_a_network_one_line_says_what_to_put_where(
    name: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AEGEAN_OFFLINE", "1")
    with pytest.raises(InputError, match=says) as error:
        open_dataset(name)
    assert "\n" not in str(error.value)
    assert name in str(error.value)
    assert DATASETS[name].missing()


def test_a_folder_of_that_name_is_meant_where_there_is_one(tmp_path: Path) -> None:
    write_idx(tmp_path / "digits")
    assert len(open_dataset("digits").test) == 5


def binary(rows: slice) -> bytes:
    planes = PHOTOS[rows].transpose(0, 3, 1, 2).reshape(-1, 3072)
    return np.concatenate([KINDS[rows, None], planes], axis=1).tobytes()


def python(rows: slice, protocol: int = 2) -> bytes:
    planes = PHOTOS[rows].transpose(0, 3, 1, 2).reshape(-1, 3072)
    return pickle.dumps({b"data": planes, b"labels": KINDS[rows].tolist()}, protocol=protocol)


@pytest.mark.parametrize("form", ["folder", "archive", "python"])
def test_cifar_in_the_forms_in_which_it_is_published(form: str, tmp_path: Path) -> None:
    sets = tmp_path / "sets"
    batches = {f"data_batch_{k + 1}": slice(10 * k, 10 * k + 10) for k in range(5)} | {"test_batch": slice(50, 60)}
    make, ending = (python, "") if form == "python" else (binary, ".bin")
    contents = {f"{name}{ending}": make(rows) for name, rows in batches.items()}
    if form == "archive":
        sets.mkdir()
        with tarfile.open(sets / "cifar-10-binary.tar.gz", "w:gz") as archive:
            for name, content in contents.items():
                member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    else:
        folder = sets / ("cifar-10-batches-py" if form == "python" else "cifar-10-batches-bin")
        folder.mkdir(parents=True)
        for name, content in contents.items():
            (folder / name).write_bytes(content)
    data = open_dataset("cifar10")
    assert data.spec.classes == CLASSES
    assert np.array_equal(data.test.images, PHOTOS[50:])
    assert data.test.labels is not None
    assert data.test.labels.tolist() == KINDS[50:].tolist()


def test_a_pickle_that_asks_for_more_than_arrays_is_not_run(tmp_path: Path) -> None:
    folder = tmp_path / "sets" / "cifar-10-batches-py"
    folder.mkdir(parents=True)

    class Mine:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (Path(tmp_path / "ran"),)  # type: ignore[return-value]

    (folder / "data_batch_1").write_bytes(pickle.dumps({b"data": Mine(), b"labels": [0]}))
    with pytest.raises(InputError, match="no data set needs"):
        open_dataset("cifar10")
    assert not (tmp_path / "ran").exists()


def test_the_published_addresses_are_whole() -> None:
    files = [file for named in DATASETS.values() for file in named.files]
    assert len(files) == 9
    assert all(file.url.startswith("https://") and len(file.md5) == 32 for file in files)
    assert datasets.CIFAR.size == 170_052_171
