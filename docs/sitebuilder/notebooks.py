"""A notebook, run from its first cell to its last -> a page."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient


def run(book: Any, folder: Path) -> Any:
    """The notebook with what its cells gave, run in `folder`; an error of a cell is one of ours."""
    folder.mkdir(parents=True, exist_ok=True)
    NotebookClient(book, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(folder)}}).execute()
    return book


def read(path: Path) -> Any:
    """The notebook of a file."""
    return nbformat.read(path, as_version=4)


def page(book: Any, name: str, pictures: Path) -> str:
    """Markdown, with a link to the notebook itself; pictures are written into the folder `pictures`."""
    parts: list[str] = []
    for number, cell in enumerate(book.cells):
        if cell.cell_type == "markdown":
            parts.append(cell.source)
            continue
        parts.append(f"```python\n{cell.source}\n```")
        printed = "".join(one.text for one in cell.outputs if one.output_type == "stream" and one.name == "stdout")
        parts.append(f"```text\n{printed}```" if printed else "")
        parts += [_shown(output, f"{number}-{k}", pictures) for k, output in enumerate(cell.outputs)]
    title, *rest = [part for part in parts if part]
    return "\n\n".join([title, f"[The notebook itself]({name}), to run and change.", *rest]) + "\n"


def _shown(output: Any, name: str, pictures: Path) -> str:
    """What a cell gave besides what it printed: a table, a picture, or text."""
    data = output.get("data", {})
    if "text/html" in data and output.output_type == "execute_result":
        return f'<div class="cell">{"".join(line.strip() for line in data["text/html"].splitlines())}</div>'
    if "image/png" in data:
        pictures.mkdir(parents=True, exist_ok=True)
        (pictures / f"{name}.png").write_bytes(base64.b64decode(data["image/png"]))
        return f"![What the cell shows]({pictures.name}/{name}.png)"
    text = data.get("text/plain", "").rstrip()
    return f"```text\n{text}\n```" if text else ""
