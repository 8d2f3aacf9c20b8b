"""Small runs, a family of somebody else's that can do many things, and what is exported of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from torch import Tensor, nn

import aegean
from aegean.families import registry
from aegean.networks.blocks import to_multiple


class Everything(aegean.Model, aegean.Restores, aegean.Edits):
    """One convolution that undoes damage and edits; somebody else's."""

    def __init__(self, config: Any, spec: aegean.DataSpec) -> None:
        super().__init__()
        self.network = nn.Conv2d(spec.channels, spec.channels, 3, padding=1)

    def players(self) -> list[aegean.Player]:
        return [aegean.Player("network", [self.network], self.loss)]

    def loss(self, batch: aegean.Batch) -> tuple[Tensor, dict[str, Tensor]]:
        loss = (self.restore(batch.image) - batch.image).square().mean()
        return loss, {"squared": loss}

    @property
    def reach(self) -> int:
        return 1

    @property
    def editable(self) -> tuple[str, ...]:
        return ("Low",)

    def corrupt(self, image: Tensor, seed: int) -> Tensor:
        return -image

    def restore(self, image: Tensor, mask: Tensor | None = None) -> Tensor:
        height, width = image.shape[-2:]
        return self.network(to_multiple(image, 4))[..., :height, :width].tanh()

    def edit(self, image: Tensor, changes: Tensor) -> Tensor:
        return (image + changes.sum(1)[:, None, None, None] * self.network(image)).clamp(-1, 1)


@pytest.fixture(scope="session")
def everything(shapes: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[aegean.Run]:
    """A run of that family, registered while the tests last."""
    aegean.register("everything", aegean.Settings, Everything)
    folder = tmp_path_factory.mktemp("runs") / "everything"
    yield aegean.train("everything", data=str(shapes), steps=2, batch_size=8, preview_every=0, quiet=True, out=folder)
    registry.FAMILIES.registered.pop("everything")


@pytest.fixture(scope="session")
def trained(shapes: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., aegean.Run]:
    """`trained(family, **settings)`: a small run, trained once."""
    folder, made = tmp_path_factory.mktemp("runs"), dict[str, aegean.Run]()

    def of(family: str, **settings: Any) -> aegean.Run:
        name = "-".join([family, *map(str, settings.values())])
        if name not in made:
            changes = {"steps": 3, "batch_size": 8, "width": 4, "preview_every": 0, "quiet": True} | settings
            made[name] = aegean.train(family, data=str(shapes), out=folder / name, **changes)
        return made[name]

    return of


@pytest.fixture(scope="session")
def onnx_folder(trained: Callable[..., aegean.Run], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A conditional VAE as ONNX."""
    run = trained("conditional_vae", latent=3)
    return Path(aegean.export(run, "onnx", tmp_path_factory.mktemp("exports") / "onnx"))
