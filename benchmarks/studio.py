"""How quick the studio and an exported page are, in a real headless Chromium, on a VAE of 64 x 64 colour pictures.

    python benchmarks/studio.py [--moves 200] [--out benchmarks/results/studio.json]

Seconds from the command to the studio's first page; milliseconds from a pointer's move to the decoded picture; ten
users at once, each of whom must get the pictures that one alone gets; seconds until an exported page, opened from disk,
shows its first picture, and milliseconds to each next; seconds to write a report. The model is trained for a moment
only: speed does not depend on what it knows.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

import aegean
from aegean.runs import machine

USERS, ASKED = 10, 20  # users at once, and pictures that each asks for
FLAGS = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]

WATCH = """({ canvas, map }) => { // from each move of the pointer to the next picture on that canvas
  const picture = document.querySelector(canvas), drawn = CanvasRenderingContext2D.prototype;
  let start = null;
  window.taken = [];
  const moved = () => { start ??= performance.now(); };
  document.querySelector(map).addEventListener("pointermove", moved, { capture: true });
  for (const name of ["drawImage", "putImageData"]) {
    const before = drawn[name];
    drawn[name] = function (...words) {
      before.apply(this, words);
      if (this.canvas !== picture || start === null) return;
      window.taken.push(performance.now() - start);
      start = null;
    };
  }
}"""


def moved(page: Page, canvas: str, ground: str, count: int) -> dict[str, float]:
    """Milliseconds from a move of the mouse over `ground` to the next picture on `canvas`."""
    box = page.locator(ground).bounding_box()
    assert box is not None

    def to(k: int) -> tuple[float, float]:
        across, down = (0.1 + 0.8 * ((k * step) % 1) for step in (0.618, 0.414))
        return box["x"] + across * box["width"], box["y"] + down * box["height"]

    page.mouse.move(*to(0))
    page.mouse.down()
    page.wait_for_timeout(1000)
    page.evaluate(WATCH, {"canvas": canvas, "map": ground})
    for k in range(1, count + 1):
        page.mouse.move(*to(k))
        page.wait_for_function("count => window.taken.length >= count", arg=k)
    page.mouse.up()
    taken = sorted(page.evaluate("window.taken"))[:count]
    return {"median": round(statistics.median(taken), 1), "p95": round(taken[int(0.95 * len(taken))], 1)}


@contextmanager
def studio(runs: Path) -> Iterator[tuple[str, float]]:
    """A studio, started as a user starts it: its address, and when it was."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "aegean", "studio", str(runs), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().partition("is at ")[2].split(" ")[0], started
    finally:
        process.terminate()
        process.wait(60)


def users(url: str, run: str) -> dict[str, Any]:
    """Ten at once: whether each got what one alone gets, and milliseconds a picture."""

    def all_of(user: int) -> list[bytes]:
        places = [[((user + 1) * k * 0.37) % 1, (k * 0.73) % 1] for k in range(ASKED)]
        with httpx.Client(base_url=url, timeout=60) as client:
            return [
                client.post("/decode", json={"run": run, "place": place}).raise_for_status().content for place in places
            ]

    alone = [all_of(user) for user in range(USERS)]
    started = time.perf_counter()
    with ThreadPoolExecutor(USERS) as pool:
        together = list(pool.map(all_of, range(USERS)))
    return {
        "users": USERS,
        "pictures": USERS * ASKED,
        "all as alone": together == alone,
        "milliseconds a picture": round(1000 * (time.perf_counter() - started) / (USERS * ASKED), 1),
    }


def measured(browser: Browser, folder: Path, moves: int) -> dict[str, Any]:
    """All of it."""
    run = aegean.train("vae", data="avatars", limit=600, size=64, steps=20, quiet=True, out=folder / "runs" / "vae")
    found: dict[str, Any] = {}
    with studio(folder / "runs") as (url, started):
        page = browser.new_page()
        page.goto(url)
        found["seconds to the studio's first page"] = round(time.perf_counter() - started, 2)
        page.wait_for_selector(".card")
        found["seconds until its runs are listed"] = round(time.perf_counter() - started, 2)
        page.goto(f"{url}/#/explore/vae")
        page.wait_for_selector("canvas[data-drawn]", timeout=60_000)
        found["milliseconds of a drag in the studio"] = moved(page, "canvas[data-drawn]", ".map-side canvas", moves)
        page.close()
        found["users at once"] = users(url, "vae")
    exported = Path(aegean.export(run, "html", folder / "vae.html"))
    found["bytes of the exported page"] = exported.stat().st_size
    page = browser.new_page()
    started = time.perf_counter()
    page.goto(exported.as_uri())
    page.wait_for_selector("body[data-state=ready]", timeout=60_000)
    found["seconds to the exported page's first picture"] = round(time.perf_counter() - started, 2)
    found["milliseconds of a drag in the exported page"] = moved(page, ".picture", ".map", moves)
    page.close()
    started = time.perf_counter()
    aegean.make_report(run)
    found["seconds to write a report"] = round(time.perf_counter() - started, 2)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moves", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "studio.json")
    words = parser.parse_args()
    about = {"command": f"python benchmarks/studio.py --moves {words.moves}", **machine()}
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        about["chromium"] = browser.version
        found = measured(browser, Path(folder), words.moves)
        browser.close()
    words.out.write_text(json.dumps(about | found, indent=2) + "\n")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
