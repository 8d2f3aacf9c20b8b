"""Many images through a model, some at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

BATCH = 256


def in_batches(function: Callable[..., Tensor], what: str, *inputs: Tensor | None) -> Tensor:
    """`function` over `inputs` (N, ...) in batches, with a progress line."""
    count = next(len(tensor) for tensor in inputs if tensor is not None)
    starts = range(0, count, BATCH)
    parts = [function(*(t if t is None else t[k : k + BATCH] for t in inputs)) for k in progress(starts, what)]
    return torch.cat(parts)


def progress(batches: range, what: str) -> Iterator[int]:
    """A line on stderr with count, rate and time left, where there is more than one batch."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"))
    silent = len(batches) < 2 or not console.is_terminal
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True, disable=silent) as bar:
        task = bar.add_task(what, total=batches.stop, rate="")
        for start in batches:
            yield start
            speed = bar.tasks[task].speed or 0.0
            bar.update(task, completed=min(start + batches.step, batches.stop), rate=f"{speed:,.0f} images/s")
