"""metrics.jsonl -> a chart for each term of each player, validation beside training, the learning rate last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from aegean.report.charts import Series, line_chart

CLOCK = {"step", "images", "seconds", "images_per_second"}  # what a line says besides terms


def curves(history: Sequence[Mapping[str, Any]]) -> str:
    """Lines of metrics.jsonl -> HTML of small charts, one for each term; empty when there is nothing to draw."""
    names = list(dict.fromkeys(name for record in history for name in record if name not in CLOCK))
    terms = [name for name in names if not name.startswith("validation/")]
    ordered = [name for name in terms if "learning_rate" not in name] + [n for n in terms if "learning_rate" in n]
    ordered += [
        name for name in names if name.startswith("validation/") and name.removeprefix("validation/") not in terms
    ]
    charts = []
    for name in ordered:
        lines = [_series(history, name, "training"), _series(history, f"validation/{name}", "validation")]
        lines = [line for line in lines if len(line.x) > 1]
        if lines:
            title = name.replace("_", " ").replace("/", ": ")
            key = "".join(f'<i class="s{k}"></i>{line.name}' for k, line in enumerate(lines)) if len(lines) > 1 else ""
            chart = line_chart(title, lines, log=False if "learning_rate" in name else None)
            charts.append(f"<figure><figcaption>{escape(title)}<span>{key}</span></figcaption>{chart}</figure>")
    return f'<div class="charts">{"".join(charts)}</div>' if charts else ""


def _series(history: Sequence[Mapping[str, Any]], key: str, name: str) -> Series:
    points = [(record["step"], record[key]) for record in history if isinstance(record.get(key), (int, float))]
    return Series(name, [x for x, _ in points], [y for _, y in points])
