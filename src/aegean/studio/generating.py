"""The panel Generate: new pictures, and what lies around one of them."""

from __future__ import annotations

import shlex
from typing import Annotated, Any

from msgspec import Meta

from aegean import use
from aegean.families.bounds import Seed
from aegean.studio.files import Files
from aegean.studio.state import Studio
from aegean.use.origin import origin_of

Pictures = Annotated[int, Meta(ge=1, le=100)]
Temperature = Annotated[float, Meta(ge=0, le=10)]


def generate(
    studio: Studio,
    run: str,
    count: Pictures = 25,
    label: str | None = None,
    seed: Seed = 0,
    temperature: Temperature = 1.0,
    settings: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """New pictures of a run, as `aegean sample` makes them; each knows its seed and the command that makes it again."""
    opened = studio.runs.open(run)
    with opened.lock:
        made = use.sample(opened.run, count, label or None, seed, temperature, **without_none(settings))
    words = {"label": label, "seed": seed, "temperature": None if temperature == 1 else temperature, **(settings or {})}
    command = command_of("sample", str(opened.run.path), n=count, **words)
    origins = [origin_of(opened.run, command, seed=seed, picture=k) for k in range(len(made))]
    return {"pictures": gallery(studio.files, made, origins), "command": command}


def around(
    studio: Studio,
    run: str,
    seed: Seed = 0,
    count: Pictures = 25,
    picture: Annotated[int, Meta(ge=0)] = 0,
    distance: Annotated[float, Meta(gt=0, le=1)] = 0.25,
    label: str | None = None,
    temperature: Temperature = 1.0,
) -> dict[str, Any]:
    """What lies around one of the pictures of `generate`: eight steps of that part of the way to other draws."""
    opened = studio.runs.open(run)
    with opened.lock:
        made = use.around(opened.run, seed, count, picture, distance, label or None, temperature)
    origin = origin_of(opened.run, "aegean.use.around", seed=seed, picture=picture, distance=distance)
    return {"pictures": gallery(studio.files, made, [origin] * len(made))}


def gallery(files: Files, pictures: list[Any], origins: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Pictures as files that know where they come from."""
    return [files.give(picture, origin) for picture, origin in zip(pictures, origins)]


def command_of(word: str, run: str, *words: str, **flags: object) -> str:
    """The command line that does the same."""
    told = [f"{'-' if len(name) == 1 else '--'}{name.replace('_', '-')} {shlex.quote(str(value))}"
            for name, value in flags.items() if value not in (None, "")]  # fmt: skip
    return " ".join(["aegean", word, shlex.quote(run), *map(shlex.quote, words), *told])


def without_none(settings: dict[str, Any] | None) -> dict[str, Any]:
    """The settings that somebody set."""
    return {name: value for name, value in (settings or {}).items() if value not in (None, "")}
