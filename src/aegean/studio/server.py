"""The server: the page at once, the list of runs as soon as torch is imported, and all else as soon as gradio is."""

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

    def __init__(self, make: Callable[[], Any], after: Later | None = None) -> None:
        """`after`: the one that is made before."""
        self.make, self.after = make, after
        self.app: App | None = None
        self.ready, self.over = asyncio.Event(), asyncio.Event()
        self.problem: BaseException | None = None

    async def live(self) -> None:
        """Make it, and keep it until `over`; all in one task, as its own contexts want."""
        try:
            if self.after is not None:
                await self.after.made()
            made = await asyncio.to_thread(self.make)
            async with made.router.lifespan_context(made):
                self.app = made
                self.ready.set()
                await self.over.wait()
        except BaseException as error:
            self.problem = error
            self.ready.set()
            raise

    async def made(self) -> App:
        """Once it is there; or what went wrong."""
        await self.ready.wait()
        if self.problem is not None:
            raise self.problem
        assert self.app is not None
        return self.app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, once there is somebody to pass on to."""
        try:
            app = await self.made()
        except Exception as error:
            words = f"The studio could not start: {error}"
            return await JSONResponse({"detail": words}, 500)(scope, receive, send)
        return await app(scope, receive, send)


def front(list_runs: Callable[[], Any], all_else: Callable[[], Any]) -> App:
    """The page, with the applications that these make behind it, one after the other, and the guard before all."""
    listed = Later(list_runs)
    rest = Later(all_else, listed)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(later.live()) for later in (listed, rest)]
        yield
        for later, task in zip((listed, rest), tasks):
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

    page = [Route("/", index), Route("/page/{name}", part)]
    first = [Route("/runs", listed), Route("/picture/{name:path}", listed)]
    routes = [*page, *first, Mount("/", rest)]
    return Guard(Starlette(routes=routes, lifespan=lifespan))


def check(runs: Path, pictures: Sequence[Path]) -> None:
    """InputError for what is not there, before anything is imported that takes seconds."""
    if runs.exists() and not runs.is_dir():
        raise InputError(f"{runs}: is a file, not a folder of runs")
    for folder in pictures:
        if not folder.exists():
            raise InputError(f"--pictures {folder}: no such file or folder")


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
    """Show a folder of runs in the browser until Ctrl-C.

    Raises:
        InputError: for runs that are no folder, pictures that are not there, a port that is taken.
    """
    check(Path(runs), pictures)
    door = bound(port)
    studio: Any = None
    where = f"http://{HOST}:{door.getsockname()[1]}"

    def list_runs() -> Any:
        from aegean.studio.first import application
        from aegean.studio.folder import RunsFolder
        from aegean.studio.state import Studio

        nonlocal studio
        studio = Studio(RunsFolder(runs, device), pictures)
        return application(studio)

    def all_else() -> Any:
        from aegean.studio.service import application

        return application(studio)

    def told() -> None:
        print(f"The studio is at {where} (Ctrl-C ends it)", flush=True)
        if open_page:
            import webbrowser

            webbrowser.open(where)

    try:
        Server(front(list_runs, all_else), told).run(sockets=[door])
    finally:
        if studio is not None:
            studio.close()
