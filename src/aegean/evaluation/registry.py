"""Which metrics there are: those in the files of `metrics/`, those of installed packages, those of this process.

A file of `metrics/` lists its own in METRICS; nothing else names them. A package adds one by an entry point of the
group `aegean.metrics`, whose name is the metric's and whose value is a `Metric`.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import entry_points
from typing import Any

from aegean.errors import InputError, did_you_mean
from aegean.evaluation import metrics as own_metrics
from aegean.evaluation.context import EvaluationContext
from aegean.evaluation.metric import Metric
from aegean.evaluation.metrics.figure import Figure

GROUP = "aegean.metrics"
Measure = Callable[[EvaluationContext], Figure | float]
_registered: dict[str, Metric] = {}


def register_metric(name: str, metric: Metric | Measure, *, replace: bool = False) -> Metric:
    """Make a metric known in this process by its name.

    Args:
        name: a Python identifier.
        metric: a `Metric`, or a function context -> number or `Figure`.
        replace: take the place of a metric of the same name.

    Raises:
        InputError: the name is taken, or no identifier.
    """
    if not name.isidentifier():
        raise InputError(f"a metric cannot be called {name!r}: letters, digits and underscores")
    if not replace and name in METRICS:
        raise InputError(f"there is a metric called {name!r} already; replace=True takes its place")
    _registered[name] = metric if isinstance(metric, Metric) else Metric(metric)
    return _registered[name]


class Metrics(Mapping[str, Metric]):
    """Name -> Metric, found when asked for."""

    def __getitem__(self, name: str) -> Metric:
        if name in _registered:
            return _registered[name]
        return _own()[name] if name in _own() else _load(name)

    def __contains__(self, name: object) -> bool:
        return name in _registered or name in _own() or name in _installed()

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*_own(), *_installed(), *_registered]))

    def __len__(self) -> int:
        return len(list(iter(self)))


METRICS = Metrics()


def find_metric(wanted: str | Metric | Measure) -> tuple[str, Metric]:
    """Name and metric of what was asked for: the name of a known one, or one's own; InputError where it is unclear."""
    if isinstance(wanted, str):
        if wanted not in METRICS:
            raise InputError(f"no metric is called {wanted!r}.{did_you_mean(wanted, list(METRICS))}")
        return wanted, METRICS[wanted]
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


@functools.cache
def _own() -> dict[str, Metric]:
    names = [module.name for module in pkgutil.iter_modules(own_metrics.__path__)]
    modules = [importlib.import_module(f"{own_metrics.__name__}.{name}") for name in names]
    return {name: metric for module in modules for name, metric in getattr(module, "METRICS", {}).items()}


@functools.cache
def _installed() -> dict[str, Any]:
    return {point.name: point for point in entry_points(group=GROUP)}


@functools.cache
def _load(name: str) -> Metric:
    point = _installed()[name]
    try:
        metric = point.load()
    except Exception as error:  # whatever another package's import raises
        raise InputError(f"the metric {name!r} of {point.value} cannot be imported: {error}") from error
    if not isinstance(metric, Metric):
        raise InputError(f"the metric {name!r}: {point.value} is not an aegean.Metric")
    return metric
