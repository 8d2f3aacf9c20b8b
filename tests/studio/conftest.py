"""A studio, started as a user starts it, on small runs of every kind."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import aegean

pytest.importorskip("gradio", reason="the extra `studio` is not installed")


@pytest.fixture(scope="session")
def runs(trained: Callable[..., aegean.Run]) -> Path:
    """A folder of small runs."""
    made = [trained("vae", latent=4), trained("conditional_vae"), trained("gan")]
    return made[0].path.parent


@pytest.fixture(scope="session")
def studio(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address."""
    command = [sys.executable, "-m", "aegean", "studio", str(runs), "--port", "0"]
    log = tmp_path_factory.mktemp("studio") / "stderr"
    with (
        log.open("w") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        assert process.stdout is not None
        line = process.stdout.readline()
        address = line.partition("http://")[2].split(" ")[0]
        assert address, log.read_text()
        httpx.get(f"http://{address}/config", timeout=300).raise_for_status()
        yield f"http://{address}"
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="session")
def client(studio: str) -> Any:
    """A client, as others use it from Python."""
    from gradio_client import Client

    return Client(studio, verbose=False)
