"""What turns images into feature vectors: a judge, a run, a pretrained network, or your own function."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from aegean.data.types import DataSpec
from aegean.device import on_device
from aegean.errors import InputError
from aegean.evaluation.judge import Judge
from aegean.models.capabilities import Classifies, ClassifiesAttributes, Conditional, Encodes
from aegean.runs import Run, is_run

INCEPTION = "inception:"  # and a file of weights


class Extractor:
    """Images (B, C, H, W) in [-1, 1] -> features (B, F), and what every figure made with them must say."""

    def __init__(
        self, what: Judge | Run | str | Path | Callable[[Tensor], Tensor], spec: DataSpec, device: torch.device
    ) -> None:
        """`what`: a judge, a run or its folder, a pretrained network's name, `inception:FILE`, or any function."""
        self.resize, self.features = "none", ""
        self.network: Any = None  # a pretrained one, where it is that
        if isinstance(what, Judge):
            self.extract: Callable[[Tensor], Tensor] = what.features
            self.name, self.features = _name(what.run), _layer(what.run)
        elif isinstance(what, Run) or (isinstance(what, str | Path) and is_run(what)):
            run = what if isinstance(what, Run) else Run(what)
            self.extract = _features_of(run, spec, device)
            self.name, self.features = _name(run), _layer(run)
        elif isinstance(what, str) and what.startswith(INCEPTION):
            from aegean.pretrained.inception import SIDE, load_inception

            path = Path(what.removeprefix(INCEPTION)).expanduser()
            self.extract, digest = load_inception(path, device)
            self.name = f"inception v3 of {path.name}, file {digest}"
            self.resize = f"{spec.size.word} to {SIDE}, bicubic with antialiasing, not rounded, as clean-fid does"
        elif isinstance(what, str | Path):
            from aegean import pretrained

            network = pretrained.load(str(what), device=str(device))
            self.network = network
            look, self.name = network.extractor(), network.name
            self.extract = lambda image: look(squared(image))
            self.resize = f"{spec.size.longer} to {network.input_shape[1]}, as the network's own preprocessing does"
            if not spec.size.is_square:
                self.resize = f"{spec.size.word} stretched to a square, {self.resize}"
        else:
            self.extract, self.name = what, getattr(what, "__name__", type(what).__name__)
            self.resize = "its own"
        self.device = device

    def __call__(self, image: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, F)."""
        return self.extract(image).to(self.device)

    def classes_of(self, name: str) -> set[int]:
        """Numbers of the network's classes that are called so, wholly or by their last word: horse, zebra."""
        words = name.lower().replace("_", " ")
        return {
            k
            for k, known in enumerate(self.network.classes)
            if known.name.lower() == words or known.name.lower().split()[-1] == words
        }

    @property
    def settings(self) -> dict[str, Any]:
        """Name and resize, and which layer's features they are where an earlier version took another."""
        layer = {"features": self.features} if self.features else {}
        return {"extractor": self.name, "resize": self.resize, **layer}


def squared(image: Tensor) -> Tensor:
    """All of each image, stretched to a square of its longer side, of which alone a network sees all. (B, C, S, S)"""
    side = max(image.shape[2:])
    if side == min(image.shape[2:]):
        return image
    return interpolate(image, size=(side, side), mode="bicubic", antialias=True).clamp(-1, 1)


def _name(run: Run) -> str:
    """What tells it from others that were trained alike."""
    return f"{run.config.family} on {run.spec.name}, weights {run.weights_digest}"


def _layer(run: Run) -> str:
    """Figures by an attribute classifier once used its vector before the last activation: they are another metric."""
    return "before the last layer" if isinstance(run.model, ClassifiesAttributes) else ""


def _features_of(run: Run, spec: DataSpec, device: torch.device) -> Callable[[Tensor], Tensor]:
    """A run's features of images of `spec`, or its codes. (B, C, H, W) -> (B, F)"""
    for name in ("channels", "size"):
        if getattr(run.spec, name) != getattr(spec, name):
            theirs, ours = getattr(run.spec, name), getattr(spec, name)
            raise InputError(f"--extractor {run.path}: its images have {name} {theirs}, those of the run {ours}")
    model = on_device(run.model, device)
    if isinstance(model, Classifies | ClassifiesAttributes):
        return model.features
    if isinstance(model, Encodes) and not isinstance(model, Conditional):
        return model.encode
    raise InputError(
        f"--extractor {run.path}: a {run.config.family} has neither features nor codes; give a classifier or a vae"
    )
