"""A notebook run headless, by a kernel of its own: a training shows its line, a run shows itself."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

TRAIN = """
import aegean
run = aegean.train("vae", data=r"{data}", out=r"{out}", steps=4, batch_size=8, width=4, latent=3, log_every=1)
"""
EVALUATE = 'figures = aegean.evaluate(run, "reconstruction_mse"); print("measured")'


@pytest.fixture(scope="module")
def outputs(shapes: Path, tmp_path_factory: pytest.TempPathFactory) -> list[list[nbformat.NotebookNode]]:
    """What each of four cells left."""
    code = TRAIN.format(data=shapes, out=tmp_path_factory.mktemp("notebook") / "run")
    cells = [nbformat.v4.new_code_cell(text) for text in (code, EVALUATE, "run", "aegean.sample(run, 1)[0]")]
    book = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(book, timeout=300, kernel_name="python3").execute()
    return [cell.outputs for cell in book.cells]


def lines(found: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """The displays that hold anything at the end."""
    return [one for one in found if one.output_type == "display_data" and one.data["text/plain"]]


def test_a_training_shows_its_line(outputs: list[list[nbformat.NotebookNode]]) -> None:
    (line,) = lines(outputs[0])
    assert line.data["text/plain"].startswith("4/4")
    assert "images/s" in line.data["text/plain"]
    assert "<span style=" in line.data["text/html"]


def test_what_measures_leaves_no_line_behind(outputs: list[list[nbformat.NotebookNode]]) -> None:
    assert lines(outputs[1]) == []
    assert [one.text for one in outputs[1] if one.get("name") == "stdout"] == ["measured\n"]


def test_a_run_and_a_picture_show_themselves(outputs: list[list[nbformat.NotebookNode]]) -> None:
    (shown,), (picture,) = outputs[2:]
    assert "reconstruction_mse" in shown.data["text/html"]
    assert "4 of 4 steps" in shown.data["text/plain"]
    assert "image/png" in picture.data
