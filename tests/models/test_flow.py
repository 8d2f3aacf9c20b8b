"""Flow matching, against a Gaussian whose best velocity is known in closed form."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn
from torch.distributions import Normal

from aegean.data.types import Batch, DataSpec
from aegean.errors import InputError
from aegean.families import default_config
from aegean.models import build
from aegean.models.attribute_flow import AttributeFlow
from aegean.models.flow import CELL, Flow, times

SIZE = 4
MEAN = torch.linspace(-0.5, 0.5, SIZE * SIZE, dtype=torch.float64).reshape(1, 1, SIZE, SIZE)
SPREAD = torch.linspace(0.2, 0.6, SIZE * SIZE, dtype=torch.float64).reshape(1, 1, SIZE, SIZE)


class Best(nn.Module):
    """E[e - x | x_t] where x ~ N(MEAN, SPREAD^2), numbers independent; or `factor` times that."""

    def __init__(self, factor: float = 1.0) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x_t: Tensor, time: Tensor, wish: Tensor | None = None) -> Tensor:
        t = time[:, None, None, None]
        off = (x_t - (1 - t) * MEAN) / ((1 - t) ** 2 * SPREAD**2 + t**2)
        return self.factor * (t * off - (MEAN + (1 - t) * SPREAD**2 * off))


@pytest.fixture
def best() -> Flow:
    """A flow whose network has learned the Gaussian perfectly."""
    torch.manual_seed(0)
    model = build("flow", default_config("flow", width=4, ode_steps=200).model, DataSpec("gauss", 1, SIZE))
    assert isinstance(model, Flow)
    model.network = Best()  # type: ignore[assignment]
    return model.eval()


def drawn(count: int) -> Tensor:
    torch.manual_seed(1)
    return MEAN + SPREAD * torch.randn(count, 1, SIZE, SIZE, dtype=torch.float64)


def small(family: str = "flow", size: int = 12, **settings: object) -> Flow:
    torch.manual_seed(0)
    spec = DataSpec("set", 1, size, classes=("a", "b", "c"))
    model = build(family, default_config(family, width=8, **settings).model, spec)
    assert isinstance(model, Flow)
    return model.eval()


def test_noise_becomes_the_distribution(best: Flow) -> None:
    """The flow of a Gaussian is known: x = MEAN + SPREAD e."""
    e = torch.randn(6, SIZE * SIZE, dtype=torch.float64)
    made = best.flow(e.unflatten(1, best.shape), 1, 0)
    torch.testing.assert_close(made, MEAN + SPREAD * e.unflatten(1, best.shape), atol=1e-3, rtol=0)


@pytest.mark.parametrize("exact", [True, False])
def test_log_density_is_that_of_the_gaussian(best: Flow, exact: bool) -> None:
    """Here dv/dx is diagonal, so that random signs find its trace exactly too."""
    x = drawn(5)
    true = Normal(MEAN, SPREAD).log_prob(x).flatten(1).sum(1)
    torch.testing.assert_close(best.log_density(x, exact=exact), true, atol=0.01, rtol=0)


def test_random_signs_find_the_trace_on_average() -> None:
    model, x = small(size=4, ode_steps=2), torch.rand(1, 1, 4, 4) * 2 - 1
    exact = model.log_density(x, exact=True)
    torch.manual_seed(0)
    many = model.log_density(x.expand(400, -1, -1, -1))
    assert many.std() > 0
    assert abs(float(many.mean() - exact)) < 4 * float(many.std()) / math.sqrt(400)


def test_probability_of_grey_values_is_that_of_their_cells(best: Flow) -> None:
    """Where the density hardly changes within a cell, P = density x volume; under inference_mode, as evaluation is."""
    x = (drawn(3).clamp(-1, 1) / CELL).round() * CELL
    true = Normal(MEAN, SPREAD).log_prob(x).flatten(1).sum(1) + SIZE * SIZE * math.log(CELL)
    with torch.inference_mode():
        weights = best.log_weights(x, 3)
        distortion, rate = best.bound(x)
    assert weights.shape == (3, 3)
    torch.testing.assert_close(weights[0], true, atol=0.2, rtol=0)
    torch.testing.assert_close(distortion, -true, atol=0.4, rtol=0)
    assert not rate.any()


def test_decode_takes_back_what_encode_did(best: Flow) -> None:
    x = drawn(4).clamp(-0.99, 0.99)
    errors = [float((best.decode(best.encode(x, steps=n), steps=n) - x).abs().max()) for n in (10, 20, 40)]
    assert errors[2] < 1e-3
    assert errors[0] / errors[1] > 3  # second order and better
    assert errors[1] / errors[2] > 3


def test_denoised_is_the_mean_of_the_posterior(best: Flow) -> None:
    """Wiener's filter."""
    sigma = 0.3
    noisy = drawn(4) + sigma * torch.randn(4, 1, SIZE, SIZE, dtype=torch.float64)
    wiener = MEAN + SPREAD**2 / (SPREAD**2 + sigma**2) * (noisy - MEAN)
    torch.testing.assert_close(best.restore(noisy, sigma=sigma * 255 / 2), wiener.clamp(-1, 1))


