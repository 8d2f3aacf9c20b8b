"""The panel Recognise: what is in a picture, the layers that see it, and pictures like it."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any

from msgspec import Meta

from aegean import pretrained, use
from aegean.errors import InputError, did_you_mean
from aegean.images import fit, from_unit, open_picture, to_pil
from aegean.models.capabilities import Classifies, ClassifiesAttributes, Conditional, Encodes
from aegean.pretrained import PRETRAINED, Network
from aegean.runs import Run
from aegean.studio.pictures import Given, given
from aegean.studio.state import Studio
from aegean.use.networks import open_network
from aegean.use.pictures import fitted

MOST_MAPS = 36  # channels of a layer that are shown
TILE = 160  # pixels of a picture that was found


def fits(run: Run) -> bool:
    """Whether the run says something of a picture."""
    return isinstance(run.model, Classifies | ClassifiesAttributes | Encodes) and not isinstance(run.model, Conditional)


def facts(run: Run) -> dict[str, Any]:
    """What the controls must know."""
    return {
        "classifies": isinstance(run.model, Classifies | ClassifiesAttributes),
        "networks": [str(run.path.name), *PRETRAINED],
    }


def recognise(
    studio: Studio, run: str, picture: Given, network: str | None = None, top: Annotated[int, Meta(ge=1, le=50)] = 8
) -> dict[str, Any]:
    """The most probable classes, best first; of a run that knows attributes, those, each by itself."""
    opened = studio.runs.open(run)
    with opened.lock:
        photo, model = given(studio, opened.run, picture), opened.run.model
        if network in (None, run) and isinstance(model, ClassifiesAttributes):
            found = model.attribute_probabilities(fitted([photo], opened.run.spec))[0]
            names = [opened.run.spec.attributes[k] for k in found.argsort(descending=True)[:top]]
            return {"classes": _bars(names, found.sort(descending=True).values[:top].tolist())}
        guesses = use.classify(_network(opened.run, network), photo, top)
    return {"classes": _bars([guess.name for guess in guesses], [guess.probability for guess in guesses])}


def layers(studio: Studio, run: str, network: str | None = None) -> dict[str, Any]:
    """The layers of a network: names, kinds, shapes of what they put out, parameters."""
    opened = studio.runs.open(run)
    with opened.lock:
        found = _network(opened.run, network).layers()
    return {"layers": [{**one._asdict(), "shape": list(one.shape)} for one in found]}


def layer(studio: Studio, run: str, picture: Given, layer: str, network: str | None = None) -> dict[str, Any]:
    """What a layer sees in a picture: its first channels as pictures, each from its least to its most."""
    opened = studio.runs.open(run)
    with opened.lock:
        photo = given(studio, opened.run, picture)
        seen = use.features(_network(opened.run, network), photo, layer, pool="none")[0]
    if seen.dim() != 3:
        raise InputError(f"{layer} puts out {tuple(seen.shape)}: no maps that could be shown; take an earlier layer")
    seen = seen[:MOST_MAPS].float()
    low, high = seen.amin((1, 2), keepdim=True), seen.amax((1, 2), keepdim=True)
    maps = from_unit((seen - low) / (high - low).clamp_min(1e-9))
    return {"maps": [studio.files.give(to_pil(one[None])) for one in maps]}


def similar(
    studio: Studio,
    run: str,
    picture: Given,
    folder: str,
    network: str | None = None,
    top: Annotated[int, Meta(ge=1, le=48)] = 12,
) -> dict[str, Any]:
    """The pictures of a folder most like one, best first; of the folders that the studio was given."""
    place = studio.folder(folder)
    opened = studio.runs.open(run)
    with opened.lock:
        photo = given(studio, opened.run, picture)
        found = use.search(_network(opened.run, network), photo, place, top)
    return {
        "found": [
            {"name": match.path.name, "similarity": round(match.similarity, 4), "picture": _small(studio, match)}
            for match in found
        ]
    }


def _small(studio: Studio, match: Any) -> dict[str, Any]:
    shown = fit(open_picture(match.path, at_least=TILE), None, 3)
    shown.thumbnail((TILE, TILE))
    return studio.files.give(shown)


def _bars(names: list[str], probabilities: list[float]) -> list[dict[str, Any]]:
    return [{"name": name, "probability": part} for name, part in zip(names, probabilities)]


def _network(run: Run, name: str | None) -> Network:
    """The run's own model, or a published one by its name; nothing else, such as a folder or a hub's name."""
    if name is None or name == run.path.name:
        return open_network(run)
    if name not in PRETRAINED:
        raise InputError(f"no network is called {name[:60]!r} here.{did_you_mean(name[:60], list(PRETRAINED))}")
    return _published(name)


@lru_cache(maxsize=2)
def _published(name: str) -> Network:
    return pretrained.load(name)
