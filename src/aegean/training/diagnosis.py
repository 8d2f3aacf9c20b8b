"""When a training is lost, said in one plain sentence."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from aegean.families import find

LINES = 5  # of the history must agree, so that one bad moment is no verdict
EARLY = 10  # lines in which a generator may still be finding its feet
STEPS = 500  # in which it may, however many lines they have
SPAN = 100  # steps that those lines of the history are of, at least
SAME = 0.3  # diversity, real being 1, under which made images are nearly all one
FEW = 0.2  # distance to the nearest other made image, real being 1, under which they are few, over and over
SURE = 0.995  # part of real and of made images that a discriminator tells rightly where it has won
DECIDED = 10.0  # mean logit gap at which it has, where the other player's gradient has other sources than it
FLAT = 0.002  # mean logit gap under which a discriminator says the same of every image
FAR = 1e4  # mean logit gap that no critic of slope 1 can have: images in [-1, 1] of 1024 pixels lie 3,547 apart
CLOSED = 0.1  # nats under which codes tell nothing of their images
HUGE = 1e6  # a gradient that leads nowhere
TIMES = 100.0  # a gradient so many times that of the run so far has gone astray


def verdict(history: Sequence[Mapping[str, Any]], family: str = "gan", sees: str = "pixels") -> str | None:
    """What has gone wrong, by the lines of metrics.jsonl; None while the game is open, or where there is none.

    Divergence: the gradient of a player, or the gap of the logits, is huge, or a gradient has grown a hundredfold. Mode
    collapse: the made images of a batch hardly differ, seen against real ones, or are a few, over and over. A
    discriminator that wins outright: it tells nearly all images rightly, and the other player's gradient dies away. One
    that gives up: it says the same of every image. Posterior collapse: codes tell nothing of their images. `family`,
    and what its discriminator `sees`, decide what is advised.
    """
    lines = [line for line in history if len(_gradients(line)) > 1]
    return _collapsed(history, family) or (_lost(lines, family, sees) if len(lines) >= EARLY + LINES else None)


def _lost(lines: Sequence[Mapping[str, Any]], family: str, sees: str) -> str | None:
    """What has gone wrong in a game of two."""
    for name in _gradients(lines[-1]):
        if player := _astray(name, lines):
            return player
    if abs(far := _worst(lines[-LINES:], "/gap", _smallest) or 0.0) > FAR:
        return f"divergence: the discriminator tells images apart by {far:,.0f}; lower --learning-rate"
    if lines[-1]["step"] < STEPS:
        return None
    late = _late(lines)
    if (diversity := _worst(late, "/diversity", max)) is not None and diversity < SAME:
        words = f"the generator's images differ only {diversity:.0%} as much as real ones"
        return f"mode collapse: {words}; {_advice(family, sees)}"
    if (nearest := _worst(late, "/nearest", max)) is not None and nearest < FEW:
        words = f"the generator makes few images, each {nearest:.0%} as far from the next as real ones are"
        return f"mode collapse: {words}; {_advice(family, sees)}"
    real, fake = _worst(late, "/accuracy_real", min), _worst(late, "/accuracy_fake", min)
    if real is not None and fake is not None and min(real, fake) > SURE and (how := _won(lines, late)):
        words = f"it tells {min(real, fake):.1%} of the images rightly, {how}"
        return f"the discriminator has won: {words}; {_advice(family, sees, augment=True)}"
    if (gap := _worst(late, "/gap", _largest)) is not None and gap < FLAT:
        words = "it says the same of every image, so that nobody learns any more"
        wider = "a wider --discriminator or " if "discriminator" in _settings(family) else ""
        return f"the discriminator has given up: {words}; start again with {wider}a lower --learning-rate"
    return None


def _late(lines: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """The last lines, which must agree."""
    return lines[-max(LINES, sum(line["step"] > lines[-1]["step"] - SPAN for line in lines)) :]


def _collapsed(history: Sequence[Mapping[str, Any]], family: str) -> str | None:
    """Whether the rate, of a model that has one, has closed."""
    lines = [line for line in history if any(name.endswith("/rate") for name in line) and "learning_rate" in line]
    if len(lines) < EARLY + LINES or lines[-1]["step"] < STEPS:
        return None
    if (rate := _worst(_late(lines), "/rate", max)) is None or rate >= CLOSED:
        return None
    known = _settings(family)
    ways = [way for name, way in (("beta", "lower --beta"), ("free_bits", "set --free-bits")) if name in known]
    advice = ", or ".join(ways) or "lower --learning-rate"
    return f"posterior collapse: codes tell {rate:.2g} nats of their images, so that all decode alike; {advice}"


def _smallest(values: Sequence[float]) -> float:
    """The value nearest to 0."""
    return min(values, key=abs)


def _largest(values: Sequence[float]) -> float:
    """The largest absolute value."""
    return max(abs(value) for value in values)


def _settings(family: str) -> set[str]:
    return {field.name for field in fields(find(family).settings)}


def _gradients(line: Mapping[str, Any]) -> list[str]:
    """The names of the players' gradients, which no line of validation has."""
    return [name for name in line if name.endswith("/gradient")]


def _advice(family: str, sees: str, augment: bool = False) -> str:
    """What may help, of the settings that the family has."""
    known = _settings(family)
    penalties = [f"--{name}" for name in ("r1", "r2") if name in known and sees == "pixels"]
    ways = [f"raise {' and '.join(penalties)}"] if penalties else []
    ways.append("try --augment for a small set" if augment and "augment" in known else "lower --learning-rate")
    return ", or ".join(ways)


def _astray(name: str, lines: Sequence[Mapping[str, Any]]) -> str | None:
    values = [float(line[name]) for line in lines if name in line]
    usual, now, player = statistics.median(values[:-LINES]), min(values[-LINES:]), name.split("/")[0]
    if now > HUGE:
        return f"divergence: the gradient of the {player} is over {HUGE:,.0f}; lower --learning-rate"
    if now <= TIMES * max(usual, 1e-12):
        return None
    return f"divergence: the gradient of the {player} is over {TIMES:.0f} times what it was; lower --learning-rate"


def _worst(lines: Sequence[Mapping[str, Any]], ending: str, best: Any) -> float | None:
    """The value that speaks most against a verdict among some lines; None where nothing is so called."""
    values = [float(value) for line in lines for name, value in line.items() if name.endswith(ending)]
    return best(values) if values else None


def _won(lines: Sequence[Mapping[str, Any]], late: Sequence[Mapping[str, Any]]) -> str | None:
    """In which way a discriminator that is sure has won; None while the other player still learns from it."""
    if any(name.endswith("/adversarial") for name in lines[-1]):  # one of its losses: its gradient tells nothing
        gap = _worst(late, "/gap", min)
        return f"by {gap:.0f} in the logit" if gap is not None and gap > DECIDED else None
    player = _dying(lines)
    return player and f"and teaches the {player} nothing any more"


def _dying(lines: Sequence[Mapping[str, Any]]) -> str | None:
    """The player against the discriminator, if its gradient is a twentieth of what it was at its largest."""
    names = [name for name in _gradients(lines[-1]) if not name.startswith("discriminator")]
    for name in names:
        values = [float(line[name]) for line in lines if name in line]
        if max(values[-LINES:]) > 0.05 * max(values):
            return None
    return names[0].split("/")[0] if names else None
