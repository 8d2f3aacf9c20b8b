"""The network of a flow."""

from __future__ import annotations

import pytest
import torch

from aegean.networks import MapDecoder, MapEncoder, Velocity


@pytest.mark.parametrize(("channels", "side", "patch"), [(1, 28, 2), (3, 21, 2), (4, 6, 1)])
def test_velocity_keeps_the_shape_and_sees_time_wish_and_place(channels: int, side: int, patch: int) -> None:
    torch.manual_seed(0)
    network = Velocity(channels, 16, 2, 1, 1, patch, wishes=3)
    x, time, wish = torch.randn(2, channels, side, side), torch.tensor([0.2, 0.7]), torch.eye(3)[:2]
    moved = network(x, time, wish)
    assert moved.shape == x.shape
    assert not torch.equal(moved, network(x, time + 0.1, wish))
    assert not torch.equal(moved, network(x, time, wish.flip(0)))
    torch.testing.assert_close(network(x, time), network(x, time, torch.zeros(2, 3)))  # not told is told nothing
    torch.testing.assert_close(network(x[1:], time[1:], wish[1:]), moved[1:], atol=1e-5, rtol=1e-4)


def test_before_it_learns_it_guesses_linearly() -> None:
    """Of x ~ N(0, s^2): E[e - x | x_t] = (t - (1 - t) s^2) / ((1 - t)^2 s^2 + t^2) x_t, here fitted to draws."""
    torch.manual_seed(0)
    spread, draws = 0.4, 40_000
    network = Velocity(1, 8, 2, 1, 0, 1, spread=spread)
    for weight in network.head.parameters():
        torch.nn.init.zeros_(weight)
    for t in (0.0, 0.2, 0.7, 1.0):
        x, e = spread * torch.randn(draws, dtype=torch.float64), torch.randn(draws, dtype=torch.float64)
        x_t = (1 - t) * x + t * e
        slope = float(((e - x) * x_t).sum() / x_t.square().sum())
        guess = network(torch.ones(1, 1, 1, 1), torch.tensor([t]))
        assert abs(guess.item() - slope) < 0.05
        left = (e - x - slope * x_t).std() * ((1 - t) ** 2 * spread**2 + t**2) ** 0.5 / spread
        assert abs(float(left) - 1) < 0.02  # what the U-Net is to say is of size 1


def test_attention_reaches_across() -> None:
    torch.manual_seed(0)
    network = Velocity(1, 16, 2, 1, 1, 2)
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.2)
    x = torch.randn(1, 1, 64, 64, requires_grad=True)
    network(x, torch.tensor([0.5]))[0, 0, 0, 0].backward()
    assert x.grad is not None
    assert x.grad[0, 0, 63, 63] != 0


@pytest.mark.parametrize(("side", "halvings", "code"), [(16, 2, 4), (21, 2, 6), (24, 3, 3)])
def test_codes_are_maps_of_mean_square_one(side: int, halvings: int, code: int) -> None:
    sizes = 8, 2, 1, halvings, 5
    encoder, decoder = MapEncoder(3, *sizes), MapDecoder(3, side, *sizes)
    image = torch.randn(2, 3, side, side)
    z = encoder(image)
    assert z.shape == (2, 5, code, code)
    torch.testing.assert_close(z.square().mean((1, 2, 3)), torch.ones(2), atol=0.05, rtol=0)
    torch.testing.assert_close(z.mean((1, 2, 3)), torch.zeros(2), atol=1e-4, rtol=0)
    assert decoder(z).shape == image.shape
