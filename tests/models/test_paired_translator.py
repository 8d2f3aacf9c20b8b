"""What pairs teach: values against closed forms, and a run from data to a large picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn.functional import interpolate

import aegean
from aegean.data.types import Batch, DataSpec
from aegean.errors import InputError
from aegean.families import default_config
from aegean.media.tiles import in_tiles
from aegean.models import build
from aegean.models.paired_translator import PairedTranslator
from aegean.networks import plainly

SMALL: dict[str, Any] = {"width": 8, "depth": 1, "levels": 2, "preview_every": 0, "quiet": True}


def make(spec: DataSpec, **settings: Any) -> PairedTranslator:
    torch.manual_seed(0)
    model = build("paired_translator", default_config("paired_translator", **settings).model, spec)
    assert isinstance(model, PairedTranslator)
    return model


def test_it_begins_with_the_picture_as_it_is_and_learns_the_difference() -> None:
    spec = DataSpec("set", 1, 16, target_channels=3)
    model = make(spec, width=4, depth=1, adversarial=0.0)
    grey, wanted = torch.rand(2, 1, 16, 16) * 2 - 1, torch.rand(2, 3, 16, 16) * 2 - 1
    with torch.no_grad():
        for parameter in model.translator.head.parameters():
            parameter.zero_()
    loss, _ = model.translator_loss(Batch(grey, target=wanted))
    assert loss.item() == pytest.approx((grey - wanted).abs().mean().item(), rel=1e-5)
    assert [player.name for player in model.players()] == ["translator"]


def test_plainly_is_bicubic_and_keeps_greys() -> None:
    image = torch.rand(2, 3, 8, 8)
    assert torch.equal(plainly(image, 3, 1), image)
    assert torch.allclose(plainly(image, 1, 1), image.mean(1, keepdim=True))
    assert torch.equal(plainly(image, 3, 2), interpolate(image, scale_factor=2.0, mode="bicubic"))


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_a_large_picture_in_tiles_is_the_same_as_at_once(scale: int) -> None:
    model = make(
        DataSpec("set", 3, 32, target_channels=3, target_scale=scale), width=4, depth=1, levels=2, enlarge=scale
    )
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0, 0.2)
        image = torch.rand(1, 3, 150, 110)
        whole = model.translator(image)
        tiled = in_tiles(model.translator, image, side=32, margin=-(-model.reach // 8) * 8)
    assert whole.shape == (1, 3, 150 * scale, 110 * scale)
    torch.testing.assert_close(tiled, whole, rtol=1e-4, atol=1e-4 * whole.abs().max().item())


@pytest.mark.parametrize(
    ("spec", "settings", "says"),
    [
        (DataSpec("set", 3, 16), {}, "--target"),
        (DataSpec("set", 3, 16, target_channels=3, target_scale=2), {}, "--enlarge 2"),
        (DataSpec("set", 3, 18), {"enlarge": 4}, "18"),
    ],
)
def test_what_it_cannot_learn_from(spec: DataSpec, settings: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        make(spec, **settings)


def test_the_discriminator_sees_what_went_in() -> None:
    model = make(DataSpec("set", 1, 16, target_channels=3), width=4, depth=1, levels=2)
    assert model.discriminator is not None
    given, picture = torch.rand(2, 1, 16, 16), torch.rand(2, 3, 16, 16)
    shown = model._shown(given, picture)
    assert torch.equal(shown, torch.cat([picture, given], 1))
    assert not torch.equal(model.discriminator(shown), model.discriminator(model._shown(given.flip(3), picture)))


def test_from_pairs_to_a_large_picture(tmp_path: Path) -> None:
    """Blocks twice as large and in another colour: learned, measured, reported, used on a picture of another size."""
    random = np.random.default_rng(0)
    small = random.integers(0, 2, (200, 4, 4)).astype(np.uint8).repeat(2, 1).repeat(2, 2) * 200
    large = np.stack([small, 255 - small, small // 2], -1).repeat(2, 1).repeat(2, 2)
    run = aegean.train(
        "paired_translator",
        data=(small, large),
        enlarge=2,
        steps=150,
        batch_size=16,
        learning_rate=3e-3,
        discriminator=4,
        halvings=1,
        out=tmp_path / "run",
        **SMALL,
    )
    figures = {each["metric"]: each for each in aegean.evaluate(run)}
    assert figures["paired_psnr"]["value"] > figures["paired_psnr"]["beside"]["unchanged"] + 5
    assert figures["paired_ssim"]["value"] > figures["paired_ssim"]["beside"]["unchanged"]
    made = aegean.translate(run, Image.fromarray(np.tile(small[0], (3, 5))))
    assert made.size == (2 * 40, 2 * 24)
    assert made.mode == "RGB"
    with pytest.raises(InputError, match="one way"):
        aegean.translate(run, Image.fromarray(small[0]), back=True)
    assert "Input, made, truth" in aegean.make_report(run).read_text()


def test_enlarging_needs_no_pairs(tmp_path: Path) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (40, 16, 16, 3), np.uint8)
    run = aegean.train(
        "paired_translator", data=pictures, enlarge=2, adversarial=0.0, steps=3, out=tmp_path / "r", **SMALL
    )
    given, wanted = run.model.pair(run.data.test.first(2))  # type: ignore[union-attr, operator]
    assert given.shape == (2, 3, 8, 8)
    torch.testing.assert_close(
        given, interpolate(wanted, scale_factor=0.5, mode="bicubic", antialias=True).clamp(-1, 1)
    )
    assert aegean.translate(run, Image.fromarray(pictures[0])).size == (32, 32)
