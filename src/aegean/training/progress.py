"""The live line: step, images/s, time left, every player's terms."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column

from aegean.progress import progress_bar


class Line:
    """What `live` hands out."""

    def __init__(self, progress: Progress, task: Any) -> None:
        self.progress, self.task = progress, task
        self.said: str | None = None

    def show(
        self, step: int, rate: float | None = None, terms: dict[str, float] | None = None, verdict: str | None = None
    ) -> None:
        """Move to `step`; with `terms`, show them anew. A new verdict on a lost game is said above the line."""
        text: dict[str, Any] = {}
        if terms is not None:
            text = {"terms": _terms(terms), "rate": f"{rate:,.0f} images/s"}
            if verdict != self.said and verdict is not None and not self.progress.disable:
                self.progress.console.print(f"step {step}: {verdict}", highlight=False, markup=False)
            self.said = verdict
        self.progress.update(self.task, completed=step, **text)


def _terms(terms: dict[str, float]) -> str:
    """All but the losses; with the player's name where two have one of the same name."""
    names = [name for name in terms if not name.endswith("/loss")]
    short = [name.rpartition("/")[2] for name in names]
    shown = [last if short.count(last) == 1 else name.replace("/", " ") for name, last in zip(names, short)]
    return "  ".join(f"{name} {terms[full]:.4g}" for name, full in zip(shown, names))


@contextmanager
def live(steps: int, step: int, quiet: bool) -> Iterator[Line]:
    """A progress line on stderr: where it is narrow, the terms are cut short, and nothing else."""
    whole, cut = Column(no_wrap=True), Column(no_wrap=True, overflow="ellipsis", ratio=1)
    columns = [
        MofNCompleteColumn(table_column=whole),
        BarColumn(12, table_column=whole),
        TextColumn("{task.fields[rate]}", table_column=whole),
        TimeRemainingColumn(compact=True, table_column=whole),
        TextColumn("{task.fields[terms]}", markup=False, table_column=cut),
    ]
    with progress_bar(*columns, shown=not quiet, refresh_per_second=4, expand=True) as bar:
        yield Line(bar, bar.add_task("", total=steps, completed=step, rate="", terms=""))
