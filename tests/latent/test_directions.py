import pytest
import torch

from aegean.data.types import ImageSet
from aegean.errors import InputError
from aegean.images import to_float
from aegean.latent import attribute_directions
from aegean.latent.directions import difference_of_means, orthogonal_to_others
from aegean.models.capabilities import Encodes


class Pixels(Encodes):
    """Its codes are the pixels; what it decodes has lost the first one."""

    def encode(self, image, label=None):
        return image.flatten(1)

    def decode(self, latent, label=None):
        return torch.cat([torch.zeros(len(latent), 1), latent[:, 1:]], dim=1).unflatten(1, (1, 2, 2))


def test_difference_of_means():
    codes = torch.tensor([[0.0, 0], [2, 0], [4, 6], [6, 6]])
    attributes = torch.tensor([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
    expected = torch.tensor([[4.0, 6], [2, 0], [0, 0]])  # all have the third
    torch.testing.assert_close(difference_of_means(codes, attributes), expected)


def test_a_direction_keeps_its_length_and_nothing_of_the_others():
    vectors = torch.randn(4, 9, generator=torch.Generator().manual_seed(0))
    own = orthogonal_to_others(vectors)
    torch.testing.assert_close(own.norm(dim=1), vectors.norm(dim=1))
    shared = own @ vectors.T
    torch.testing.assert_close(shared - shared.diag().diag(), torch.zeros(4, 4), atol=1e-4, rtol=0)
    assert (shared.diag() > 0).all()


def test_attributes_that_are_one_and_the_same_have_no_direction_of_their_own():
    vectors = torch.tensor([[1.0, 2, 0], [1, 2, 0], [0, 0, 1]])
    own = orthogonal_to_others(vectors)
    assert torch.equal(own[:2], torch.zeros(2, 3))
    torch.testing.assert_close(own[2], vectors[2])


def test_an_edit_moves_along_the_direction_and_keeps_what_the_code_lost():
    generator = torch.Generator().manual_seed(1)
    attributes = torch.randint(2, (200, 2), generator=generator)
    images = torch.full((200, 2, 2, 1), 100, dtype=torch.uint8)
    images[:, 0, 1, 0] += (50 * attributes[:, 0]).to(torch.uint8)
    images[:, 1, 1, 0] += (50 * attributes[:, 1]).to(torch.uint8)
    editor = attribute_directions(Pixels(), ImageSet(images, attributes=attributes), ("top", "bottom"))
    assert editor.editable == ("top", "bottom")
    image = to_float(images[:2])
    assert torch.equal(editor.edit(image, torch.zeros(2, 2)), image)
    moved = editor.edit(image, torch.tensor([[1.0, 0], [0.5, 0]])) - image
    assert moved[:, 0, 0, 1].tolist() == pytest.approx([50 / 127.5, 25 / 127.5], rel=0.02)
    assert moved[:, 0, 0, 0].abs().max() == 0
    assert moved[:, 0, 1].abs().max() < 0.05


def test_images_without_attributes():
    with pytest.raises(InputError, match="no attributes"):
        attribute_directions(Pixels(), ImageSet(torch.zeros(3, 2, 2, 1, dtype=torch.uint8)), ())
