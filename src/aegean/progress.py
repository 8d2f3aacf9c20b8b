"""The line on stderr that says how far something is: in a terminal and in a notebook, silent elsewhere."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.progress import Progress, ProgressColumn

WIDTH = 100  # characters of a line in a notebook
HTML = '<pre style="white-space:pre;overflow-x:auto;line-height:normal">{code}</pre>'


def progress_bar(*columns: ProgressColumn, shown: bool = True, transient: bool = False, **options: Any) -> Progress:
    """rich's `Progress` of these columns, to be entered with `with`; `transient` and `options` are its own."""
    console = Console(stderr=True)
    bar = Progress(*columns, console=console, transient=transient, disable=not (shown and shows(console)), **options)
    if console.is_jupyter:
        bar.live = NotebookDisplay(
            console=console,
            transient=transient,
            get_renderable=bar.get_renderable,
            redirect_stdout=False,  # what a cell prints stays text
            redirect_stderr=False,
        )
    return bar


def shows(console: Console) -> bool:
    """Whether somebody sees what moves there."""
    return console.is_terminal or console.is_jupyter


class NotebookDisplay(Live):
    """A line in a notebook, as an output that is updated: rich's own needs ipywidgets, and is not there without."""

    def start(self, refresh: bool = False) -> None:
        """Show it."""
        from IPython.display import display

        self.handle: Any = display(self._line(), raw=True, display_id=True)  # type: ignore[no-untyped-call]
        super().start(refresh)

    def refresh(self) -> None:
        """Show it as it is now."""
        with self._lock:
            self.handle.update(self._line(), raw=True)

    def stop(self) -> None:
        """Leave it as it is, or take it away if it is transient."""
        super().stop()
        self.handle.update({"text/plain": "", "text/html": ""} if self.transient else self._line(), raw=True)

    def _line(self) -> dict[str, str]:
        """The bar as text and as HTML."""
        console = Console(file=io.StringIO(), record=True, width=WIDTH, force_jupyter=False, force_terminal=True)
        console.print(self.get_renderable())
        html = console.export_html(inline_styles=True, code_format=HTML, clear=False)
        return {"text/html": html, "text/plain": console.export_text().rstrip()}
