"""Networks of the user's own put in the place of a model's, after a look at the shapes that they give."""

from __future__ import annotations

import importlib
from functools import reduce
from typing import Any

import torch
from torch import Tensor, nn

from aegean.data.types import DataSpec
from aegean.errors import InputError
from aegean.families.own import OwnNetwork, parse
from aegean.models.capabilities import Conditional
from aegean.models.player import Model
from aegean.networks.condition import given

FROM_CODES = ("decoder", "generator")  # take codes (B, Z); encoders and discriminators take images (B, C, S, S)


class Adapted(nn.Module):
    """Called as the family's network is: labels go on only where the model is conditional; float32 comes out."""

    def __init__(self, network: nn.Module, labelled: bool) -> None:
        super().__init__()
        self.network, self.labelled = network, labelled

    def forward(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        """Images or codes (B, ...), labels (B,) -> (B, ...)."""
        out: Tensor = self.network(x, given(label)) if self.labelled else self.network(x)
        return out.float()


def replace_networks(model: Model, config: Any, spec: DataSpec) -> None:
    """Put each of `config.networks` in its place; InputError where it cannot be built or gives other shapes."""
    labelled = isinstance(model, Conditional)
    for word in config.networks:
        own = parse(word)
        image, code = (2, spec.channels, spec.size, spec.size), (2, config.latent)
        probe = torch.zeros(code if own.place in FROM_CODES else image)
        label = torch.zeros(2, dtype=torch.int64) if labelled else None
        network, wanted = Adapted(_built(word, own), labelled), _shape(getattr(model, own.place), probe, label)
        try:
            found = _shape(network, probe, label)
        except Exception as error:  # whatever the network of somebody else raises
            raise InputError(f"--networks {word}: cannot take {tuple(probe.shape)}: {_line(error)}") from error
        if found != wanted:
            raise InputError(f"--networks {word}: makes {found} of {tuple(probe.shape)}; it must make {wanted}")
        setattr(model, own.place, network)


def _built(word: str, own: OwnNetwork) -> nn.Module:
    """A fresh network of that name, with these arguments."""
    try:
        kind: Any = reduce(getattr, own.name.split("."), importlib.import_module(own.module))
    except Exception as error:  # whatever the import of somebody else's module raises
        raise InputError(
            f"--networks {word}: cannot be imported: {_line(error)}; is its folder on PYTHONPATH?"
        ) from error
    try:
        network = kind(**own.arguments)
    except Exception as error:
        raise InputError(f"--networks {word}: cannot be built: {_line(error)}") from error
    if not isinstance(network, nn.Module):
        raise InputError(f"--networks {word}: makes a {type(network).__name__}, not a torch.nn.Module")
    return network


@torch.no_grad()
def _shape(network: nn.Module, probe: Tensor, label: Tensor | None) -> tuple[int, ...]:
    """The shape of what it makes of a probe, in evaluation mode, in which no statistics are kept."""
    training = network.training
    shape = tuple(network.eval()(probe, label).shape)
    network.train(training)
    return shape


def _line(error: Exception) -> str:
    return (str(error) or type(error).__name__).strip().splitlines()[0]
