"""Which metrics there are: those in the files of `metrics/`, those of installed packages, those of this process.

A file of `metrics/` lists its own in METRICS; nothing else names them. A package adds one by an entry point of the
group `aegean.metrics`, whose name is the metric's and whose value is a `Metric`.
"""

from __future__ import annotations

from collections.abc import Callable

from aegean.errors import InputError
from aegean.evaluation.context import EvaluationContext
from aegean.evaluation.metric import Metric
from aegean.evaluation.metrics.figure import Figure
from aegean.registry import Registry, modules_in

Measure = Callable[[EvaluationContext], Figure | float]


def register_metric(name: str, metric: Metric | Measure, *, replace: bool = False) -> Metric:
    """Make a metric known in this process by its name.

    Args:
        name: a Python identifier.
        metric: a `Metric`, or a function context -> number or `Figure`.
        replace: take the place of a metric of the same name.

    Raises:
        InputError: the name is taken, or no identifier.
    """
    return METRICS.register(name, metric if isinstance(metric, Metric) else Metric(metric), replace)


def find_metric(wanted: str | Metric | Measure) -> tuple[str, Metric]:
    """Name and metric of what was asked for: the name of a known one, or one's own; InputError where it is unclear."""
    if isinstance(wanted, str):
        return wanted, METRICS.find(wanted, "metric")
    metric = wanted if isinstance(wanted, Metric) else Metric(wanted)
    name = next((known for known in METRICS if metric == METRICS[known]), None) or _name(metric.measure)
    if name in METRICS and metric != METRICS[name]:
        raise InputError(f"there is a metric called {name!r} already: give your function another name")
    return name, metric


def importable_name(metric: Metric) -> str:
    """`package.module:function`, where its code is."""
    return f"{metric.measure.__module__}:{getattr(metric.measure, '__qualname__', type(metric.measure).__qualname__)}"


def _name(measure: Measure) -> str:
    name = str(getattr(measure, "__name__", type(measure).__name__))
    if not name.isidentifier():
        raise InputError(f"a metric cannot be called {name!r}: write it as a function with a name, `def ...`")
    return name


def _own() -> dict[str, Metric]:
    modules = modules_in("aegean.evaluation.metrics").values()
    return {name: metric for module in modules for name, metric in getattr(module, "METRICS", {}).items()}


METRICS = Registry(Metric, "metric", "aegean.metrics", _own)
