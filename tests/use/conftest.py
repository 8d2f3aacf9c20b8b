"""Small runs of each kind, trained once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import aegean


@pytest.fixture(scope="session")
def colours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Colour pictures of 12 x 12 in two domains; beside them the same with attributes, `faces.npz`."""
    folder = tmp_path_factory.mktemp("colours") / "day2night"
    noise = np.random.default_rng(0).integers(0, 255, (24, 12, 12, 3), np.uint8)
    for part in ("trainA", "trainB", "testA", "testB"):
        (folder / part).mkdir(parents=True)
        for k in range(4):
            Image.fromarray(noise[k]).resize((16, 16)).save(folder / part / f"{k}.png")
    flags = np.arange(24)[:, None] // np.array([1, 2]) % 2
    np.savez(folder.parent / "faces.npz", images=noise, attributes=flags, attribute_names=np.array(["Hat", "No_Beard"]))
    return folder


@pytest.fixture(scope="session")
def trained(shapes: Path, colours: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., aegean.Run]:
    """`trained(family, **settings)`: a run, trained once for three steps."""
    folder, made = tmp_path_factory.mktemp("runs"), dict[str, aegean.Run]()
    data = {"cyclegan": colours, "multi_attribute_editor": colours.parent / "faces.npz"}
    more = {"cyclegan": {"blocks": 1, "discriminator": 4, "batch_size": 2}}

    def of(family: str, **settings: Any) -> aegean.Run:
        name = "-".join([family, *map(str, settings.values())])
        if name not in made:
            changes = {"steps": 3, "batch_size": 8, "width": 4, "preview_every": 0, "quiet": True}
            changes |= more.get(family, {}) | settings
            made[name] = aegean.train(family, data=str(data.get(family, shapes)), out=folder / name, **changes)
        return made[name]

    return of


@pytest.fixture
def photo() -> Image.Image:
    """A grey photo, twice as wide as high, larger than what the models see."""
    return Image.fromarray(np.random.default_rng(1).integers(0, 255, (30, 60), np.uint8))
