"""Walks between codes, against closed forms; strips and films."""

import math

import pytest
import torch

from aegean.data.types import DataSpec
from aegean.families import default_config
from aegean.latent import between, carpet, film, lerp, slerp, strip, tour, walk
from aegean.models import build

SPEC = DataSpec("grey", channels=1, size=8, classes=("dark", "light"))


def model_of(family: str, **changes):
    torch.manual_seed(0)
    return build(family, default_config(family, width=4, **changes).model, SPEC).eval().requires_grad_(False)


def test_lerp_is_the_straight_line():
    a, b = torch.tensor([0.0, 2.0]), torch.tensor([4.0, 0.0])
    assert torch.equal(lerp(a, b, torch.tensor([0.25])), torch.tensor([1.0, 1.5]))


def test_slerp_between_orthogonal_codes_is_the_quarter_circle():
    a, b = torch.tensor([2.0, 0.0], dtype=torch.float64), torch.tensor([0.0, 2.0], dtype=torch.float64)
    t = torch.linspace(0, 1, 7, dtype=torch.float64)[:, None]
    expected = 2 * torch.cat([(t * math.pi / 2).cos(), (t * math.pi / 2).sin()], dim=1)
    torch.testing.assert_close(slerp(a, b, t), expected, rtol=0, atol=1e-12)


def test_slerp_keeps_equal_lengths_and_changes_unequal_ones_evenly():
    generator = torch.Generator().manual_seed(0)
    a, b = torch.randn(2, 64, generator=generator, dtype=torch.float64)
    t = torch.linspace(0, 1, 11, dtype=torch.float64)[:, None]
    lengths = slerp(a, b, t).norm(dim=1)
    torch.testing.assert_close(lengths, torch.lerp(a.norm(), b.norm(), t[:, 0]))
    assert lerp(a, b, t).norm(dim=1)[5] < 0.8 * lengths[5]  # the straight line dips to about 1 / sqrt(2)


def test_slerp_turns_at_an_even_pace():
    generator = torch.Generator().manual_seed(1)
    a, b = torch.nn.functional.normalize(torch.randn(2, 5, generator=generator, dtype=torch.float64))
    path = slerp(a, b, torch.linspace(0, 1, 9, dtype=torch.float64)[:, None])
    steps = (path[1:] * path[:-1]).sum(1).acos()
    torch.testing.assert_close(steps, torch.full((8,), float((a @ b).acos()) / 8, dtype=torch.float64))


@pytest.mark.parametrize(
    ("a", "b"),
    [([1.0, 1.0], [1.0, 1.0]), ([1.0, 0.0], [2.0, 0.0]), ([1.0, 0.0], [-1.0, 0.0]), ([0.0, 0.0], [3.0, 4.0])],
    ids=["same", "parallel", "opposite", "zero"],
)
def test_slerp_is_the_line_where_there_is_no_arc(a, b):
    a, b, t = torch.tensor(a), torch.tensor(b), torch.tensor([[0.0], [0.25], [1.0]])
    torch.testing.assert_close(slerp(a, b, t), lerp(a, b, t))


def test_slerp_of_nearly_equal_codes_is_exact():
    a, angle = torch.tensor([1.0, 0.0], dtype=torch.float64), 3e-4
    b = torch.tensor([math.cos(angle), math.sin(angle)], dtype=torch.float64)
    half = slerp(a, b, torch.tensor([0.5], dtype=torch.float64))
    expected = torch.tensor([math.cos(angle / 2), math.sin(angle / 2)], dtype=torch.float64)
    torch.testing.assert_close(half, expected, rtol=0, atol=1e-15)


def test_between_includes_both_ends():
    a, b = torch.randn(2, 1, 6, generator=torch.Generator().manual_seed(0))
    path = between(a, b, 5)
    assert path.shape == (5, 6)
    torch.testing.assert_close(path[[0, -1]], torch.cat([a, b]))


def test_a_walk_goes_along_the_arc_where_codes_are_gaussian_else_along_the_line():
    for family, curve in (("vae", slerp), ("autoencoder", lerp)):
        model = model_of(family, latent=6)
        a, b = torch.randn(2, 1, 6, generator=torch.Generator().manual_seed(0))
        images = walk(model, a, b, 4)
        assert images.shape == (4, 1, 8, 8)
        torch.testing.assert_close(images, model.decode(between(a, b, 4, curve)))


def test_a_conditional_walk_keeps_its_label():
    model = model_of("conditional_vae", latent=3)
    for embedding in model.decoder.modules():
        if isinstance(embedding, torch.nn.Embedding):
            torch.nn.init.normal_(embedding.weight)
    torch.nn.init.normal_(model.decoder.body[-1][1].weight)
    a, b = torch.randn(2, 1, 3, generator=torch.Generator().manual_seed(0))
    dark, light = (walk(model, a, b, 3, torch.tensor([k])) for k in (0, 1))
    torch.testing.assert_close(light, model.decode(between(a, b, 3), torch.ones(3, dtype=torch.int64)))
    assert not torch.allclose(dark, light)


@pytest.mark.parametrize("family", ["gan", "autoencoder"])
def test_a_carpet_has_its_corners_and_walks_along_its_borders(family):
    model = model_of(family, latent=6)
    corners = torch.randn(4, 6, generator=torch.Generator().manual_seed(0))
    images = carpet(model, corners, 4)
    assert images.shape == (16, 1, 8, 8)
    for k, (start, end) in {0: (0, 1), 12: (2, 3)}.items():
        torch.testing.assert_close(images[k : k + 4], walk(model, corners[start], corners[end], 4))
    torch.testing.assert_close(images[::4], walk(model, corners[0], corners[2], 4))


def test_a_carpet_of_equal_corners_is_the_same_everywhere():
    model = model_of("gan", latent=6)
    images = carpet(model, torch.randn(1, 6).expand(4, 6), 3)
    torch.testing.assert_close(images, images[:1].expand(9, -1, -1, -1))


def test_a_tour_stops_at_every_corner_and_comes_home():
    model = model_of("gan", latent=6)
    corners = torch.randn(4, 6, generator=torch.Generator().manual_seed(0))
    images = tour(model, corners, 12)
    assert len(images) == 12
    torch.testing.assert_close(images[::3], model.sample(corners))
    torch.testing.assert_close(images[9:], walk(model, corners[3], corners[0], 4)[:3])
    assert len(tour(model, corners, 10)) == 10


def test_a_model_without_codes_has_nowhere_to_walk():
    with pytest.raises(TypeError, match="no codes"):
        walk(model_of("classifier"), torch.zeros(1, 2), torch.zeros(1, 2), 3)


def test_strip_lays_images_side_by_side():
    images = torch.stack([torch.full((1, 4, 4), k / 4 - 1) for k in range(6)])
    assert strip(images).shape == (1, 1, 4, 6 * 6 - 2)
    picture = strip(images, columns=3)
    assert picture.shape == (1, 1, 10, 16)
    assert picture[0, 0, 0, 0] == -1
    assert picture[0, 0, 6, 12] == 0.25  # the sixth image, in the second row
    assert picture[0, 0, 4, 0] == 1  # the gap


def test_a_film_goes_there_and_back_without_a_jump():
    images = torch.stack([torch.full((1, 2, 2), value) for value in (-1.0, 0.0, 1.0)])
    grey = [frame.getpixel((3, 3)) for frame in film(images, scale=2)]
    assert grey == [0, 128, 255, 128]
    assert film(images, scale=2)[0].size == (4, 4)
    assert len(film(images, return_home=False)) == 3
