"""A model that computes on another device than its user's: tensors come from anywhere, and answers go back there.

What is written for tensors on the CPU (photos, walks, densities of codes, reports) so uses an accelerator unchanged.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor

from aegean.models.capabilities import (
    Classifies,
    ClassifiesAttributes,
    Density,
    Edits,
    Encodes,
    Restores,
    Samples,
    Translates,
)
from aegean.models.player import Model
from aegean.sharing import brought

SKILLS = (Samples, Encodes, Restores, Translates, Density, Classifies, Edits, ClassifiesAttributes)
_KINDS: dict[type[Model], type[Model]] = {}  # a family's class: the same, whose skills answer where they are asked


def moved(model: Model, device: torch.device) -> Model:
    """The same model, its weights on `device`, whose skills take tensors of any device and answer on theirs."""
    family = type(model)
    if device.type != "cpu" and family not in _KINDS.values():
        if family not in _KINDS:
            _KINDS[family] = _answering(family)
        model.__class__ = _KINDS[family]
    return model.to(device)


def _answering(family: type[Model]) -> type[Model]:
    """The family's class with each method that one of its capabilities declares."""
    names = {name for skill in SKILLS if issubclass(family, skill) for name in vars(skill)}
    methods = {name: getattr(family, name) for name in names}
    answers = {name: _at_home(method) for name, method in methods.items() if inspect.isfunction(method)}
    made = types.new_class(family.__name__, (family,), exec_body=lambda space: space.update(answers))
    return cast(type[Model], made)


def _at_home(method: Callable[..., Any]) -> Callable[..., Any]:
    """The method, computed where the weights are, its result brought to where its first tensor came from."""

    @functools.wraps(method)
    def answer(self: Model, *given: Any, **named: Any) -> Any:
        tensors = [one for one in (*given, *named.values()) if isinstance(one, Tensor)]
        there = next(self.parameters()).device
        if all(one.device == there for one in tensors):  # nothing is given, or the model itself asks
            return method(self, *given, **named)
        given, named = brought(given, there), brought(named, there)
        return brought(method(self, *given, **named), tensors[0].device)

    return answer