def test_fills_have_the_distribution_and_what_is_known_stays(best: Flow) -> None:
    x = MEAN.expand(2000, -1, -1, -1).clone()
    mask = torch.zeros(2000, 1, SIZE, SIZE, dtype=torch.float64)
    mask[..., 1:] = 1
    filled = best.filled(x, mask, seed=0, steps=60)
    torch.testing.assert_close(filled.mean(0, keepdim=True), MEAN, atol=0.05, rtol=0)
    torch.testing.assert_close(filled.std(0)[None, ..., 1:], SPREAD[..., 1:], atol=0.05, rtol=0)
    assert torch.equal(best.restore(x, mask)[..., :1], x[..., :1])


def test_another_seed_is_another_fill() -> None:
    model, image = small(ode_steps=2), torch.rand(2, 1, 12, 12) * 2 - 1
    mask = model.missing(image, 0)
    fills = [model.restore(image, mask, seed=seed) for seed in (0, 0, 1)]
    assert torch.equal(fills[0], fills[1])
    assert not torch.allclose(fills[0], fills[2])
    assert all(torch.equal(fill[mask == 0], image[mask == 0]) for fill in fills)


def test_guidance_goes_past_what_is_wanted() -> None:
    """v = v(nothing) + g (v(wish) - v(nothing))."""
    model = small("conditional_flow")
    x, wish = torch.randn(3, 1, 12, 12), model.asked(torch.tensor([0, 1, 2]))
    assert wish is not None
    free, told = model.velocity(x, 0.5, torch.zeros_like(wish)), model.velocity(x, 0.5, wish)
    torch.testing.assert_close(model.velocity(x, 0.5, wish, 3.0), free + 3 * (told - free))


def test_labels_are_dropped_in_training_alone() -> None:
    model, batch = small("conditional_flow", drop=0.5), Batch(torch.zeros(400, 1, 12, 12), torch.arange(400) % 3)
    told = model.wish(batch)
    assert told is not None
    assert (told.sum(1) == 1).all()
    left = model.train().wish(batch)
    assert left is not None
    assert 120 < int(left.sum()) < 280


def test_loss_is_least_for_the_best_velocity(best: Flow) -> None:
    batch = Batch(drawn(4000))

    def loss() -> float:
        torch.manual_seed(2)
        return float(best.loss(batch)[0])

    lowest = loss()
    for factor in (0.9, 1.1):
        best.network = Best(factor)  # type: ignore[assignment]
        assert loss() > lowest


@pytest.mark.parametrize(("kind", "below"), [("uniform", 0.25), ("early", 0.25 ** (1 / 3)), ("middle", 0.1360)])
def test_times_have_their_distribution(kind: str, below: float) -> None:
    """How many lie below a quarter: logit(1/4) is the 13.6th percentile of N(0, 1)."""
    torch.manual_seed(3)
    drawn_times = times(torch.zeros(100_000), kind)
    assert ((drawn_times > 0) & (drawn_times < 1)).all()
    assert float((drawn_times < 0.25).double().mean()) == pytest.approx(below, abs=0.005)


def test_conditional_needs_labels() -> None:
    with pytest.raises(InputError, match="flow"):
        build("conditional_flow", default_config("conditional_flow").model, DataSpec("bare", 1, 12))


def faces(**settings: object) -> AttributeFlow:
    torch.manual_seed(0)
    spec = DataSpec("faces", 1, 12, attributes=("Hat", "Beard", "Glasses"))
    config = default_config("attribute_flow", width=8, ode_steps=4, **settings).model
    model = build("attribute_flow", config, spec)
    assert isinstance(model, AttributeFlow)
    return model.eval()


class Corner(nn.Module):
    """A hat is white in the upper left corner of faces of grey 0 else: E[e - x | x_t] where x is known, e is not."""

    def forward(self, x_t: Tensor, time: Tensor, wish: Tensor) -> Tensor:
        t = time[:, None, None, None]
        x = torch.zeros_like(x_t)
        x[..., :4, :4] = wish[:, :1, None, None]
        return (x_t - x) / t.clamp(min=1e-3)


