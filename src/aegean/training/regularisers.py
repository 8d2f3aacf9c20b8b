"""Terms of your own that are added to players' losses: functions that can be imported by their name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from torch import Tensor

from aegean.data.types import Batch
from aegean.errors import InputError
from aegean.models.player import Model, Player
from aegean.runs import Run

Regulariser = Callable[[Model, str, Batch], Tensor]  # model, player's name, batch -> () to be added to its loss


def names_of(regularisers: Sequence[Regulariser]) -> list[str]:
    """ "module:function" of each, which the run records; InputError for what has no such name."""
    names = []
    for each in regularisers:
        module, name = getattr(each, "__module__", None), getattr(each, "__qualname__", None)
        if not callable(each) or module is None or name is None or "<" in name:
            raise InputError(f"regularisers: {each!r} has no name to import it by: define a function in a module")
        names.append(f"{module}:{name}")
    return names


def with_regularisers(player: Player, model: Model, regularisers: Sequence[Regulariser]) -> Player:
    """The player whose loss has each of them added, and logged by its name."""
    if not regularisers:
        return player

    def loss(batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        total, terms = player.loss(batch)
        terms = dict(terms)
        for each in regularisers:
            terms[each.__name__] = added = each(model, player.name, batch)
            total = total + added
        return total, terms

    return replace(player, loss=loss)


def check_same(run: Run, regularisers: Sequence[Regulariser]) -> None:
    """InputError where a run would go on with other regularisers than it was begun with."""
    begun, now = run.about.get("regularisers", []), names_of(regularisers)
    if begun != now:
        raise InputError(
            f"{run.path}: was trained with regularisers {', '.join(begun) or 'none'}, not {', '.join(now) or 'none'}:"
            " aegean.resume(run, regularisers=[...]) takes the same again"
        )
