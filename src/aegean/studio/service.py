"""What stands behind the page: gradio's queue with our calls, and the two ways of files, in and out."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # before gradio is imported: it asks nobody anything

import fastapi
import gradio
from gradio.components import _Keywords
from starlette.responses import FileResponse, JSONResponse, Response

from aegean.errors import InputError
from aegean.markup import png
from aegean.studio import (
    comparing,
    editing,
    exploring,
    generating,
    listing,
    pictures,
    recognising,
    restoring,
    training,
    translating,
)
from aegean.studio.calls import checked, sentence
from aegean.studio.files import MOST_BYTES
from aegean.studio.state import Studio
from aegean.studio.uploads import read_uploads

FUNCTIONS: tuple[Callable[..., Any], ...] = (
    *(listing.runs, listing.run, comparing.look, comparing.compare),
    *(training.families, training.settings, training.train, training.stop, training.resume),
    *(training.delete, training.undelete),
    *(generating.generate, generating.around),
    *(exploring.codes, exploring.decode, exploring.film),
    *(pictures.images, restoring.denoise, restoring.inpaint, editing.edit),
    *(translating.translate, translating.translate_film),
    *(recognising.recognise, recognising.layers, recognising.layer, recognising.similar),
)


class Engine(gradio.Blocks):  # type: ignore[misc]
    """gradio's queue alone: its handling of files, which would fetch what a caller names, is left out."""

    async def preprocess_data(self, block_fn: Any, inputs: Any, state: Any, explicit_call: bool = False) -> list[Any]:
        """What the caller sent, as it came: `checked` looks at it."""
        return list(inputs)

    async def postprocess_data(self, block_fn: Any, predictions: Any, state: Any) -> list[Any]:
        """What the call gave; nothing new at the end of one that gave several."""
        return [None if predictions is _Keywords.FINISHED_ITERATING else predictions]


def application(studio: Studio) -> fastapi.FastAPI:
    """The web application of a studio, without the page and what it asks for first."""
    app = fastapi.FastAPI(title="aegean studio", docs_url=None, redoc_url=None, openapi_url=None)

    @app.post("/gradio_api/upload")
    async def upload(request: fastapi.Request) -> Response:
        try:
            return JSONResponse([path.name for path in await read_uploads(request, studio.files)])
        except InputError as error:
            return JSONResponse({"detail": sentence(error)}, 413)

    @app.get("/gradio_api/file={token}")
    def file(token: str) -> Response:
        try:
            return FileResponse(studio.files.find(token), headers={"Cache-Control": "private, max-age=3600"})
        except InputError as error:
            return JSONResponse({"detail": sentence(error)}, 404)

    @app.post("/decode")
    def decode(body: dict[str, Any]) -> Response:
        try:
            return Response(png(drawn(**body)), media_type="image/png")
        except gradio.Error as error:
            return JSONResponse({"detail": str(error)}, 400)

    drawn = checked(exploring.picture_at, studio)

    with Engine(analytics_enabled=False, title="aegean studio") as blocks:
        for function in FUNCTIONS:
            gradio.api(checked(function, studio), api_name=function.__name__, concurrency_limit=4)
    blocks.queue(max_size=200, api_open=True)
    return gradio.mount_gradio_app(
        app, blocks, path="/", max_file_size=MOST_BYTES, ssr_mode=False, run_history=False, pwa=False, mcp_server=False
    )
