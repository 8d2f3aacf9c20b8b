"""A run's model whose codes have a density, fitted once and kept beside it: what makes new images of any codes."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from aegean.consoles import warn
from aegean.data.types import spread
from aegean.errors import InputError
from aegean.latent.priors import PRIORS, Prior, fit_prior
from aegean.models.capabilities import Conditional, Encodes, Samples
from aegean.runs import Run, read_tensors
from aegean.runs.storage import Damaged, save_tensors

MOST = 20_000  # training images whose codes it is fitted to
BATCH = 256


class Fitted(nn.Module, Samples, Encodes):
    """A model that encodes and decodes, and the density of its codes."""

    def __init__(self, model: Encodes, prior: Prior) -> None:
        super().__init__()
        self.model, self.prior = model, prior

    def noise(self, count: int, seed: int) -> Tensor:
        """Draws of N(0, I)."""
        return torch.randn(count, self.prior.numbers, generator=torch.Generator().manual_seed(seed))

    def sample(self, noise: Tensor, label: Tensor | None = None) -> Tensor:
        """Decoded codes of the density."""
        return self.model.decode(self.prior.codes(noise), label)

    def encode(self, image: Tensor, label: Tensor | None = None) -> Tensor:
        """As the model does."""
        return self.model.encode(image, label)

    def decode(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        """As the model does."""
        return self.model.decode(latent, label)


class FittedConditional(Fitted, Conditional):
    """The same of a model that is told labels; the density is of the codes of all of them."""


def with_prior(run: Run, kind: str) -> Fitted:
    """The run's model with a density of that kind, kept in RUN/priors for the next time.

    Raises:
        InputError: a model without codes, codes that are too long or too few, data that are not there.
    """
    model = run.model
    if not isinstance(model, Encodes):
        raise InputError(f"{run.path}: a {run.config.family} has no codes that --prior {kind} could be fitted to")
    prior = _kept(run, kind) or _fit(run, model, kind)
    made = FittedConditional if isinstance(model, Conditional) else Fitted
    return made(cast(Encodes, model), prior).eval()


def _fit(run: Run, model: Encodes, kind: str) -> Prior:
    train = run.own_data.train
    parts = [train.batch(some) for some in spread(len(train), MOST).split(BATCH)]
    with torch.inference_mode():
        codes = torch.cat([model.encode(part.image, part.label).flatten(1) for part in parts])
    prior, nats = fit_prior(kind, codes.clone())
    facts = {"kind": kind, "weights": run.weights_digest, "nats": f"{nats:.4f}", "codes": str(len(codes))}
    warn(f"{run.path}: {kind} fitted to the codes of {len(codes):,} images; one held out has {nats:.2f} nats")
    with contextlib.suppress(OSError):  # a folder that may not be written: fitted again the next time
        path = _path(run, kind)
        path.parent.mkdir(parents=True, exist_ok=True)
        save_tensors(path, prior.state_dict(), facts)
    return prior


def _kept(run: Run, kind: str) -> Prior | None:
    """What was fitted before; None where there is none, or to codes of other weights."""
    path = _path(run, kind)
    if not path.is_file():
        return None
    try:
        tensors, facts = read_tensors(path)
    except Damaged:
        return None
    if facts.get("weights") != run.weights_digest or facts.get("kind") != kind:
        return None
    means = next(tensor for name, tensor in tensors.items() if name.endswith("mean"))  # (Z,), or of several (K, Z)
    prior: Prior = PRIORS[kind](means.shape[-1])
    prior.load_state_dict(tensors)
    return prior.eval().requires_grad_(False)


def _path(run: Run, kind: str) -> Path:
    return run.home / "priors" / f"{kind}.safetensors"
