"""The lines of metrics.jsonl: which terms they tell of, and what they said last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

CLOCK = {"step", "images", "seconds", "images/s", "verdict", "stopped"}  # what a line says besides terms
History = Sequence[Mapping[str, Any]]


def latest(history: History) -> dict[str, Any]:
    """The last that was said of everything."""
    return {name: value for record in history for name, value in record.items()}


def terms(history: History) -> list[str]:
    """Every term, `player/term`: a player's loss first, its gradient last; a loss that is its one term, once.

    What belongs to no player, such as the learning rate, comes at the end.
    """
    names = {name.removeprefix("validation/") for record in history for name in record if name not in CLOCK}
    order = {"loss": 0, "gradient": 2}
    ordered = sorted(
        names, key=lambda name: ("/" not in name, name.split("/")[0], order.get(name.split("/")[-1], 1), name)
    )
    return [name for name in ordered if not (name.endswith("/loss") and _copied(history, name, ordered))]


def _copied(history: History, loss: str, names: Sequence[str]) -> bool:
    """Whether another term of the player is the loss itself."""
    player = loss.removesuffix("loss")
    others = [name for name in names if name.startswith(player) and name != loss]
    return any(all(record.get(other) == record.get(loss) for record in history if loss in record) for other in others)


def verdict_of(history: History) -> str | None:
    """What the last line of a training says of it, if it says that it is lost."""
    trained = [line for line in history if "seconds" in line]
    return str(trained[-1]["verdict"]) if trained and "verdict" in trained[-1] else None
