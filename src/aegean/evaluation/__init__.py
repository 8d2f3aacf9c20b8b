"""Honest measurement: metrics as pure functions, and `evaluate`, which measures a run."""

from aegean.evaluation.metrics import METRICS, Metric, evaluate

__all__ = ["METRICS", "Metric", "evaluate"]
