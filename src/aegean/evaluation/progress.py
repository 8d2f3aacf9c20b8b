"""The line that says how far a measurement is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_line(what: str, total: int, shown: bool = True) -> Iterator[Callable[[int], None]]:
    """A line that shows count, rate and time left of `total` images; yields a function that advances it by so many."""
    from rich import progress
    from rich.text import Text

    from aegean.progress import progress_bar

    class Rate(progress.ProgressColumn):
        def render(self, task: progress.Task) -> Text:
            return Text(f"{task.speed or 0.0:,.1f} images/s")

    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        Rate(),
        progress.TimeRemainingColumn(),
    )
    with progress_bar(*columns, shown=shown, transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda count: bar.advance(task, count)
