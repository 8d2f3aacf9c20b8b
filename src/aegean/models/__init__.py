"""The families of models, one file each; `aegean.families` says which there are and what can be set."""

from __future__ import annotations

import importlib
from typing import Any

import torch

from aegean.data.types import DataSpec
from aegean.families import FAMILIES, find
from aegean.families.own import OwnNetworksConfig
from aegean.models.own import replace_networks
from aegean.models.player import Model


def model_class(family: str) -> type[Model]:
    """The class of a family's model, imported when first asked for; InputError for a name that no family has."""
    model = find(family).model
    if isinstance(model, str):
        module, _, name = model.partition(":")
        model = getattr(importlib.import_module(module), name)
    found: type[Model] = model
    return found


def families_with(capability: type) -> list[str]:
    """The names of the families whose models have a capability."""
    return [name for name in FAMILIES if issubclass(model_class(name), capability)]


def build(family: str, config: Any, spec: DataSpec) -> Model:
    """A model with fresh weights, drawn from torch's global generator."""
    wake_vector_maths()
    make: Any = model_class(family).variant(config)
    model: Model = make(config, spec)
    if isinstance(config, OwnNetworksConfig):
        replace_networks(model, config, spec)
    return model


def wake_vector_maths() -> None:
    """Make the first call of each vectorised function on one thread: what follows is then the same in every process.

    MKL's vector functions set themselves up at their first call. Where two threads make it at once, one of them may
    compute that call with an error of 4e-5 (seen of tanh in torch 2.13: 4 of 24 processes), and a run is not the same
    as its twin. Two numbers are too few for two threads.
    """
    for function in (torch.tanh, torch.exp, torch.expm1, torch.log, torch.log1p, torch.sin, torch.cos, torch.erf):
        function(torch.ones(2))
