"""Whatever is in FAMILIES works with images that are not square: from the data through training to the report."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import aegean
from aegean.families import FAMILIES
from aegean.models.capabilities import (
    Classifies,
    ClassifiesAttributes,
    Conditional,
    Edits,
    Encodes,
    Restores,
    Samples,
    Translates,
)
from aegean.sizes import Size

SMALL = {"width": 4, "latent": 3, "blocks": 1, "discriminator": 4, "ode_steps": 2, "features": 6, "history": 4}
MORE: dict[str, dict[str, Any]] = {
    "attribute_editor": {"attribute": "Hat"},
    "map_autoencoder": {"perceptual": 0},
}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 colour pictures, 20 high and 30 wide, of three classes and two attributes."""
    pixels = np.random.default_rng(0).integers(0, 256, (60, 20, 30, 3), np.uint8)
    flags = np.arange(60)[:, None] // np.array([1, 2]) % 2
    path = tmp_path_factory.mktemp("not-square") / "set.npz"
    named = {"labels": np.arange(60) % 3, "attributes": flags, "attribute_names": np.array(["Hat", "Beard"])}
    np.savez(path, images=pixels, **named)
    return path


@pytest.fixture(scope="module")
def run_of(pictures: Path) -> Callable[[str, str], aegean.Run]:
    """`run_of(family, size)`: trained once, for two steps."""
    made = dict[tuple[str, str], aegean.Run]()

    def of(family: str, size: str) -> aegean.Run:
        if (family, size) not in made:
            found = FAMILIES[family]
            settings = {name: value for name, value in SMALL.items() if hasattr(found.settings(), name)}
            settings |= {"other": str(pictures)} if found.takes_other else {}
            settings |= {"target": str(pictures)} if family == "paired_translator" else {}
            settings |= MORE.get(family, {}) | {"flip": True, "jitter": 1.0, "preview_every": 2, "quiet": True}
            out = pictures.with_name(f"{family}-{size}")
            aegean.train(family, data=str(pictures), size=size, steps=2, batch_size=4, out=out, **settings)
            made[family, size] = aegean.load(out)
        return made[family, size]

    return of


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("size", ["16x24", "21x13"])
def test_every_family_trains_and_is_used(family: str, size: str, run_of: Callable[[str, str], aegean.Run]) -> None:
    run, form, model = run_of(family, size), Size.of(size), run_of(family, size).model
    assert run.spec.shape == (3, *form)
    assert json.loads((run.path / "config.json").read_text())["data"]["size"] == size
    assert json.loads((run.path / "about.json").read_text())["data"]["size"] == size
    photo = np.random.default_rng(1).integers(0, 256, (50, 40, 3), np.uint8)
    told = {"label": "1"} if isinstance(model, Conditional) else {}
    if isinstance(model, Samples):
        assert aegean.sample(run, 2, as_tensor=True, **told).shape == (2, 3, *form)
    if isinstance(model, Encodes):
        assert aegean.reconstruct(run, [photo], **told)[0].size == form.of_pil
        code = aegean.encode(run, [photo], **told)
        assert aegean.decode(run, code, as_tensor=True, **told).shape == (1, 3, *form)
    if isinstance(model, Restores) and model.fills_holes:
        hole = {"square": (22, 18, 6)}
        filled = aegean.inpaint(run, photo, **hole)
        assert filled.size == (40, 50)
        assert (np.asarray(filled)[:22] == photo[:22]).all()
    elif isinstance(model, Restores):
        assert aegean.denoise(run, [photo])[0].size in {form.of_pil, (40, 50)}
    if isinstance(model, Translates):
        assert aegean.translate(run, photo).size == (40, 50)
    if isinstance(model, Edits):
        assert aegean.edit(run, photo, add=model.editable[:1]).size == (40, 50)
    if isinstance(model, Classifies | ClassifiesAttributes):
        assert aegean.features(run, [photo]).shape == (1, 6)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_is_measured_and_reported(family: str, run_of: Callable[[str, str], aegean.Run]) -> None:
    run = run_of(family, "16x24")
    figures = aegean.evaluate(run, limit=4, samples=2, progress=False)
    assert all(record["value"] is None or np.isfinite(record["value"]) for record in figures)
    page = aegean.make_report(run).read_text()
    assert "16 high \N{MULTIPLICATION SIGN} 24 wide" in page
    for preview in run.previews():
        with Image.open(preview) as sheet:
            scale = 64 // 24
            assert sheet.height % scale == 0 == (sheet.height // scale + 2) % 18
            assert (sheet.width // scale + 2) % 26 == 0
