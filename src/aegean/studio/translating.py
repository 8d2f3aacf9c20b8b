"""The panel Translate: a photo, or a film, of one domain as if of the other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Annotated, Any

from msgspec import Meta

from aegean import use
from aegean.models.capabilities import Translates
from aegean.runs import Run, load
from aegean.studio.files import Upload, check_pixels
from aegean.studio.generating import command_of
from aegean.studio.pictures import Given, given, whole
from aegean.studio.state import Studio
from aegean.use.origin import origin_of
from aegean.use.requests import require
from aegean.use.translating import Translation, check_steady

Side = Annotated[int, Meta(ge=8, le=2048)]


class _Over(Exception):
    """Nobody waits any more."""


def facts(run: Run) -> dict[str, Any]:
    """What the controls must know: the domains that there are; none where there is one way alone."""
    return {"domains": _domains(run) if require(run, Translates).both_ways else []}


def translate(
    studio: Studio, run: str, picture: Given, to: str | None = None, size: Side | None = None
) -> dict[str, Any]:
    """A photo, its translation, and, where there is a way back, that translated back: the cycle."""
    opened = studio.runs.open(run)
    with opened.lock:
        own = given(studio, opened.run, picture)
        there = use.translate(opened.run, own, to, size=size)
        made = {"before": whole(own, opened.run).resize(there.size), "after": there}
        if to is not None and facts(opened.run)["domains"]:
            made["back"] = use.translate(opened.run, there, _other(opened.run, to))
    return {name: studio.files.give(one) for name, one in made.items()} | {
        "command": command_of("translate", str(opened.run.path), "PICTURE", to=to, size=size)
    }


def translate_film(
    studio: Studio,
    run: str,
    film: Upload,
    to: str | None = None,
    size: Side | None = 256,
    steady: Annotated[float, Meta(ge=0, le=1)] = 0.5,
) -> Iterator[dict[str, Any]]:
    """A film, frame by frame, with its sound; says how far it is, and ends where nobody waits for it."""
    own = load(studio.runs.find(run), studio.runs.device)  # a model of its own: a long film keeps nobody else waiting
    source, target = studio.files.uploaded(film), studio.files.new(".mp4")
    check_pixels(source)
    check_steady(steady)
    translation = Translation(own, to, size=size)
    command = command_of("translate", str(own.path), "FILM", to=to, size=size, steady=steady)
    told: SimpleQueue[Any] = SimpleQueue()
    over = threading.Event()

    def advance(done: int, total: int | None) -> None:
        if over.is_set():
            raise _Over
        told.put({"done": done, "total": total})

    def work() -> None:
        try:
            translation.film(source, target, steady, advance, origin_of(own, command))
            told.put({"film": studio.files.given(target), "command": command})
        except Exception as error:
            told.put(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while True:
            message = told.get()
            if isinstance(message, Exception):
                raise message
            yield message
            if "film" in message:
                return
    finally:
        over.set()


def _domains(run: Run) -> list[str]:
    return list(run.spec.domains) or ["a", "b"]


def _other(run: Run, to: str) -> str:
    domains = _domains(run)
    names = [name.lower() for name in domains]
    return domains[1 - names.index(to.lower())] if to.lower() in names else {"a": "b"}.get(to, "a")
