import re
from dataclasses import fields

import pytest
import torch

from aegean.families import FAMILIES, TrainingConfig
from aegean.losses import diversity, nearest
from aegean.training.diagnosis import SAME, verdict


def game(lines=40, each=50, **last):
    """A healthy history, a line every so many steps, whose last five say otherwise of some terms."""
    healthy = {
        "discriminator/accuracy_real": 0.8,
        "discriminator/accuracy_fake": 0.8,
        "discriminator/gap": 1.0,
        "discriminator/gradient": 1.0,
        "generator/diversity": 0.95,
        "generator/nearest": 0.9,
        "generator/gradient": 1.0,
    }
    names = {name.split("/")[0][0] + "_" + name.split("/")[1]: name for name in healthy}
    changed = {names[name]: value for name, value in last.items()}
    return [{"step": each * (k + 1), **healthy, **(changed if k >= lines - 5 else {})} for k in range(lines)]


def test_an_open_game_has_no_verdict():
    assert verdict(game()) is None
    assert verdict([]) is None
    assert verdict([{"step": 1, "vae/rate": 2.0}] * 50) is None


@pytest.mark.parametrize(
    ("last", "words"),
    [
        ({"g_diversity": 0.02}, "mode collapse: the generator's images differ only 2%"),
        ({"g_diversity": 0.74, "g_nearest": 0.01}, "mode collapse: the generator makes few images, each 1%"),
        ({"d_accuracy_real": 1.0, "d_accuracy_fake": 0.999, "g_gradient": 0.01}, "the discriminator has won"),
        ({"d_gap": -0.001}, "the discriminator has given up"),
        ({"g_gradient": 1e3}, "divergence: the gradient of the generator"),
        ({"d_gradient": 1e4}, "divergence: the gradient of the discriminator"),
    ],
)
def test_a_lost_game_is_told_in_a_plain_sentence(last, words):
    assert words in verdict(game(**last))


def test_a_sure_discriminator_from_which_the_generator_still_learns_has_not_won():
    assert verdict(game(d_accuracy_real=1.0, d_accuracy_fake=1.0)) is None


def test_where_the_adversary_is_one_loss_of_several_its_lead_decides():
    lines = [{**line, "generator/adversarial": 5.0} for line in game(d_accuracy_real=1.0, d_accuracy_fake=1.0)]
    for line in lines[-5:]:
        line["generator/gradient"] = 0.001  # the other losses are nearly paid
    assert verdict(lines) is None
    for line in lines[-5:]:
        line["discriminator/gap"] = 12.0
    assert "the discriminator has won: it tells 100.0% of the images rightly, by 12 in the logit" in verdict(lines)


def test_one_bad_line_is_no_verdict():
    lines = game(g_diversity=0.02)
    lines[-3]["generator/diversity"] = 0.9
    assert verdict(lines) is None


def test_the_first_lines_are_no_verdict():
    assert verdict(game(lines=14, g_diversity=0.02)) is None
    assert verdict(game(lines=40, each=10, g_diversity=0.02)) is None  # step 400
    assert verdict(game(lines=40, each=10, g_gradient=1e3))  # divergence is told at once


def test_a_few_steps_are_no_verdict_however_many_lines_they_have():
    assert verdict(game(lines=600, each=1, g_diversity=0.02)) is None
    lines = game(lines=600, each=1)
    assert verdict([{**line, "generator/diversity": 0.02} for line in lines])


def test_lines_of_validation_are_left_aside():
    lines = game(g_diversity=0.02)
    assert verdict([*lines, {"step": 9, "validation/generator/diversity": 0.9}])


def test_a_generator_of_two_images_has_collapsed():
    torch.manual_seed(0)
    real, two = torch.randn(2, 32, 1, 8, 8)
    made = two[torch.arange(32) % 2]
    found = {"g_diversity": float(diversity(real, made)), "g_nearest": float(nearest(real, made))}
    assert found["g_diversity"] > 1.5 * SAME
    assert "mode collapse: the generator makes few images" in verdict(game(**found))


WON = {"d_accuracy_real": 1.0, "d_accuracy_fake": 1.0, "g_gradient": 0.01}


@pytest.mark.parametrize("family", ["gan", "conditional_gan", "cyclegan", "context_encoder", "multi_attribute_editor"])
@pytest.mark.parametrize("last", [{"g_diversity": 0.02}, {"g_nearest": 0.01}, {"d_gap": 0.0}, WON])
def test_only_settings_that_the_family_has_are_advised(family, last):
    known = {field.name for part in (FAMILIES[family].settings, TrainingConfig) for field in fields(part)}
    advised = re.findall("--([a-z0-9-]+)", verdict(game(**last), family))
    assert advised
    assert {name.replace("-", "_") for name in advised} <= known


def test_penalties_of_pixels_are_not_advised_to_who_sees_features():
    words = verdict(game(g_diversity=0.02), "cyclegan", "features")
    assert "lower --learning-rate" in words
    assert "--r1" not in words


def test_divergence_is_told_of_every_game_of_two_players():
    def line(gradient):
        return {"step": 1000, "discriminator/gradient": 1.0, "translators/gradient": gradient, "translators/dual": 0.1}

    lines = [line(1.0)] * 30
    assert verdict(lines, "attribute_editor") is None
    words = verdict([*lines, *[line(500.0)] * 5], "attribute_editor")
    assert words.startswith("divergence: the gradient of the translators")


def test_a_gradient_that_was_huge_from_the_first_line_is_divergence():
    lines = [{**line, "generator/gradient": 1e9} for line in game()]
    assert "divergence: the gradient of the generator is over 1,000,000" in verdict(lines)


def test_a_single_player_has_no_verdict():
    lines = [{"vae/gradient": 1.0}] * 30
    assert verdict([*lines, *[{"vae/gradient": 1e4}] * 5], "vae") is None


def test_a_posterior_that_collapses_is_told_with_what_the_family_has_against_it():
    closed = [{"step": 20 * k, "learning_rate": 1e-3, "vae/rate": 0.0004, "vae/gradient": 1.0} for k in range(1, 40)]
    told = verdict(closed, "vae")
    assert told == (
        "posterior collapse: codes tell 0.0004 nats of their images, so that all decode alike; "
        "lower --beta, or set --free-bits"
    )
    opened = [{**line, "vae/rate": 20.0} for line in closed]
    assert verdict(opened, "vae") is None
    assert verdict([*closed[:-1], opened[-1]], "vae") is None  # it opens again
    assert verdict(closed[:10], "vae") is None  # too early
    validation = [{"step": line["step"], "validation/vae/rate": 0.0} for line in opened]
    assert verdict([*opened, *validation], "vae") is None


def test_a_gap_that_no_critic_can_have_is_a_divergence():
    def game(gap: float) -> list[dict[str, float]]:
        gradients = {"discriminator/gradient": 1.0, "generator/gradient": 1.0}
        return [{"step": k, "learning_rate": 1e-3, "discriminator/gap": gap, **gradients} for k in range(1, 30)]

    assert (
        verdict(game(-101_497.0))
        == "divergence: the discriminator tells images apart by -101,497; lower --learning-rate"
    )
    assert verdict(game(3_000.0)) is None
    assert verdict([*game(-101_497.0), *game(10.0)[-1:]]) is None
