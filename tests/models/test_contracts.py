"""Whatever is in FAMILIES is tested by being there."""

from __future__ import annotations

import ast
import dataclasses
import inspect
from typing import Any

import pytest
import torch

from aegean.data.types import Batch, DataSpec
from aegean.families import FAMILIES, default_config, from_json
from aegean.models import build, model_class
from aegean.models.capabilities import (
    Classifies,
    ClassifiesAttributes,
    Conditional,
    Density,
    Edits,
    Encodes,
    Restores,
    Samples,
    Translates,
)
from aegean.models.elsewhere import moved
from aegean.models.player import Model
from aegean.sizes import Size

SMALL = {"ode_steps": 3, "blocks": 2, "discriminator": 4, "width": 4, "latent": 3, "features": 6, "hidden": 10}
PLACES = ["cpu", *([torch.accelerator.current_accelerator().type] if torch.accelerator.is_available() else [])]
SHAPES = [(1, "28"), (3, "16x24"), (3, "32"), (1, "21x13"), (1, "8"), (4, "21")]


def make(family: str, channels: int = 1, size: str = "12", **changes: Any) -> tuple[Any, Batch]:
    known = {"classes": ("a", "b", "c"), "attributes": ("hat", "beard"), "domains": ("a", "b")}
    spec = DataSpec("set", channels, Size.of(size), **known)
    if family == "attribute_editor":
        changes = {"attribute": "hat", **changes}
    paired = family == "paired_translator"
    if paired:
        spec = dataclasses.replace(spec, target_channels=channels)
    names = {f.name for f in dataclasses.fields(FAMILIES[family].settings)}
    settings = {**{k: v for k, v in SMALL.items() if k in names}, **changes}
    torch.manual_seed(0)
    model = build(family, default_config(family, **settings).model, spec)
    image = torch.rand(5, *spec.shape).mul(255).round() / 127.5 - 1
    return model, Batch(
        image=image,
        label=torch.arange(5) % 3,
        attributes=torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1], [0, 1]]).float(),
        other=-image.roll(1, 0),
        target=image.flip(3) if paired else None,
    )


def test_every_family_has_settings_and_training_defaults() -> None:
    assert all(issubclass(model_class(name), Model) for name in FAMILIES)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_setting_is_documented(family: str) -> None:
    config = default_config(family)
    for part in (config.data, config.model, config.training):
        for cls in type(part).__mro__[:-1]:
            body = ast.parse(inspect.getsource(cls)).body[0].body  # type: ignore[attr-defined]
            for setting, help_text in zip(body, body[1:]):
                if not isinstance(setting, ast.AnnAssign) or "ClassVar" in ast.unparse(setting):
                    continue
                assert isinstance(help_text, ast.Expr), f"{cls.__name__}: {ast.unparse(setting)} has no help under it"


@pytest.mark.parametrize("family", FAMILIES)
def test_config_survives_json(family: str) -> None:
    import json

    config = default_config(family, steps=7, seed=3)
    assert from_json(json.loads(json.dumps(config.to_json()))) == config


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("channels", "size"), SHAPES)
def test_every_player_learns(family: str, channels: int, size: str) -> None:
    """A finite scalar loss in float32, logged by name, whose gradient reaches every network of the player."""
    model, batch = make(family, channels, size)
    model.train()
    players = model.players()
    assert len({player.name for player in players}) == len(players) > 0
    for player in players:
        loss, logged = player.loss(batch)
        assert loss.shape == ()
        assert loss.dtype == torch.float32
        assert loss.isfinite()
        assert logged
        assert all(value.shape == () for value in logged.values())
        loss.backward()
        for network in player.networks:
            for name, weight in network.named_parameters():
                assert weight.grad is not None or not weight.requires_grad, name
                assert weight.grad is None or weight.grad.isfinite().all(), name


@pytest.mark.parametrize("family", FAMILIES)
def test_all_weights_belong_to_a_player(family: str) -> None:
    model, _ = make(family)
    held = {id(w) for player in model.players() for network in player.networks for w in network.parameters()}
    assert held == {id(w) for w in model.parameters()}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("channels", "size"), SHAPES[:4])
