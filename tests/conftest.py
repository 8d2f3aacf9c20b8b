"""What the tests share: the research data where it is at hand, and small runs made once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import aegean

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


CHROMIUM = next((found for name in ("chromium", "google-chrome", "chrome") if (found := shutil.which(name))), None)
QUIET = (
    *("--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, which asks nobody anything; one for all tests of a process, which can have no two."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheels of aegean, its zoo and its web runtime, and aegean's source distribution."""
    folder, root = tmp_path_factory.mktemp("wheels"), Path(__file__).parents[1]
    for source, what in ((root, ("wheel", "sdist")), (root / "zoo", ("wheel",)), (root / "web-runtime", ("wheel",))):
        words = [sys.executable, "-m", "hatchling", "build", "-d", str(folder), *(x for w in what for x in ("-t", w))]
        subprocess.run(words, cwd=source, check=True, capture_output=True)
    return folder


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


@pytest.fixture(scope="session")
def colours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Colour pictures of 12 x 12 in two domains; beside them the same with attributes, `faces.npz`."""
    folder = tmp_path_factory.mktemp("colours") / "day2night"
    noise = np.random.default_rng(0).integers(0, 255, (24, 12, 12, 3), np.uint8)
    for part in ("trainA", "trainB", "testA", "testB"):
        (folder / part).mkdir(parents=True)
        for k in range(4):
            Image.fromarray(noise[k]).resize((16, 16)).save(folder / part / f"{k}.png")
    flags = np.arange(24)[:, None] // np.array([1, 2]) % 2
    np.savez(folder.parent / "faces.npz", images=noise, attributes=flags, attribute_names=np.array(["Hat", "No_Beard"]))
    return folder


@pytest.fixture(scope="session")
def trained(shapes: Path, colours: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., aegean.Run]:
    """`trained(family, **settings)`: a run, trained once for three steps."""
    folder, made = tmp_path_factory.mktemp("runs"), dict[str, aegean.Run]()
    data = {"cyclegan": colours, "multi_attribute_editor": colours.parent / "faces.npz"}
    more = {"cyclegan": {"blocks": 1, "discriminator": 4, "batch_size": 2}}

    def of(family: str, **settings: Any) -> aegean.Run:
        name = "-".join([family, *map(str, settings.values())])
        if name not in made:
            changes = {"steps": 3, "batch_size": 8, "width": 4, "preview_every": 0, "quiet": True}
            changes |= more.get(family, {}) | settings
            made[name] = aegean.train(family, data=str(data.get(family, shapes)), out=folder / name, **changes)
        return made[name]

    return of
