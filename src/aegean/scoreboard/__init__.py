"""The scoreboard: what was reached, from the committed evaluations alone, and how to reach it again. Free of torch.

A recipe (recipes/NAME.json) and a benchmark (benchmarks/rows/NAME.json) each describe one row: which figures are shown,
beside which references. A figure is never typed: it is read from recipes/evaluations/NAME.json, or from a file of
benchmarks/results. What a record lacks to be believed, its row says.
"""

from aegean.scoreboard.describing import Recipe, read_recipe, recipe_names
from aegean.scoreboard.markdown import page_tables, put_into, short_table, whole_page
from aegean.scoreboard.page import html_page
from aegean.scoreboard.reproducing import reproduce
from aegean.scoreboard.rows import Row, all_rows

__all__ = [
    "Recipe",
    "Row",
    "all_rows",
    "html_page",
    "page_tables",
    "put_into",
    "read_recipe",
    "recipe_names",
    "reproduce",
    "short_table",
    "whole_page",
]
