"""The live line: step, images/s, time left, every player's terms. Silent when not a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class Line:
    """What `live` hands out."""

    def __init__(self, progress: Progress, task: Any) -> None:
        self.progress, self.task = progress, task

    def show(
        self, step: int, rate: float | None = None, terms: dict[str, float] | None = None, verdict: str | None = None
    ) -> None:
        """Move to `step`; with `terms`, show them anew, or in their place the verdict on a lost game."""
        text: dict[str, Any] = {}
        if terms is not None:
            shown = [
                f"{name.split('/')[-1]} {value:.4g}" for name, value in terms.items() if not name.endswith("/loss")
            ]
            text = {"terms": verdict or "  ".join(shown), "rate": f"{rate:,.0f} images/s"}
        self.progress.update(self.task, completed=step, **text)


@contextmanager
def live(steps: int, step: int, quiet: bool) -> Iterator[Line]:
    """A progress line on stderr."""
    console = Console(stderr=True)
    columns = [MofNCompleteColumn(), BarColumn(20), TextColumn("{task.fields[rate]}"), TimeRemainingColumn()]
    disable = quiet or not console.is_terminal
    with Progress(
        *columns, TextColumn("{task.fields[terms]}"), console=console, disable=disable, refresh_per_second=4
    ) as bar:
        yield Line(bar, bar.add_task("", total=steps, completed=step, rate="", terms=""))
