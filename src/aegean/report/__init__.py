"""One self-contained report.html for each run, and one file for several beside one another."""

from aegean.report.comparison import compare
from aegean.report.page import make_report
from aegean.report.sheets import SHEETS

__all__ = ["SHEETS", "compare", "make_report"]
