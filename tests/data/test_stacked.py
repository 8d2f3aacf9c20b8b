import numpy as np
import pytest
import torch

from aegean import InputError, open_dataset


@pytest.fixture
def grey(tmp_path):
    """Ten classes; an image of class k is all k."""
    label = np.arange(200) % 10
    image = np.broadcast_to(label[:, None, None].astype(np.uint8), (200, 8, 8))
    path = tmp_path / "grey.npz"
    np.savez(path, x_train=image, y_train=label, x_test=image[:60], y_test=label[:60])
    return path


def test_three_random_images_as_red_green_and_blue_and_the_label_says_which(grey):
    data = open_dataset(f"stacked:{grey}")
    assert data.spec.name == "stacked-grey"
    assert data.spec.channels == 3
    assert len(data.spec.classes) == 1000
    assert data.spec.classes[703] == "703"
    assert (len(data.train), len(data.test)) == (180, 60)
    red, green, blue = data.train.images[:, 0, 0].long().T
    assert torch.equal(data.train.labels, 100 * red + 10 * green + blue)
    assert len({tuple(triple) for triple in data.train.images[:, 0, 0].tolist()}) > 140


def test_each_image_is_used_once_in_each_colour(grey):
    train = open_dataset(f"stacked:{grey}").train
    counts = [torch.bincount(train.images[:, 0, 0, colour].long(), minlength=10) for colour in range(3)]
    assert torch.equal(counts[0], counts[1])
    assert torch.equal(counts[0], counts[2])


def test_the_same_every_time(grey):
    one, other = open_dataset(f"stacked:{grey}"), open_dataset(f"stacked:{grey}")
    assert one.fingerprint == other.fingerprint
    assert torch.equal(one.train.images, other.train.images)


def test_what_cannot_be_stacked_is_said_in_one_line(grey, tmp_path):
    colour, bare = tmp_path / "colour.npz", tmp_path / "bare.npz"
    np.savez(colour, images=np.zeros((9, 8, 8, 3), np.uint8), labels=np.arange(9))
    np.savez(bare, images=np.zeros((9, 8, 8), np.uint8))
    with pytest.raises(InputError, match="three grey images are stacked"):
        open_dataset(f"stacked:{colour}")
    with pytest.raises(InputError, match="no labels"):
        open_dataset(f"stacked:{bare}")
    with pytest.raises(InputError, match="no such file"):
        open_dataset("stacked:nowhere.npz")
