"""What the first page asks for, the list of runs and a picture of each: without gradio, whose import takes seconds."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from aegean.errors import InputError
from aegean.studio import listing
from aegean.studio.calls import sentence
from aegean.studio.state import Studio


def application(studio: Studio) -> Starlette:
    """The web application that answers these two."""

    def runs(request: Request) -> Response:
        try:
            return JSONResponse(listing.runs(studio))
        except InputError as error:
            return JSONResponse({"detail": sentence(error)}, 400)

    def picture(request: Request) -> Response:
        number = request.query_params.get("k", "")[:9]  # none: the newest
        try:
            content = listing.face(studio, request.path_params["name"], int(number) if number.isdecimal() else -1)
        except InputError as error:
            return JSONResponse({"detail": sentence(error)}, 404)
        return Response(content, media_type="image/png", headers={"Cache-Control": "private, max-age=3600"})

    return Starlette(routes=[Route("/runs", runs), Route("/picture/{name:path}", picture)])
