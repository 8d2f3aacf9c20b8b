"""What the tests of the command line share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aegean.cli import main


@pytest.fixture
def says(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, list[str], list[str]]]:
    """Words of a command line -> its exit code, and the lines that it printed on stdout and on stderr."""

    def run(*words: object) -> tuple[int, list[str], list[str]]:
        code = main([str(word) for word in words])
        output = capsys.readouterr()
        return code, output.out.splitlines(), output.err.splitlines()

    return run


@pytest.fixture
def pixels() -> Callable[[Path], np.ndarray]:
    """A picture's file -> its pixels, as integers that can be subtracted."""

    def read(path: Path) -> np.ndarray:
        with Image.open(path) as picture:
            return np.array(picture).astype(int)

    return read
