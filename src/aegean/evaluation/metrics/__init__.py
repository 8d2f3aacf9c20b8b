"""A file for each kind of metric: the maths, what calls it on an `EvaluationContext`, and its entries, METRICS.

To add a metric, add a file: `aegean.evaluation.METRICS`, the command line and the tests find it.
"""