def test_an_edit_changes_what_the_attribute_changes_and_nothing_else() -> None:
    model = faces(editing=1.0, back=1.0)
    model.network = Corner()  # type: ignore[assignment]
    image = torch.randn(2, 1, 12, 12) * 0.1
    image[..., :4, :4] = -0.9
    edited = model.edit(image, torch.tensor([[1.0, 0, 0], [0, 1.0, 0]]), steps=8)
    torch.testing.assert_close(edited[0, :, :3, :3], torch.full((1, 3, 3), 1.0), atol=0.15, rtol=0)
    assert torch.equal(edited[0, :, 6:, 6:], image[0, :, 6:, 6:])
    torch.testing.assert_close(edited[1], image[1])


def test_attributes_are_read_from_a_face_and_kept() -> None:
    model, heard = faces(back=1.0), []

    class Heard(Corner):
        def forward(self, x_t: Tensor, time: Tensor, wish: Tensor) -> Tensor:
            heard.append(wish.detach())
            return super().forward(x_t, time, wish)

    model.network = Heard()  # type: ignore[assignment]
    image = torch.randn(2, 1, 12, 12) * 0.1
    image[0, :, :4, :4], image[1, :, :4, :4] = 0.9, -0.9
    with torch.inference_mode():
        hat, *others = model.explains(image).T
        assert hat[0] > 0.5
        assert hat[1] < -0.5
        assert not torch.stack(others).any()  # of which there is nothing to see
        heard.clear()
        for kept in (True, False):
            changes = torch.tensor([[0, 1.0, 0]]).expand(2, -1)
            model.edit(image, changes, steps=1, guidance=1.0, confined=False, kept=kept)
    first, last = heard[4], heard[-1]  # the draws are not told
    assert torch.equal(first[:, 1], torch.tensor([-1.0, -1.0]))
    assert torch.equal(first[:, 0], hat)
    assert not last[:, 0].any()


def test_an_edit_is_as_strong_as_it_must_be_to_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hat is a corner of 0.2 where none is one of -0.2; exaggerated 2.6 times, -0.2 + 2.6 * 0.4."""
    model = faces(editing=1.0, back=1.0)

    class Faint(Corner):
        def forward(self, x_t: Tensor, time: Tensor, wish: Tensor) -> Tensor:
            return super().forward(x_t, time, 0.2 * wish)

    model.network = Faint()  # type: ignore[assignment]
    image, put_on = torch.randn(1, 1, 12, 12) * 0.01, torch.tensor([[1.0, 0, 0]])
    image[..., :4, :4] -= 0.2

    def corner(**how: float) -> float:
        return float(model.edit(image, put_on, steps=8, **how)[..., :3, :3].mean())

    assert corner() == pytest.approx(0.2, abs=0.03)
    monkeypatch.setattr("aegean.models.attribute_flow.SEEN", 0.9)  # more than it ever sees
    assert corner() == pytest.approx(0.84, abs=0.05)
    assert corner(guidance=1.0) == pytest.approx(0.2, abs=0.03)


class Halved(nn.Module):
    """Codes are images halved: what is finer is lost."""

    def encode(self, image: Tensor) -> Tensor:
        return nn.functional.avg_pool2d(image, 2).flatten(1)

    def decode(self, code: Tensor) -> Tensor:
        return code.unflatten(1, (1, 6, 6)).repeat_interleave(2, 2).repeat_interleave(2, 3)


def test_what_codes_lose_goes_where_an_edit_draws_and_stays_elsewhere() -> None:
    model = faces(editing=1.0, back=1.0)
    model.network, model.codec, model.shape = Corner(), Halved(), (1, 6, 6)  # type: ignore[assignment]
    lines = 0.1 * (torch.arange(12) % 2 * 2 - 1.0)
    image = torch.zeros(1, 1, 12, 12) + lines
    image[..., :8, :8] -= 0.5
    edited = model.edit(image, torch.tensor([[1.0, 0, 0]]), steps=8)
    assert torch.equal(edited[..., 10:, 10:], image[..., 10:, 10:])
    assert float(edited[..., :4, :4].mean()) == pytest.approx(1, abs=0.1)
    step = (edited[..., 1::2] - edited[..., ::2])[0, 0, :8]  # across the lines: 0.2 where they are as they were
    assert float(step[7, :4].abs().mean()) < 0.12  # where the brim of the hat is drawn
    assert float(step[:, 5:].mean()) == pytest.approx(0.2, abs=0.02)


def test_any_part_of_the_attributes_is_told_in_training() -> None:
    model = faces(drop=0.5).train()
    has = torch.tensor([1.0, 0.0, 1.0]).expand(2000, -1)
    told = model.wish(Batch(torch.zeros(2000, 1, 12, 12), attributes=has))
    assert set(told.unique().tolist()) == {-1.0, 0.0, 1.0}
    assert torch.equal(told * (2 * has - 1), told.abs())
    count = told.abs().sum(1)
    assert float((count == 0).float().mean()) == pytest.approx(0.5 + 0.5 * 0.25, abs=0.05)
    assert [int((count == n).sum()) > 150 for n in (1, 2, 3)] == [True] * 3
