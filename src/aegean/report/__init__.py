"""One self-contained report.html for each run."""

from aegean.report.page import make_report
from aegean.report.sheets import SHEETS

__all__ = ["SHEETS", "make_report"]
