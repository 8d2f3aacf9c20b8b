"""A model begun with the weights of another run: whatever fits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from aegean.errors import InputError
from aegean.models.player import Model
from aegean.places import place
from aegean.runs import WEIGHTS, read_tensors


def begin_with(model: Model, run: str) -> dict[str, Any]:
    """Fill `model` with the tensors of the run's weights that it has by name and shape; -> which, for about.json.

    InputError where there are none, or none fits.
    """
    path = place(run) / WEIGHTS
    found, _ = read_tensors(path)
    own = {name: value for name, value in model.state_dict().items() if name not in model.remembered}
    fitting = {name: found[name] for name in own if name in found and found[name].shape == own[name].shape}
    if not fitting:
        raise InputError(f"--init {run}: none of its {len(found)} tensors fits this model by name and shape")
    model.load_state_dict(fitting, strict=False)
    return {
        "run": run,
        "taken": dict(_networks(fitting)),
        "random": dict(_networks(own.keys() - fitting.keys())),
        "unused": dict(_networks(found.keys() - fitting.keys())),
    }


def told(begun: dict[str, Any]) -> str:
    """The record of `begin_with` in one line."""
    taken, random, unused = (begun[part] for part in ("taken", "random", "unused"))
    words = f"--init {begun['run']}: {sum(taken.values())} tensors taken ({_listed(taken)})"
    words += f"; from random ones: {_listed(random)}" if random else ""
    return words + (f"; not taken: {_listed(unused)}" if unused else "")


def _networks(names: Iterable[str]) -> Counter[str]:
    """How many tensors of each network, which is the first part of their names."""
    return Counter(name.partition(".")[0] for name in sorted(names))


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{network} {count}" for network, count in counts.items())
