"""When a game of two players is lost, said in one plain sentence."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

LINES = 5  # of the history must agree, so that one bad moment is no verdict
EARLY = 10  # lines in which a generator may still be finding its feet
SAME = 0.3  # diversity, real being 1, under which made images are nearly all one
SURE = 0.995  # part of real and of made images that a discriminator tells rightly where it has won
TIMES = 100.0  # a gradient so many times that of the run so far has gone astray


def verdict(history: Sequence[Mapping[str, Any]]) -> str | None:
    """What has gone wrong, by the lines of metrics.jsonl; None while the game is open, or where there is none.

    Divergence: the gradient of a player has grown a hundredfold. Mode collapse: the made images of a batch hardly
    differ, seen against real ones. A discriminator that wins outright: it tells nearly all images rightly, and the
    generator's gradient dies away.
    """
    lines = [line for line in history if any(name.endswith(("/gap", "/diversity")) for name in line)]
    lines = [line for line in lines if not any(name.startswith("validation/") for name in line)]
    if len(lines) < EARLY + LINES:
        return None
    for name in lines[-1]:
        if name.endswith("/gradient") and (player := _astray(name, lines)):
            return player
    if (diversity := _worst(lines, "/diversity", max)) is not None and diversity < SAME:
        return (
            f"mode collapse: the generator's images differ only {diversity:.0%} as much as real ones; "
            "raise --r1 and --r2, or lower --learning-rate"
        )
    real, fake = _worst(lines, "/accuracy_real", min), _worst(lines, "/accuracy_fake", min)
    if real is not None and fake is not None and min(real, fake) > SURE and _dying(lines):
        return (
            f"the discriminator has won: it tells {min(real, fake):.1%} of the images rightly, and the generator no "
            "longer learns from it; raise --r1 and --r2, or try --augment for a small set"
        )
    return None


def _astray(name: str, lines: Sequence[Mapping[str, Any]]) -> str | None:
    values = [float(line[name]) for line in lines if name in line]
    usual = statistics.median(values[:-LINES])
    if min(values[-LINES:]) <= TIMES * max(usual, 1e-12):
        return None
    player = name.split("/")[0]
    return f"divergence: the gradient of the {player} is over {TIMES:.0f} times what it was; lower --learning-rate"


def _worst(lines: Sequence[Mapping[str, Any]], ending: str, best: Any) -> float | None:
    """The value that speaks most against a verdict among the last lines; None where nothing is so called."""
    values = [float(value) for line in lines[-LINES:] for name, value in line.items() if name.endswith(ending)]
    return best(values) if values else None


def _dying(lines: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the last player's gradient is a twentieth of what it was at its largest."""
    names = [name for name in lines[-1] if name.endswith("/gradient") and not name.startswith("discriminator")]
    for name in names:
        values = [float(line[name]) for line in lines if name in line]
        if max(values[-LINES:]) > 0.05 * max(values):
            return False
    return bool(names)
