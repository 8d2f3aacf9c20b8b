"""The server: the page at once, and what stands behind it as soon as torch and gradio are imported."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route

from aegean.errors import InputError
from aegean.studio.guard import App, Guard, Receive, Scope, Send

PAGE = Path(__file__).parent / "page"
REPORT_STYLE = Path(__file__).parents[1] / "report" / "style.css"  # one look
HOST = "127.0.0.1"
PORTS = range(7860, 7880)


class Later:
    """An application that is made in a thread while the page is already there; requests wait for it."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make
        self.app: App | None = None
        self.ready, self.over = asyncio.Event(), asyncio.Event()
        self.problem: BaseException | None = None

    async def live(self) -> None:
        """Make it, and keep it until `over`; all in one task, as its own contexts want."""
        try:
            made = await asyncio.to_thread(self.make)
            async with made.router.lifespan_context(made):
                self.app = made
                self.ready.set()
                await self.over.wait()
        except BaseException as error:
            self.problem = error
            self.ready.set()
            raise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, once there is somebody to pass on to."""
        await self.ready.wait()
        if self.app is None:
            words = f"the studio could not start: {self.problem}"
            return await JSONResponse({"detail": words}, 500)(scope, receive, send)
        return await self.app(scope, receive, send)


def front(make: Callable[[], Any]) -> App:
    """The page, with the application that `make` makes behind it, and the guard before both."""
    later = Later(make)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(later.live())
        yield
        later.over.set()
        with contextlib.suppress(BaseException):
            await task

    async def index(request: Any) -> Response:
        return FileResponse(PAGE / "index.html")

    async def part(request: Any) -> Response:
        path = parts.get(request.path_params["name"])
        if path is None:
            return JSONResponse({"detail": "There is no such page in the studio."}, 404)
        return FileResponse(path, headers={"Cache-Control": "no-cache"})

    parts = {path.name: path for path in PAGE.iterdir()} | {"report.css": REPORT_STYLE}

    routes = [Route("/", index), Route("/page/{name}", part), Mount("/", later)]
    return Guard(Starlette(routes=routes, lifespan=lifespan))


def bound(port: int | None) -> socket.socket:
    """A socket on loopback: of that port, or of the first of 7860 to 7879 that is free; InputError where none is."""
    for number in PORTS if port is None else [port]:
        # TCP by name: else asyncio leaves on what holds small answers back for 40 ms (TCP_NODELAY switches it off)
        one = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((HOST, number))
        except OSError:
            one.close()
            continue
        return one
    words = f"--port {port}: is in use" if port is not None else f"ports {PORTS[0]} to {PORTS[-1]} are in use"
    raise InputError(f"{words}; give another --port")


class Server(uvicorn.Server):
    """uvicorn, which says where the page is once it is there."""

    def __init__(self, app: App, started: Callable[[], None] = lambda: None) -> None:
        """`started` is called when the page can be asked for."""
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2, ws="none")
        super().__init__(config)
        self.told = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self.told()


def serve(
    runs: str | Path = "runs",
    port: int | None = None,
    open_page: bool = False,
    pictures: Sequence[Path] = (),
    device: str = "auto",
) -> None:
    """Show a folder of runs in the browser until Ctrl-C."""
    door = bound(port)
    studio: Any = None
    where = f"http://{HOST}:{door.getsockname()[1]}"

    def make() -> Any:
        from aegean.studio.folder import RunsFolder
        from aegean.studio.service import application
        from aegean.studio.state import Studio

        nonlocal studio
        studio = Studio(RunsFolder(runs, device), pictures)
        return application(studio)

    def told() -> None:
        print(f"The studio is at {where} (Ctrl-C ends it)", flush=True)
        if open_page:
            import webbrowser

            webbrowser.open(where)

    try:
        Server(front(make), told).run(sockets=[door])
    finally:
        if studio is not None:
            studio.close()
