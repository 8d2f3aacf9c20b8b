"""metrics.jsonl -> a chart for each term of each player, validation beside training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from aegean.report.charts import Series, line_chart
from aegean.runs.history import History, terms


def curves(history: History) -> str:
    """Lines of metrics.jsonl -> HTML of small charts, one for each term; empty when there is nothing to draw."""
    charts = []
    for name in terms(history):
        lines = [_series(history, name, "training"), _series(history, f"validation/{name}", "validation")]
        lines = [line for line in lines if len(line.x) > 1]
        if lines:
            charts.append(_chart(_title(name, history), lines))
    return f'<div class="charts">{"".join(charts)}</div>' if charts else ""


def overlaid(histories: Mapping[str, History]) -> str:
    """The histories of several runs -> HTML of charts, one for each term that any has, a line for each run."""
    charts = []
    for name in dict.fromkeys(name for history in histories.values() for name in terms(history)):
        lines = [_series(history, name, escape(run)) for run, history in histories.items()]
        lines = [line for line in lines if len(line.x) > 1]
        if lines:
            charts.append(_chart(name.replace("_", " ").replace("/", ": "), lines))
    return f'<div class="charts">{"".join(charts)}</div>' if charts else ""


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