def test_capabilities(family: str, channels: int, size: str, place: str) -> None:
    """Of tensors on the CPU, wherever the weights are."""
    model, batch = make(family, channels, size)
    model = moved(model.eval(), torch.device(place))
    label = batch.label if isinstance(model, Conditional) else None
    shape = batch.image.shape
    with torch.no_grad():
        if isinstance(model, Samples):
            noise = model.noise(5, seed=1)
            assert torch.equal(noise, model.noise(5, seed=1))
            assert not torch.equal(noise, model.noise(5, seed=2))
            check_image(model.sample(noise, label), shape)
        if isinstance(model, Encodes):
            code = model.encode(batch.image, label)
            assert code.dim() == 2
            assert len(code) == 5
            assert torch.equal(code, model.encode(batch.image, label))
            check_image(model.decode(code, label), shape)
        if isinstance(model, Restores):
            damaged = model.corrupt(batch.image, seed=1)
            assert torch.equal(damaged, model.corrupt(batch.image, seed=1))
            assert not torch.equal(damaged, batch.image)
            check_image(model.restore(damaged), shape)
        if isinstance(model, Translates):
            there = model.translate(batch.image, "b")
            check_image(there, shape)
            assert (model.pair(batch) is None) == model.both_ways
            if model.both_ways:
                assert not torch.equal(there, model.translate(batch.image, "a"))
            wide = torch.zeros(1, channels, 19, 34)
            check_image(model.translate(wide, "b"), wide.shape)
        if isinstance(model, Density):
            target = model.target(batch.image, seed=1)
            assert torch.equal(target, model.target(batch.image, seed=1))
            distortion, rate = model.bound(target, label)
            assert distortion.shape == rate.shape == (5,)
            assert (rate >= 0).all()
            assert model.log_weights(target, 7, label).shape == (7, 5)
        if isinstance(model, Classifies):
            log_probabilities = model.log_probabilities(batch.image)
            assert log_probabilities.shape == (5, 3)
            torch.testing.assert_close(log_probabilities.exp().sum(1), torch.ones(5))
            assert model.features(batch.image).shape == (5, 6)
        if isinstance(model, Edits):
            check_edits(model, batch.image)
        if isinstance(model, ClassifiesAttributes):
            probability = model.attribute_probabilities(batch.image)
            assert probability.shape == (5, 2)
            assert ((probability > 0) & (probability < 1)).all()
            assert model.features(batch.image).shape == (5, 6)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_model_elsewhere_is_asked_from_here(family: str) -> None:
    """On `meta` shapes alone are computed: all comes as far as the way home, on which it has nothing to take along."""
    model, batch = make(family)
    m: Any = moved(model.eval(), torch.device("meta"))
    label = batch.label if isinstance(model, Conditional) else None
    questions = {
        Samples: lambda: m.sample(m.noise(5, 1), label),
        Encodes: lambda: m.decode(torch.zeros(5, m.encode(batch.image.to("meta"), label).shape[1]), label),
        Restores: lambda: m.restore(batch.image),
        Translates: lambda: m.translate(batch.image, "b"),
        Density: lambda: m.bound(batch.image, label),
        Classifies: lambda: m.features(batch.image),
        Edits: lambda: m.edit(batch.image, torch.ones(5, len(m.editable))),
        ClassifiesAttributes: lambda: m.attribute_probabilities(batch.image),
    }
    able = [skill for skill in questions if isinstance(m, skill)]
    assert able
    for skill in able:
        with pytest.raises(NotImplementedError, match="Cannot copy out of meta tensor"):
            questions[skill]()


def check_edits(model: Edits, image: torch.Tensor) -> None:
    """An edit of nothing is nothing; an edit of one image does not depend on the others; less strength, less change."""
    names = model.editable
    assert len(set(names)) == len(names) > 0
    changes = torch.zeros(5, len(names))
    assert torch.equal(model.edit(image, changes), image)
    changes[:, 0] = torch.tensor([1.0, -1.0, 0.0, 0.1, -0.1])
    edited = model.edit(image, changes)
    check_image(edited, image.shape)
    moved = (edited - image).abs().flatten(1).sum(1)
    assert moved[2] == 0
    assert (moved[[0, 1, 3, 4]] > 0).all()
    torch.testing.assert_close(model.edit(image[:1], changes[:1]), edited[:1])
    assert (model.edit(image, changes / 10) - image).abs().sum() < moved.sum()


def check_image(image: torch.Tensor, shape: torch.Size) -> None:
    assert image.shape == shape
    assert image.dtype == torch.float32
    assert image.min() >= -1
    assert image.max() <= 1


@pytest.mark.parametrize("family", FAMILIES)
def test_losses_are_the_same_under_bfloat16_up_to_its_precision(family: str) -> None:
    model, batch = make(family, size="16")
    model.eval()
    for player in model.players():
        torch.manual_seed(1)
        exact, _ = player.loss(batch)
        torch.manual_seed(1)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            rough, _ = player.loss(batch)
        assert rough.dtype == torch.float32
        torch.testing.assert_close(rough, exact, rtol=0.02, atol=0.02)


def test_mlp_networks_for_the_classic_tables() -> None:
    for family in ("autoencoder", "denoising", "vae", "conditional_vae"):
        model, batch = make(family, network="mlp")
        loss, _ = model.players()[0].loss(batch)
        loss.backward()
        assert loss.isfinite()
