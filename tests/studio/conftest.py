"""A studio, started as a user starts it, on small runs of every kind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

import aegean

ONLY_HERE = """
import ipaddress, socket, sys
connect = socket.socket.connect
def here(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6) and not ipaddress.ip_address(address[0]).is_loopback:
        print("OUTSIDE", address, file=sys.stderr, flush=True)
        raise OSError("no other machine is asked")
    return connect(self, address)
def named(host, *rest, **more):
    if host not in (None, "localhost", "127.0.0.1", "::1"):
        print("OUTSIDE", host, file=sys.stderr, flush=True)
        raise socket.gaierror("no other machine is asked")
    return found(host, *rest, **more)
found, socket.getaddrinfo, socket.socket.connect = socket.getaddrinfo, named, here
from aegean.cli import main
sys.exit(main(sys.argv[1:]))
"""


class Address(NamedTuple):
    """Where a studio is, what it shows, and what it said."""

    url: str
    runs: Path
    log: Path
    files: Path  # below it lie the uploads and what was made


@pytest.fixture(scope="session")
def runs(trained: Callable[..., aegean.Run]) -> Path:
    """A folder of small runs."""
    made = [trained("vae", latent=4), trained("conditional_vae"), trained("denoising"), trained("context_encoder")]
    made += [trained("paired_translator", enlarge=2), trained("cyclegan"), trained("multi_attribute_editor")]
    made += [trained("classifier")]
    return made[0].path.parent


@pytest.fixture(scope="session")
def studio(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    """It may reach no other machine: it says so on stderr should it try."""
    command = [sys.executable, "-c", ONLY_HERE, "studio", str(runs), "--port", "0", "--pictures", str(runs.parent)]
    log, files = tmp_path_factory.mktemp("studio") / "stderr", tmp_path_factory.mktemp("files")
    with log.open("w") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env={**os.environ, "TMPDIR": str(files)}
        )
        assert process.stdout is not None
        url = process.stdout.readline().partition("is at ")[2].split(" ")[0]
        assert url, log.read_text()
        httpx.get(f"{url}/config", timeout=600).raise_for_status()  # waits until gradio is there
        yield Address(url, runs, log, files)
        process.terminate()
        process.wait(60)
        process.stdout.close()


@pytest.fixture(scope="session")
def client(studio: Address) -> Any:
    """A client, as others use it from Python."""
    from gradio_client import Client

    return Client(studio.url, verbose=False, httpx_kwargs={"timeout": 120})


@pytest.fixture(scope="session")
def says(studio: Address) -> Iterator[Callable[..., str]]:
    """What a call is refused with, in one sentence: as whoever writes requests by hand would see it."""
    page = httpx.Client(base_url=f"{studio.url}/gradio_api/call", timeout=120)

    def refused(call: str, /, **arguments: Any) -> str:
        event = page.post(f"/v2/{call}", json=arguments).json()["event_id"]
        answer = page.get(f"/{call}/{event}").text
        assert "event: error" in answer, answer
        said = str(json.loads(answer.split("data: ")[-1])["error"])
        assert said.strip(), (call, arguments)
        assert "Traceback" not in said, said
        assert "\n" not in said, said
        assert "went wrong" not in said, said
        assert len(said) <= 400, said
        return said

    yield refused
    page.close()
