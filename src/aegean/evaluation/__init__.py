"""Honest measurement: metrics as pure functions, and `evaluate`, which measures a run."""

from aegean.evaluation.evaluating import evaluate
from aegean.evaluation.metrics import METRICS, Metric

__all__ = ["METRICS", "Metric", "evaluate"]
