"""ONNX Runtime Web, which computes in an exported page: inside the page, or beside it for several pages to share."""

from __future__ import annotations

import base64
import functools
import gzip
import json
import lzma
from html import escape

from aegean import companions
from aegean.errors import InputError


@functools.cache
def web_runtime() -> dict[str, str]:
    """Its module, its WebAssembly and its notices (`packed`), its licence. InputError where it is missing."""
    folder = companions.folder("aegean_web_runtime", "web-runtime/src/aegean_web_runtime")
    if folder is None:
        raise InputError(
            "a page needs ONNX Runtime Web, which comes in a package of its own: pip install ./web-runtime, in the "
            "folder of aegean's sources"
        )
    return {
        "licence": "ONNX Runtime Web\n\n" + (folder / "LICENSE").read_text(encoding="utf-8"),
        "module": (folder / "runtime.mjs").read_text(encoding="utf-8"),
        "wasm": packed(lzma.decompress((folder / "runtime.wasm.xz").read_bytes())),
        "notices": base64.b64encode((folder / "NOTICES.txt.gz").read_bytes()).decode(),
    }


def script() -> str:
    """All of it as one classic script: a page from a disk may load such a one, but neither fetch nor load a module."""
    return f"const runtime = {in_script(web_runtime())};\n"


def element(file: str | None) -> str:
    """The element that gives a page its runtime: the script itself, or the name of the file beside it that holds it."""
    if file is None:
        return f"<script>{script()}</script>"
    lost = f"problem.textContent = {in_script(f'This page needs {file} beside it.')}; problem.hidden = false"
    return f'<script src="{escape(file)}" onerror="{escape(lost)}"></script>'


def in_script(value: object) -> str:
    """JSON that ends no script element."""
    return json.dumps(value).replace("<", "\\u003c")


def packed(content: bytes) -> str:
    """gzip, in base64: what a browser unpacks by itself."""
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()
