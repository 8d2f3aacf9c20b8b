"""The arithmetic behind the maps of codes."""

import pytest
import torch

from aegean.latent.atlas import principal_plane
from aegean.report.latent import fitted_gaussian, lattice
from aegean.report.prior import _where_draws_fall


def test_the_principal_plane_finds_the_two_long_directions():
    generator = torch.Generator().manual_seed(0)
    deviations = torch.tensor([0.1, 5.0, 0.1, 2.0, 0.1])
    codes = torch.randn(500, 5, generator=generator) * deviations + 7
    plane, share = principal_plane(codes)
    centred = codes - codes.mean(0)
    for k, column in enumerate((1, 3)):
        correlation = torch.corrcoef(torch.stack([plane[:, k], centred[:, column]]))[0, 1]
        assert abs(float(correlation)) > 0.99
    assert share == pytest.approx(29 / 29.03, abs=1e-3)


def test_the_principal_plane_is_the_same_each_time_and_leaves_the_global_generator_alone():
    codes = torch.randn(50, 8, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(3)
    state = torch.get_rng_state()
    first = principal_plane(codes)[0]
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(4)
    assert torch.equal(principal_plane(codes)[0], first)


def test_the_lattice_is_read_like_a_page_with_z2_upwards():
    points = lattice(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([10.0, 20.0]))
    assert points.tolist() == [[1, 20], [2, 20], [3, 20], [1, 10], [2, 10], [3, 10]]


def test_the_fitted_gaussian_has_the_codes_mean_and_covariance():
    generator = torch.Generator().manual_seed(0)
    mixing = torch.tensor([[1.0, 0.0, 0.0], [2.0, 0.5, 0.0], [0.0, -1.0, 0.2]])
    codes = torch.randn(4000, 3, generator=generator) @ mixing.T + torch.tensor([3.0, 0.0, -5.0])
    draws = fitted_gaussian(codes, 40_000)
    torch.testing.assert_close(draws.mean(0), codes.mean(0), rtol=0, atol=0.05)
    torch.testing.assert_close(draws.T.cov(), codes.T.cov(), rtol=0, atol=0.12)


def test_the_fitted_gaussian_of_a_flat_cloud_stays_flat():
    codes = torch.tensor([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])
    draws = fitted_gaussian(codes, 100)
    torch.testing.assert_close(draws[:, 1], 2 * draws[:, 0], rtol=0, atol=1e-4)


def test_what_is_said_of_draws_is_what_their_distances_show():
    normal = torch.randn(400, 2, generator=torch.Generator().manual_seed(5))
    ring = (
        normal / normal.norm(dim=1, keepdim=True) * 2**0.5
    )  # a standard deviation of 1, and none where most draws are
    assert float(ring.std()) == pytest.approx(1, abs=0.05)
    said = _where_draws_fall(ring)
    assert "never trained" in said
    assert "standard deviation" not in said
    assert "luck" in _where_draws_fall(normal)
    assert "standard deviation is 9.8" in _where_draws_fall(10 * normal)
