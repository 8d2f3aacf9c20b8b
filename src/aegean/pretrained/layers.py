"""Look inside a network: what each layer puts out. Hooks are always removed, also on errors."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn

from aegean.errors import InputError

Pool = Literal["avg", "max", "none"]


class Layer(NamedTuple):
    """One named module, as one image passes through it."""

    name: str
    kind: str  # the class of the module
    shape: tuple[int, ...]  # of its output for one image, batch left out
    parameters: int  # its own and those of the modules within


def list_layers(module: nn.Module, run: Callable[[], Any]) -> list[Layer]:
    """The layers that `run()` passes through, in the order of their names in the module."""
    shapes: dict[str, tuple[int, ...]] = {}

    def keep(name: str) -> Callable[..., None]:
        def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
            if (tensor := first_tensor(output)) is not None:
                shapes[name] = tuple(tensor.shape[1:])

        return hook

    named = {name: layer for name, layer in module.named_modules() if name}
    with ExitStack() as stack:
        for name, layer in named.items():
            stack.callback(layer.register_forward_hook(keep(name)).remove)
        run()
    return [
        Layer(name, type(layer).__name__, shapes[name], sum(weight.numel() for weight in layer.parameters()))
        for name, layer in named.items()
        if name in shapes
    ]


@contextmanager
def watched(module: nn.Module, names: Sequence[str], pool: Pool) -> Iterator[Callable[[], dict[str, Tensor]]]:
    """Within this context the outputs of the named layers are kept; yields a function that hands over the last ones.

    Each thread sees what itself computed. InputError, with the nearest names, for a layer that there is not.
    """
    kept = threading.local()

    def keep(name: str) -> Callable[..., None]:
        def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
            if (tensor := first_tensor(output)) is not None:
                kept.__dict__[name] = pooled(tensor, pool)

        return hook

    def hand_over() -> dict[str, Tensor]:
        for name in names:
            if name not in kept.__dict__:
                raise InputError(f"layer {name!r} puts out no tensor when an image passes")
        return {name: kept.__dict__.pop(name) for name in names}

    with ExitStack() as stack:
        for name in names:
            stack.callback(find_layer(module, name).register_forward_hook(keep(name)).remove)
        yield hand_over


@contextmanager
def watched_input(module: nn.Module, name: str) -> Iterator[Callable[[], Tensor]]:
    """What goes INTO one layer, (B, F), as `watched` does for what comes out."""
    kept = threading.local()

    def hook(_module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        kept.value = inputs[0].detach().flatten(1)

    handle = find_layer(module, name).register_forward_pre_hook(hook)
    try:
        yield lambda: kept.value
    finally:
        handle.remove()


def find_layer(module: nn.Module, name: str) -> nn.Module:
    """The submodule of that name, or InputError with the nearest names."""
    named: dict[str, nn.Module] = dict(module.named_modules())
    if not name or name not in named:
        raise InputError(f"no layer is called {name!r}.{nearest_layers(name, list(named))}")
    return named[name]


def nearest_layers(name: str, known: Sequence[str]) -> str:
    """The layers that may be meant: the closest in spelling, those just below the deepest part that is right."""
    import difflib

    names = [one for one in known if one]
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    if not close:
        known_part = name
        while known_part and known_part not in names:
            known_part = known_part.rpartition(".")[0]
        depth = known_part.count(".") + 1 if known_part else 0
        close = [one for one in names if one.startswith(known_part) and one.count(".") == depth][:8]
    return f" Did you mean {' or '.join(map(repr, close))}? `aegean layers` lists all."


def head_of(module: nn.Module, classes: int) -> str | None:
    """The name of the last linear layer that puts out so many numbers: the classifier."""
    linear = [n for n, part in module.named_modules() if isinstance(part, nn.Linear) and part.out_features == classes]
    return linear[-1] if linear else None


def first_tensor(output: Any) -> Tensor | None:
    """The tensor that a module put out, or the first one in a tuple or a record."""
    if isinstance(output, Tensor):
        return output
    parts = output.values() if isinstance(output, dict) else output if isinstance(output, (tuple, list)) else ()
    return next((found for part in parts if (found := first_tensor(part)) is not None), None)


def pooled(output: Tensor, pool: Pool) -> Tensor:
    """One layer's output -> float32: `avg` or `max` over positions (B, C); `none` leaves the shape as it is.

    Positions are the last two dimensions of (B, C, H, W), the middle one of (B, T, C) and the last of none other.
    """
    output = output.detach().float()
    positions = {4: (2, 3), 3: (1,)}.get(output.dim())
    if pool == "none" or positions is None:
        return output.clone(memory_format=torch.contiguous_format)  # what follows may change it in place
    return output.mean(positions) if pool == "avg" else output.amax(positions)
