"""The line on stderr that says how far something is: in a terminal and in a notebook, silent elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, ProgressColumn


def progress_bar(*columns: ProgressColumn, shown: bool = True, **options: Any) -> Progress:
    """rich's `Progress` of these columns, to be entered with `with`; `options` are its own."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    return Progress(*columns, console=console, disable=not (shown and shows(console)), **options)


def shows(console: Console) -> bool:
    """Whether somebody sees what moves there."""
    return console.is_terminal or console.is_jupyter
