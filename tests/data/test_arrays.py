from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
import torch

from aegean.data import open_dataset
from aegean.data import pixels as bytes_of
from aegean.data.idx import read_idx
from aegean.errors import InputError


def pixels(count: int, size: int = 8, channels: int = 0, seed: int = 0) -> np.ndarray:
    shape = (count, size, size, channels) if channels else (count, size, size)
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def to_pixels(array: np.ndarray, where: str = "set.npy") -> np.ndarray:
    return bytes_of.to_pixels(array, bytes_of.values_of([array], where), where)


def write_idx(path: Path, array: np.ndarray) -> Path:
    content = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def test_npz_with_official_splits_keeps_the_test_set(tmp_path: Path) -> None:
    x_train, x_test, y_train, y_test = pixels(100), pixels(20, seed=1), np.arange(100) % 3, np.arange(20) % 3
    np.savez(tmp_path / "set.npz", x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    data = open_dataset(str(tmp_path / "set.npz"))
    assert [len(data.split(name)) for name in ("train", "validation", "test")] == [90, 10, 20]
    assert data.spec.classes == ("0", "1", "2")
    np.testing.assert_array_equal(data.test.images.numpy()[..., 0], x_test)
    np.testing.assert_array_equal(data.test.labels, y_test)
    # train and validation together are x_train, each image with its own label
    images = torch.cat([data.train.images, data.validation.images]).numpy()[..., 0].reshape(100, -1)
    labels = torch.cat([data.train.labels, data.validation.labels]).numpy()
    found = {image.tobytes(): label for image, label in zip(images, labels)}
    assert found == {image.tobytes(): label for image, label in zip(x_train.reshape(100, -1), y_train)}


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.array([[0, 128], [255, 1]], np.uint8), [0, 128, 255, 1]),
        (np.array([[0, 0.5], [1, 0.25]], np.float32), [0, 128, 255, 64]),
        (np.array([[-1, 0], [1, 0.5]], np.float64), [0, 128, 255, 191]),
        (np.array([[0, 1], [1, 0]], np.uint8), [0, 255, 255, 0]),
        (np.array([[False, True], [True, True]]), [0, 255, 255, 255]),
        (np.array([[0, 7], [200, 255]], np.int64), [0, 7, 200, 255]),
    ],
)
def test_values_become_bytes(array: np.ndarray, expected: list[int]) -> None:
    assert to_pixels(array[None]).ravel().tolist() == expected


@pytest.mark.parametrize(
    ("array", "line"),
    [
        (np.array([[[0.0, 255.0]]]), r"float values from 0 to 255; floats must lie in \[0, 1\] or in \[-1, 1\]"),
        (np.array([[[0.0, np.nan]]]), "float values from nan to nan"),
        (np.array([[[0, 256]]]), "whole numbers from 0 to 256"),
        (np.array([[["a", "b"]]]), "expected numbers"),
        (np.zeros((4, 7, 7, 2), np.uint8), r"shape \(4, 7, 7, 2\) is not images"),
    ],
)
def test_other_values_are_refused_in_one_line(array: np.ndarray, line: str) -> None:
    with pytest.raises(InputError, match=line) as caught:
        to_pixels(array)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("layout", [(0, 1, 2, 3), (0, 3, 1, 2)])
def test_both_orders_of_axes_are_one_set(tmp_path: Path, layout: tuple[int, ...]) -> None:
    colour = pixels(30, channels=3)
    np.save(tmp_path / "a.npy", colour.transpose(layout))
    data = open_dataset(str(tmp_path / "a.npy"))
    assert (data.spec.channels, data.spec.size.word) == (3, 8)
    assert {image.tobytes() for image in data.train.images.numpy()} <= {image.tobytes() for image in colour}


def test_images_labels_and_attributes_stay_together(tmp_path: Path) -> None:
    images = np.broadcast_to(np.arange(40, dtype=np.uint8)[:, None, None], (40, 8, 8))
    flags = np.stack([np.arange(40) % 2, np.arange(40) >= 20], axis=1) * 2 - 1  # CelebA's 1 and -1
    words = np.array(["odd" if k % 2 else "even" for k in range(40)])
    names = np.array(["odd", "high"])
    np.savez(tmp_path / "a.npz", images=images, labels=words, attributes=flags, attribute_names=names)
    data = open_dataset(str(tmp_path / "a.npz"))
    assert data.spec.classes == ("even", "odd")
    assert data.spec.attributes == ("odd", "high")
    for name in ("train", "validation", "test"):
        some = data.split(name)
        number = some.images[:, 0, 0, 0].long()
        assert torch.equal(some.labels, number % 2)
        assert torch.equal(some.attributes.long(), torch.stack([number % 2, (number >= 20).long()], 1))


def test_one_hot_and_gaps_in_labels(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=pixels(30), y=np.eye(3, dtype=int)[np.arange(30) % 3])
    assert open_dataset(str(tmp_path / "a.npz")).spec.classes == ("0", "1", "2")
    np.savez(tmp_path / "b.npz", x=pixels(30), y=np.array([[3], [7], [10]] * 10))
    data = open_dataset(str(tmp_path / "b.npz"))
    assert data.spec.classes == ("3", "7", "10")
    assert set(data.train.labels.tolist()) == {0, 1, 2}


def test_labels_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x_train=pixels(30), y_train=np.arange(29) % 2)
    with pytest.raises(InputError, match=r"29 labels for 30 images"):
        open_dataset(str(tmp_path / "a.npz"))


