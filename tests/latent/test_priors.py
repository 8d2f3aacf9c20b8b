"""Densities fitted to codes: against closed forms and scipy, as transports of N(0, I), and kept beside the run."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

import aegean
from aegean import InputError
from aegean.cli import main
from aegean.latent.priors import COMPONENTS, PRIORS, FlowPrior, GaussianPrior, MixturePrior, fit_prior


def ring(count: int, seed: int = 0) -> torch.Tensor:
    """Codes on a circle, which no Gaussian is."""
    generator = torch.Generator().manual_seed(seed)
    angle = 2 * math.pi * torch.rand(count, generator=generator)
    noise = 0.1 * torch.randn(count, 2, generator=generator)
    return 3 * torch.stack([angle.cos(), angle.sin()], 1) + noise + torch.tensor([5.0, -2.0])


def tilted(count: int) -> torch.Tensor:
    root = torch.tensor([[2.0, 0, 0], [1.0, 0.5, 0], [0, 0.3, 1.0]])
    return torch.randn(count, 3, generator=torch.Generator().manual_seed(1)) @ root.T + torch.tensor([1.0, 2.0, 3.0])


def test_a_gaussian_has_the_mean_and_the_covariance_of_the_codes_and_scipys_density():
    codes = tilted(20_000)
    prior, nats = fit_prior("gaussian", codes)
    made = prior.codes(torch.randn(50_000, 3, generator=torch.Generator().manual_seed(2)))
    assert made.mean(0).tolist() == pytest.approx(codes.mean(0).tolist(), abs=0.05)
    assert torch.cov(made.T).flatten().tolist() == pytest.approx(torch.cov(codes.T).flatten().tolist(), abs=0.1)
    held = codes[torch.arange(len(codes)) % 10 == 0]
    theirs = multivariate_normal(prior.mean.numpy(), (prior.root @ prior.root.T).numpy()).logpdf(held.numpy())
    assert prior.log_prob(held).tolist() == pytest.approx(theirs.tolist(), abs=1e-3)
    assert nats == pytest.approx(theirs.mean(), abs=1e-3)


def test_a_mixture_has_the_density_of_its_parts_and_is_drawn_as_often_as_they_weigh():
    codes = torch.cat([torch.randn(3000, 2) * 0.2 + 4, torch.randn(1000, 2) * 0.2 - 4])[torch.randperm(4000)]
    prior, _ = fit_prior("gmm", codes)
    assert isinstance(prior, MixturePrior)
    parts = [
        float(weight) * multivariate_normal(mean.numpy(), (root @ root.T).numpy()).pdf(codes[:50].numpy())
        for weight, mean, root in zip(prior.weight, prior.mean, prior.root)
    ]
    assert prior.log_prob(codes[:50]).tolist() == pytest.approx(np.log(sum(parts)).tolist(), abs=1e-2)
    noise = torch.randn(20_000, prior.numbers, generator=torch.Generator().manual_seed(0))
    for temperature in (1.0, 0.5):  # which turns no angle
        made = prior.codes(temperature * noise)
        assert float((made[:, 0] > 0).float().mean()) == pytest.approx(0.75, abs=0.02)


@pytest.mark.parametrize("flip", [False, True])
def test_a_flow_goes_back_the_way_it_came_and_its_volume_is_the_jacobians(flip):
    torch.manual_seed(3)
    prior = FlowPrior(5)
    for parameter in prior.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    prior.base.root, prior.base.mean = torch.tril(torch.rand(5, 5)) + torch.eye(5), torch.randn(5)
    prior.double()
    if flip:
        prior.orders = prior.orders.flip(0)
    noise = torch.randn(4, 5, dtype=torch.float64)
    codes = prior.codes(noise)
    for one, e in zip(codes, noise):
        jacobian = torch.autograd.functional.jacobian(lambda z: prior.codes(z[None])[0], e)
        expected = -0.5 * (e.square() + math.log(2 * math.pi)).sum() - torch.linalg.slogdet(jacobian)[1]
        assert prior.log_prob(one[None]).item() == pytest.approx(expected.item(), abs=1e-6)


def test_what_is_no_gaussian_is_told_better_by_a_mixture_and_a_flow(monkeypatch):
    monkeypatch.setattr("aegean.latent.priors.STEPS", 300)
    codes, fresh = ring(4000), ring(1000, seed=9)
    nats = {}
    for kind in PRIORS:
        prior, _ = fit_prior(kind, codes)
        nats[kind] = float(prior.log_prob(fresh).mean())
    assert nats["gmm"] > nats["gaussian"] + 0.5
    assert nats["flow"] > nats["gaussian"] + 0.3
    made = fit_prior("gmm", codes)[0].codes(torch.randn(500, 4))
    radius = (made - torch.tensor([5.0, -2.0])).norm(dim=1)
    assert float(((radius > 2) & (radius < 4)).float().mean()) > 0.95


def test_fitting_is_the_same_for_the_same_seed_and_flows_begin_as_the_gaussian():
    codes = ring(600)
    for kind in ("gaussian", "gmm"):
        (first, a), (second, b) = fit_prior(kind, codes, seed=4), fit_prior(kind, codes, seed=4)
        assert a == b
        assert all(torch.equal(x, y) for x, y in zip(first.state_dict().values(), second.state_dict().values()))
    flow = FlowPrior(2)
    flow.base.fit(codes, codes)
    gaussian = GaussianPrior(2)
    gaussian.fit(codes, codes)
    assert flow.log_prob(codes).tolist() == pytest.approx(gaussian.log_prob(codes).tolist(), abs=1e-5)


def test_codes_that_never_vary_and_too_few_ones():
    codes = torch.cat([tilted(200), torch.ones(200, 1)], 1)
    for kind in ("gaussian", "gmm"):
        prior, nats = fit_prior(kind, codes)
        assert math.isfinite(nats)
        assert float(prior.codes(torch.randn(50, prior.numbers))[:, 3].std()) < 0.5
    with pytest.raises(InputError, match="too few"):
        fit_prior("gmm", codes[: 2 * COMPONENTS - 1])
    with pytest.raises(InputError, match="too long"):
        fit_prior("gmm", torch.zeros(100, 1000))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "ae"
    return aegean.train("autoencoder", data="digits", steps=30, latent=6, width=8, out=out)


def test_an_autoencoder_makes_images_of_a_fitted_density_which_is_kept(run, capsys):
    with pytest.raises(InputError, match="has no density to draw codes from; --prior gaussian, gmm or flow"):
        aegean.sample(run, 4)
    first = aegean.sample(run, 4, prior="gaussian", as_tensor=True)
    assert "gaussian fitted to the codes of 4,000 images" in capsys.readouterr().err
    assert first.shape == (4, 1, 28, 28)
    assert torch.equal(first, aegean.sample(run, 4, prior="gaussian", as_tensor=True))
    assert capsys.readouterr().err == "", "it is not fitted again"
    assert not torch.equal(first, aegean.sample(run, 4, prior="gmm", as_tensor=True))
    still = aegean.sample(run, 2, prior="gaussian", temperature=0.0, as_tensor=True)
    assert torch.allclose(still[0], still[1], atol=1e-5)
    kept = run.path / "priors" / "gaussian.safetensors"
    kept.write_bytes(kept.read_bytes()[:200])
    again = aegean.sample(run, 4, prior="gaussian", as_tensor=True)
    assert "fitted to the codes" in capsys.readouterr().err, "what was kept is damaged"
    assert torch.allclose(first, again, atol=1e-4)


def test_the_command_samples_and_measures_by_a_prior(run, tmp_path, capsys):
    assert main(["sample", str(run.path), "--prior", "gmm", "-n", "4", "-o", str(tmp_path / "a.png")]) == 0
    words = ["--metrics", "fid", "--judge", "zoo:classifier-mnist", "--limit", "50"]
    assert main(["evaluate", str(run.path), *words]) == 2
    assert "makes no new images" in capsys.readouterr().err
    assert main(["evaluate", str(run.path), "--prior", "gaussian", *words]) == 0
    assert run.evaluation[-1]["settings"]["prior"] == "gaussian"
    assert main(["sample", str(run.path), "--prior", "cauchy"]) == 2
    assert main(["sample", "zoo:gan-mnist", "--prior", "gmm"]) == 2
    assert "has no codes that --prior gmm could be fitted to" in capsys.readouterr().err


def test_a_conditional_model_is_told_the_label_and_a_denoiser_of_codes_encodes(tmp_path):
    told = aegean.train("conditional_vae", data="digits", steps=5, latent=4, width=4, out=tmp_path / "c")
    assert len(aegean.sample(told, 2, label=7, prior="gaussian")) == 2
    denoiser = aegean.train("denoising", data="digits", steps=5, latent=4, width=4, out=tmp_path / "d")
    assert aegean.encode(denoiser, [denoiser.data.test.first(1).image[0]]).shape == (1, 4)
    assert len(aegean.sample(denoiser, 2, prior="gaussian")) == 2
