"""`aegean.export`: a run -> what others can use without aegean."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from aegean.errors import InputError, did_you_mean
from aegean.exporting.onnx_folder import write_onnx
from aegean.runs import Run, load

FORMATS: dict[str, tuple[Callable[[Run, Path], Path], str]] = {  # by name: what writes it, its name in the run folder
    "onnx": (write_onnx, "onnx"),
}


def export(run: Run | str | Path, to: str = "onnx", out: str | Path | None = None) -> Path:
    """Write a run in a form that travels, and return its path.

    Args:
        run: A run, or its folder.
        to: `onnx`: a folder of graphs, each checked against torch, with snippets that use them.
        out: Where to. None: in the run folder.

    Raises:
        InputError: for a form that there is not, a model that cannot take it, a library that is missing.
    """
    if to not in FORMATS:
        raise InputError(f"nothing is exported to {to!r}.{did_you_mean(to, list(FORMATS))}")
    opened = run if isinstance(run, Run) else load(run)
    write, name = FORMATS[to]
    return write(opened, Path(out) if out is not None else opened.path / name)