@pytest.mark.parametrize("end", ["", ".gz"])
def test_idx_folder_and_single_file(tmp_path: Path, end: str) -> None:
    train, test = pixels(50), pixels(10, seed=1)
    write_idx(tmp_path / f"train-images-idx3-ubyte{end}", train)
    write_idx(tmp_path / f"train-labels-idx1-ubyte{end}", np.arange(50) % 4)
    write_idx(tmp_path / f"t10k-images-idx3-ubyte{end}", test)
    write_idx(tmp_path / f"t10k-labels-idx1-ubyte{end}", np.arange(10) % 4)
    data = open_dataset(str(tmp_path))
    assert [len(data.split(name)) for name in ("train", "validation", "test")] == [45, 5, 10]
    np.testing.assert_array_equal(data.test.images.numpy()[..., 0], test)
    np.testing.assert_array_equal(data.test.labels, np.arange(10) % 4)
    alone = open_dataset(str(tmp_path / f"train-images-idx3-ubyte{end}"))
    assert len(alone.train) + len(alone.validation) + len(alone.test) == 50
    assert alone.spec.classes == ("0", "1", "2", "3")


def test_idx_files_that_are_overwritten_are_read_again(tmp_path: Path) -> None:
    def write(seed: int) -> None:
        write_idx(tmp_path / "train-images-idx3-ubyte", pixels(50, seed=seed))

    write(1)
    first = open_dataset(str(tmp_path), size=4)
    write(2)
    assert open_dataset(str(tmp_path), size=4).fingerprint != first.fingerprint


def test_idx_files_of_several_sets_are_not_mixed(tmp_path: Path) -> None:
    for name in ("emnist-letters", "emnist-digits"):
        write_idx(tmp_path / f"{name}-train-images-idx3-ubyte", pixels(50))
    with pytest.raises(InputError, match=r"IDX files of several sets \(emnist-digits, emnist-letters\)"):
        open_dataset(str(tmp_path))


def test_large_arrays_of_0_and_1_are_black_and_white(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bytes_of, "LARGE", 10)
    binary = np.arange(2 * 64).reshape(2, 8, 8).astype(np.uint8) % 2
    assert to_pixels(binary).max() == 255
    assert to_pixels(binary * 2).max() == 2


def test_idx_that_is_cut_short_or_foreign(tmp_path: Path) -> None:
    path = write_idx(tmp_path / "x-idx3-ubyte", pixels(10))
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(InputError, match=r"cut short: 635 values where its head promises 640"):
        open_dataset(str(path))
    path.write_bytes(b"hello, world")
    with pytest.raises(InputError, match="not an IDX file"):
        read_idx(path)
    with pytest.raises(InputError, match="not a kind of file that holds images"):
        open_dataset(str(path))


def test_broken_npz_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(InputError, match=r"a\.npz: not an \.npz file that can be read"):
        open_dataset(str(tmp_path / "a.npz"))
    np.savez(tmp_path / "b.npz", weights=pixels(3), biases=pixels(3))
    with pytest.raises(InputError, match="holds weights, biases; expected x_train"):
        open_dataset(str(tmp_path / "b.npz"))


def test_mnist_in_its_official_order(shared: Path) -> None:
    data = open_dataset(str(shared / "mnist.npz"))
    assert [len(data.split(name)) for name in ("train", "validation", "test")] == [55_000, 5_000, 10_000]
    assert data.test.labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]  # as everyone knows them
    assert data.spec.dimensions == 784


@pytest.mark.parametrize("names", [("X_train", "Y_train"), ("x_train", "targets_train"), ("data", "Targets")])
def test_labels_under_their_usual_names_are_used(tmp_path: Path, names: tuple[str, str]) -> None:
    np.savez(tmp_path / "a.npz", **{names[0]: pixels(30), names[1]: np.arange(30) % 2})
    assert open_dataset(str(tmp_path / "a.npz")).spec.classes == ("0", "1")


def test_arrays_that_are_not_used_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez(tmp_path / "a.npz", images=pixels(30), fine_labels=np.arange(30), labels=np.arange(30) % 3)
    assert open_dataset(str(tmp_path / "a.npz")).spec.classes == ("0", "1", "2")
    assert "a.npz: not used: fine_labels; expected x_train" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "names", "line"),
    [
        ([[1, 2]], ["a", "b"], "with values 1, 2; expected .* of 0 and 1, or of -1 and 1"),
        ([[0.1, 0.9]], ["a", "b"], "with values 0.1, 0.9"),
        ([[0, np.nan]], ["a", "b"], "with values 0.0, nan"),
        ([[-1, 0]], ["a", "b"], "with values -1, 0"),
        ([[0, 1, 1]], ["a", "a", "b"], "attribute_names holds 'a' more than once"),
        ([[0, 1]], ["a", "b", "c"], r"3 attribute_names for attributes of shape \(30, 2\)"),
        ([["no", "yes"]], ["a", "b"], "with values no, yes"),
    ],
)
def test_attributes_of_no_known_convention_are_refused(
    tmp_path: Path, flags: list[list[object]], names: list[str], line: str
) -> None:
    np.savez(tmp_path / "a.npz", images=pixels(30), attributes=np.array(flags * 30), attribute_names=np.array(names))
    with pytest.raises(InputError, match=line) as caught:
        open_dataset(str(tmp_path / "a.npz"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("flags", [[[0, 1]], [[False, True]], [[-1, 1]], [[-1.0, 1.0]], [["0", "1"]]])
def test_attributes_of_every_convention_are_0_and_1(tmp_path: Path, flags: list[list[object]]) -> None:
    np.savez(tmp_path / "a.npz", images=pixels(30), attributes=np.array(flags * 30))
    data = open_dataset(str(tmp_path / "a.npz"))
    assert data.test.attributes.tolist() == [[0, 1]] * 3
    assert data.spec.attributes == ("attribute_0", "attribute_1")
