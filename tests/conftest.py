"""What the tests share: the research data where it is at hand, and small runs made once."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # a core for each worker
SHARED = Path(os.environ.get("AEGEAN_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests neither use nor fill the user's cache."""
    monkeypatch.setenv("AEGEAN_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of research data, or a skip."""
    if not SHARED.is_dir():
        pytest.skip(f"no research data at {SHARED} (set AEGEAN_SHARED_DATA)")
    return SHARED


@pytest.fixture(scope="session")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 grey 12 x 12 pictures of three classes (a square, a bar, a frame at random places), half of them Low."""
    random = np.random.default_rng(0)
    images, labels, low = np.zeros((300, 12, 12), np.uint8), random.integers(0, 3, 300), np.zeros((300, 1), np.uint8)
    for image, label, is_low in zip(images, labels, low):
        top, left = random.integers(1, 5, 2)
        is_low[0] = top > 2
        height, width = [(5, 5), (2, 7), (6, 6)][label]
        image[top : top + height, left : left + width] = random.integers(160, 256)
        if label == 2:
            image[top + 1 : top + height - 1, left + 1 : left + width - 1] = 0
    path = tmp_path_factory.mktemp("data") / "shapes.npz"
    np.savez(path, images=images, labels=labels, attributes=low, attribute_names=np.array(["Low"]))
    return path
