"""Who may ask what: pages of this machine alone, the few paths that the studio has, and nothing from elsewhere.

A page of any site can send requests to loopback, and a name of its own can be made to lead there. So a request must be
addressed to this machine by its own name, and must not come from the page of another.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

HOSTS = {"127.0.0.1", "localhost", "::1"}
PATHS = re.compile(
    r"/(|page/[\w.-]+|runs|favicon\.ico|config|decode|(picture|report)/.*|gradio_api/(info|upload|startup-events|cancel"
    r"|file=[\w.]+|heartbeat/\w+|call/(v2/)?\w+(/\w+)?|queue/(join|data)|reset)/?)"
)
MOST_WORDS = 8_000_000  # bytes of a request that is no upload
POLICY = (  # a browser fetches nothing from elsewhere, whatever the page says
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; object-src 'none'"
)
HEADERS = {
    b"content-security-policy": POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
}


class Guard:
    """Stands before an application."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on with the headers that keep a browser here."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if refusal := refused(scope):
            return await _answer(send, *refusal)
        upload = scope["path"].startswith("/gradio_api/upload")
        return await self.app(scope, receive if upload else _bounded(receive), _with_headers(send))


def refused(scope: Scope) -> tuple[int, str] | None:
    """Why a request is not answered, with its status."""
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    host, origin = headers.get(b"host", ""), headers.get(b"origin")
    if urlsplit(f"//{host}").hostname not in HOSTS:
        return 403, "The studio answers this machine alone, under the name localhost."
    if origin is not None and urlsplit(origin).netloc != host:
        return 403, "The studio answers no pages of others."
    if not PATHS.fullmatch(scope["path"]):
        return 404, "There is no such page in the studio."
    length = headers.get(b"content-length", "0")
    if not scope["path"].startswith("/gradio_api/upload") and (not length.isdigit() or int(length) > MOST_WORDS):
        return 413, "That is more than the studio takes at once."
    return None


def _bounded(receive: Receive) -> Receive:
    """`receive`, which ends the connection once more has come than is allowed, whatever the length said."""
    total = 0

    async def counted() -> MutableMapping[str, Any]:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        return {"type": "http.disconnect"} if total > MOST_WORDS else message

    return counted


def _with_headers(send: Send) -> Send:
    async def told(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *HEADERS.items()]}
        await send(message)

    return told


async def _answer(send: Send, status: int, words: str) -> None:
    head = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": b'{"detail": "%s"}' % words.encode()})
