"""Many images through a model, some at a time, and the line on stderr that tells how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from aegean.progress import progress_bar
from aegean.sharing import dealt

BATCH = 256


def in_batches(function: Callable[..., Tensor], what: str, *inputs: Tensor | None) -> Tensor:
    """`function` over `inputs` (N, ...) in batches, with a progress line; several processes share them."""
    count = next(len(tensor) for tensor in inputs if tensor is not None)
    starts = range(0, count, BATCH)

    def of(start: int) -> Tensor:
        return function(*(t if t is None else t[start : start + BATCH] for t in inputs))

    made = dealt(starts, lambda mine: map(of, mine))
    return torch.cat([next(made) for _ in progress(starts, what)])


def progress(batches: range, what: str) -> Iterator[int]:
    """Each of `batches`, with a progress line where there is more than one."""
    with progress_line(what, batches.stop, shown=len(batches) > 1) as told:
        for start in batches:
            yield start
            told(min(start + batches.step, batches.stop), batches.stop)


@contextmanager
def progress_line(
    what: str, total: int | None, unit: str = "images", shown: bool = True
) -> Iterator[Callable[[int, int | None], None]]:
    """A line on stderr with count, rate and time left; yields what is told how many are done, of how many.

    Silent where stderr is no terminal and no notebook.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"))
    with progress_bar(*columns, TimeRemainingColumn(), shown=shown, transient=True) as bar:
        task = bar.add_task(what, total=total, rate="")

        def told(done: int, of: int | None) -> None:
            speed = bar.tasks[task].speed or 0.0
            bar.update(task, completed=done, total=of, rate=f"{speed:,.{int(speed < 10)}f} {unit}/s")

        yield told
