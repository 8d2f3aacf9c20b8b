"""Honest measurement: `evaluate` measures a run; each metric is one file of `metrics/`, or a function of your own."""

from aegean.evaluation.context import EvaluationContext
from aegean.evaluation.evaluating import evaluate
from aegean.evaluation.metric import Metric
from aegean.evaluation.metrics.figure import Figure
from aegean.evaluation.registry import METRICS, register_metric

__all__ = ["METRICS", "EvaluationContext", "Figure", "Metric", "evaluate", "register_metric"]
