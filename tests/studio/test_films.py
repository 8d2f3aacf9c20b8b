"""Films in the studio: translated frame by frame with their progress, and given up where nobody waits."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

av = pytest.importorskip("av")


@pytest.fixture
def film(tmp_path: Path) -> Callable[[int], Path]:
    """A film of so many frames, 16 x 16, ever brighter."""

    def made(frames: int) -> Path:
        path = tmp_path / f"{frames}.mp4"
        with av.open(str(path), "w") as container:
            video = container.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
            video.width, video.height, video.pix_fmt = 16, 16, "yuv420p"
            for k in range(frames):
                frame = av.VideoFrame.from_ndarray(np.full((16, 16, 3), k % 256, np.uint8), format="rgb24")
                container.mux(video.encode(frame))
            container.mux(video.encode())
        return path

    return made


def films(studio: Any) -> list[Path]:
    """Those in the studio's folder, finished or not, but for what was uploaded."""
    return [path for path in studio.files.rglob("*") if path.is_file() and ".mp4" in path.name]


def test_a_film_is_translated_and_says_how_far_it_is(client: Any, film: Callable[[int], Path]) -> None:
    from gradio_client import handle_file

    job = client.submit("cyclegan", handle_file(film(12)), to="night", size=16, steady=0, api_name="/translate_film")
    made = job.result(timeout=100)
    with av.open(made["film"]) as container:
        assert sum(1 for _ in container.decode(video=0)) == 12
    assert [told["done"] for told in job.outputs() if "done" in told][-1] == 12
    assert made["command"].endswith("FILM --to night --size 16 --steady 0.0")


def test_a_film_is_given_up_where_its_page_is_left(browser: Any, studio: Any, film: Callable[[int], Path]) -> None:
    before = set(films(studio))
    page = browser.new_page()
    page.goto(f"{studio.url}/#/translate/cyclegan")
    page.wait_for_selector(".strip .cell", timeout=120_000)
    page.set_input_files("input[type=file]", film(30_000))
    page.click("button.primary")
    page.wait_for_selector("text=/[0-9]+ of 30000 frames/", timeout=120_000)
    page.close()
    end = time.monotonic() + 60
    while (left := set(films(studio)) - before) and len(left) > 1:  # the upload stays
        assert time.monotonic() < end, left
        time.sleep(0.2)
