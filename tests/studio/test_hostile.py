"""What must not be: fifty ways of asking for what is not to be had. Each is refused in a sentence."""

from __future__ import annotations

import contextlib
import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

Says = Callable[..., str]
TEST = {"test": 0}


def picture(size: tuple[int, int] = (12, 12), form: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (*size[::-1], 3), np.uint8)).save(buffer, form)
    return buffer.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that says that it is so large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 100_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("../../evil.png", picture())
    return buffer.getvalue()


@pytest.fixture(scope="module")
def given(studio: Any) -> Callable[..., dict[str, Any]]:
    def upload(content: bytes, name: str = "a.png") -> dict[str, Any]:
        answer = httpx.post(f"{studio.url}/gradio_api/upload", files={"files": (name, content)}, timeout=120)
        answer.raise_for_status()
        return {"path": answer.json()[0], "meta": {"_type": "gradio.FileData"}}

    return upload


NAMES = ["../vae-4", "..", ".", "", "/etc/passwd", "vae-4/../../x", "vae-4\0", "~", "%2e%2e", "<b>x</b>", "a" * 100_000]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_run_is_one_of_the_list(says: Says, name: str) -> None:
    assert "There is no run" in says("generate", run=name)


PATHS = [
    "/etc/passwd",
    "../../etc/passwd",
    "http://127.0.0.1:1/x.png",
    "https://example.org/x.png",
    "file:///etc/passwd",
]
PATHS += ["0" * 32 + ".png", "x", "a/b.png", "\\\\host\\share"]


@pytest.mark.parametrize("path", PATHS, ids=range(len(PATHS)))
def test_an_upload_is_one_of_the_studio_s(says: Says, path: str) -> None:
    upload = {"path": path, "url": path, "meta": {"_type": "gradio.FileData"}}
    assert "upload" in says("denoise", run="denoising", picture=upload)


BROKEN = {
    "empty": b"",
    "text": b"<script>alert(1)</script>",
    "cut": picture()[:120],
    "archive": archive(),
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "bomb": bomb(60_000, 60_000),
    "wide": bomb(200_000, 1),
    "too large": bomb(9_000, 9_000),
    "no pixels": bomb(100, 100)[:40],
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_no_picture_is_refused(says: Says, given: Callable[..., dict[str, Any]], kind: str) -> None:
    assert "icture" in says("denoise", run="denoising", picture=given(BROKEN[kind], f"../<b>{kind}</b>.png"))


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("generate", {"run": 5}),
    ("generate", {"run": "vae-4", "count": 0}),
    ("generate", {"run": "vae-4", "seed": 2**70}),
    ("generate", {"run": "vae-4", "seed": 1.5}),
    ("generate", {"run": "vae-4", "temperature": "hot"}),
    ("generate", {"run": "conditional_vae", "label": "<img src=x onerror=alert(1)>"}),
    ("around", {"run": "vae-4", "picture": 25}),
    ("codes", {"run": "vae-4", "map": "../x"}),
    ("decode", {"run": "vae-4", "place": [1]}),
    ("decode", {"run": "vae-4", "place": ["a", "b"]}),
    ("decode", {"run": "vae-4", "place": [0, 0], "corners": [0, 1, 2, -1]}),
    ("film", {"run": "vae-4", "way": [[0, 0]] * 601}),
    ("denoise", {"run": "vae-4", "picture": TEST}),
    ("denoise", {"run": "denoising", "picture": {"test": -1}}),
    ("denoise", {"run": "denoising", "picture": {"test": True}}),
    ("denoise", {"run": "denoising", "picture": []}),
    ("edit", {"run": "multi_attribute_editor", "picture": TEST, "amounts": {"Wings": 1}}),
    ("edit", {"run": "multi_attribute_editor", "picture": TEST, "amounts": {"Hat": "much"}}),
    ("translate", {"run": "cyclegan", "picture": TEST, "to": "zebra"}),
    ("translate", {"run": "cyclegan", "picture": TEST, "size": 10**6}),
    ("recognise", {"run": "classifier", "picture": TEST, "network": "/etc"}),
    ("recognise", {"run": "classifier", "picture": TEST, "network": "owner/name"}),
    ("layer", {"run": "classifier", "picture": TEST, "layer": "nowhere"}),
    ("similar", {"run": "classifier", "picture": TEST, "folder": "/etc"}),
    ("train", {"family": "nothing", "changes": {}}),
    ("train", {"family": "vae", "changes": {"steps": -5}}),
    ("train", {"family": "vae", "changes": {"data": "/etc"}}),
    ("train", {"family": "vae", "changes": {"networks": ["encoder=os:system"]}}),
    ("train", {"family": "vae", "changes": {"init": "/etc"}}),
    ("train", {"family": "vae", "changes": {}, "name": "../../evil"}),
    ("train", {"family": "vae", "changes": {}, "name": "vae-4"}),
    ("settings", {"family": "vae", "like": "../x"}),
    ("resume", {"run": "vae-4"}),
    ("stop", {"run": "vae-4"}),
    ("delete", {"run": "../vae-4"}),
    ("undelete", {"kept": "../../x~1"}),
    ("compare", {"runs": ["vae-4"]}),
    ("compare", {"runs": ["vae-4", "../x"]}),
]


@pytest.mark.parametrize(("name", "arguments"), WRONG, ids=[f"{name}-{k}" for k, (name, _) in enumerate(WRONG)])
def test_wrong_values_are_refused(says: Says, name: str, arguments: dict[str, Any]) -> None:
    says(name, **arguments)


@pytest.mark.parametrize(
    "path",
    [
        *("/page/../service.py", "/page/..%2fservice.py", "/picture/..%2f..%2fx", "/gradio_api/file=/etc/passwd"),
        *("/gradio_api/file=..%2f..%2fetc%2fpasswd", "/gradio_api/proxy=http://example.org", "/static/x", "/docs"),
        *("/monitoring", "/gradio_api/vibe-code", "/theme.css", "/gradio_api/file=" + "0" * 32 + ".png"),
    ],
)
def test_there_are_no_other_pages(studio: Any, path: str) -> None:
    answer = httpx.get(studio.url + path, timeout=60)
    assert answer.status_code == 404
    assert answer.json()["detail"].strip()


def test_pages_of_others_and_other_names_are_refused(studio: Any) -> None:
    calls = f"{studio.url}/gradio_api/call/v2/runs"
    for headers in ({"Origin": "https://example.org"}, {"Host": "example.org"}, {"Origin": "null"}):
        assert httpx.post(calls, json={}, headers=headers, timeout=60).status_code == 403
    with contextlib.suppress(httpx.RemoteProtocolError, httpx.WriteError):  # it may hang up before all was sent
        assert httpx.post(calls, content=b"{}" + b" " * 9_000_000, timeout=60).status_code == 413


def test_an_upload_too_large_is_refused_and_nothing_of_it_stays(studio: Any) -> None:
    def endless():
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
        for _ in range(80):
            yield bytes(1_000_000)

    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    try:
        answer = httpx.post(f"{studio.url}/gradio_api/upload", content=endless(), headers=kind, timeout=120)
    except httpx.WriteError:  # it hung up before all was sent
        return
    assert answer.status_code == 413
    assert "64 MB" in answer.json()["detail"]


def test_nothing_was_asked_of_other_machines_and_nothing_written_elsewhere(studio: Any, runs: Path) -> None:
    assert "OUTSIDE" not in studio.log.read_text()
    assert not list(runs.parent.glob("evil*"))
    assert not list(runs.glob("evil*"))
