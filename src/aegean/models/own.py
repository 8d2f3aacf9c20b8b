"""Networks of the user's own put in the place of a model's, after a look at the shapes that they give."""

from __future__ import annotations

import importlib
from functools import reduce
from typing import Any, cast

import torch
from torch import Tensor, nn

from aegean.data.types import DataSpec
from aegean.errors import InputError, first_line
from aegean.families.own import OwnNetwork, OwnNetworksConfig, parse
from aegean.models.capabilities import Conditional, Edits, EncodesMaps, Translates
from aegean.models.player import Model
from aegean.networks import FeatureAttributeDiscriminator, FeatureDiscriminator, PatchDiscriminator
from aegean.networks.condition import given


class Adapted(nn.Module):
    """Called as the family's network is, of whose arguments it takes the first few; float32 comes out."""

    def __init__(self, network: nn.Module, taken: int) -> None:
        super().__init__()
        self.network, self.taken = network, taken
        self.reach: int | None = getattr(network, "reach", None)  # pixels around a pixel that it depends on

    def forward(self, x: Tensor, *more: Tensor | None) -> Any:
        """Images or codes (B, ...), and labels, masks or changes (B, ...) -> what the family's network gives."""
        more = (*more, *[None] * (self.taken - 1))[: self.taken - 1]
        out = self.network(x, *(given(one) for one in more))
        return tuple(one.float() for one in out) if isinstance(out, tuple) else out.float()


def replace_networks(model: Model, config: OwnNetworksConfig, spec: DataSpec) -> None:
    """Put each of `config.networks` in its place; InputError where it cannot be built or gives other shapes."""
    for word in config.networks:
        own = parse(word)
        place = config.replaceable[own.place]
        probes = [_probe(model, config, spec, kind) for kind in place.takes]
        if isinstance(model, Conditional):
            probes.append(torch.zeros(2, dtype=torch.int64))
        for path in place.attributes or (own.place,):
            holder, _, attribute = path.rpartition(".")
            parent = model.get_submodule(holder)
            if not isinstance(replaced := getattr(parent, attribute, None), nn.Module):
                raise InputError(f"--networks {word}: with these settings the model has no {own.place}")
            network = Adapted(_built(word, own), len(probes))
            _check(word, network, replaced, probes, len(spec.attributes))
            if isinstance(model, Translates) and own.place == "translator" and network.reach is None:
                raise InputError(f"--networks {word}: must have `reach`: how far around a pixel it looks, in pixels")
            network.requires_grad_(any(weight.requires_grad for weight in replaced.parameters()))
            setattr(parent, attribute, network)


def _probe(model: Model, config: Any, spec: DataSpec, kind: str) -> Tensor:
    """Two zeros of what a network is called with."""
    if kind == "code":
        return torch.zeros(2, *(model.code_shape if isinstance(model, EncodesMaps) else (config.latent,)))
    if kind == "changes":
        return torch.zeros(2, len(cast(Edits, model).editable))
    return torch.zeros(2, 1 if kind == "mask" else spec.channels, *spec.size)


def _check(word: str, network: nn.Module, replaced: nn.Module, probes: list[Tensor], attributes: int) -> None:
    """InputError where a network makes other shapes than the one that it replaces."""
    taken = " and ".join(str(tuple(probe.shape)) for probe in probes)
    try:
        found = _shapes(network, probes)
    except Exception as error:  # whatever the network of somebody else raises
        raise InputError(f"--networks {word}: cannot take {taken}: {first_line(error)}") from error
    wanted = _wanted(replaced, probes, patches=found[0][-1], attributes=attributes)
    if found != wanted:
        raise InputError(f"--networks {word}: makes {_words(found)} of {taken}; it must make {_words(wanted)}")


def _wanted(replaced: nn.Module, probes: list[Tensor], patches: int, attributes: int) -> list[tuple[int, ...]]:
    """The shapes that a network makes; of a discriminator of patches without calling it: any number of them will do."""
    if isinstance(replaced, PatchDiscriminator | FeatureDiscriminator):
        return [(2, patches)]
    if isinstance(replaced, FeatureAttributeDiscriminator):
        return [(2, patches), (2, attributes)]
    return _shapes(replaced, probes)


def _built(word: str, own: OwnNetwork) -> nn.Module:
    """A fresh network of that name, with these arguments."""
    try:
        kind: Any = reduce(getattr, own.name.split("."), importlib.import_module(own.module))
    except Exception as error:  # whatever the import of somebody else's module raises
        raise InputError(
            f"--networks {word}: cannot be imported: {first_line(error)}; is its folder on PYTHONPATH?"
        ) from error
    try:
        network = kind(**own.arguments)
    except Exception as error:
        raise InputError(f"--networks {word}: cannot be built: {first_line(error)}") from error
    if not isinstance(network, nn.Module):
        raise InputError(f"--networks {word}: makes a {type(network).__name__}, not a torch.nn.Module")
    return network


@torch.no_grad()
def _shapes(network: nn.Module, probes: list[Tensor]) -> list[tuple[int, ...]]:
    """The shapes of what it makes of probes, in evaluation mode, in which no statistics are kept."""
    training = network.training
    made = network.eval()(*probes)
    network.train(training)
    return [tuple(one.shape) for one in (made if isinstance(made, tuple) else (made,))]


def _words(shapes: list[tuple[int, ...]]) -> str:
    return " and ".join(map(str, shapes))
