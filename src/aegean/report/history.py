"""metrics.jsonl -> a chart for each term of each player, validation beside training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from aegean.report.charts import Series, line_chart

CLOCK = {"step", "images", "seconds", "images/s", "verdict", "stopped"}  # what a line says besides terms
History = Sequence[Mapping[str, Any]]


def latest(history: History) -> dict[str, Any]:
    """The last that was said of everything."""
    return {name: value for record in history for name, value in record.items()}


def curves(history: History) -> str:
    """Lines of metrics.jsonl -> HTML of small charts, one for each term; empty when there is nothing to draw."""
    charts = []
    for name in terms(history):
        lines = [_series(history, name, "training"), _series(history, f"validation/{name}", "validation")]
        lines = [line for line in lines if len(line.x) > 1]
        if lines:
            charts.append(_chart(_title(name, history), lines))
    return f'<div class="charts">{"".join(charts)}</div>' if charts else ""


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


def _chart(title: str, lines: Sequence[Series]) -> str:
    key = "".join(f'<i class="s{k}"></i>{line.name}' for k, line in enumerate(lines)) if len(lines) > 1 else ""
    chart = line_chart(title, lines, log=False if "learning rate" in title else None)
    return f"<figure><figcaption>{escape(title)}<span>{key}</span></figcaption>{chart}</figure>"


def _title(name: str, history: History) -> str:
    players = {term.split("/")[0] for term in terms(history) if "/" in term}
    words = name.replace("gradient", "gradient norm").replace("_", " ")
    return words.split("/", 1)[-1] if len(players) == 1 else words.replace("/", ": ")


def _series(history: History, key: str, name: str) -> Series:
    points = [(record["step"], record[key]) for record in history if isinstance(record.get(key), (int, float))]
    return Series(name, [x for x, _ in points], [y for _, y in points])
