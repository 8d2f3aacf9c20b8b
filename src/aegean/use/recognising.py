"""What is in pictures: their classes, their features, and which are alike; by networks and by runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from aegean import pretrained
from aegean.errors import InputError
from aegean.pretrained import Network, Pool
from aegean.pretrained.search import Match
from aegean.pretrained.search import search as look
from aegean.runs import Run
from aegean.use.finding import find_photos
from aegean.use.networks import open_network
from aegean.use.pictures import Picture, is_one, say_lost, several, to_picture
from aegean.use.remarks import say

Source = Network | Run | str | Path  # of what recognises


def classify(network: Source, pictures: Picture | Sequence[Picture], top: int = 5, *, device: str | None = None) -> Any:
    """The `top` most probable classes, best first: a list of `Guess` for one picture, a list of lists for several.

    Args:
        network: Of `aegean.pretrained.load`, or its name; or the run of a classifier, or its folder.
        pictures: One picture, a list, a folder, or a batch: see `aegean.use.pictures.read`.
        top: How many classes of each picture.
        device: cpu, cuda ... auto: the accelerator, if there is one. None: where the network is.

    Raises:
        InputError: for what does not classify, and pictures that cannot be read.
    """
    if top < 1:
        raise InputError(f"--top {top}: at least one class")
    guesses = open_network(network, device).classify(_given(pictures), top)
    return guesses[0] if is_one(pictures) else guesses


def features(
    network: Source,
    pictures: Picture | Sequence[Picture],
    layer: str | Sequence[str] | None = None,
    *,
    pool: Pool = "avg",
    device: str | None = None,
) -> Any:
    """Vectors (N, F), float32 on the CPU: of one layer, or a dictionary of them for a list of layers.

    Args:
        network: Of `aegean.pretrained.load`, or its name; or a run that encodes or classifies, or its folder.
        pictures: One picture (N = 1), a list, a folder, or a batch: see `aegean.use.pictures.read`.
        layer: Names that `aegean layers` lists. None: the vector before the last classifier; the code of a run.
        pool: What becomes of positions: `avg`, `max`, or `none` (the shape stays as it is).
        device: As of `classify`.

    Raises:
        InputError: for a layer that there is not, and pictures that cannot be read.
    """
    layers = layer if layer is None or isinstance(layer, str) else list(layer)
    opened: Any = open_network(network, device)
    return opened.features(_given(pictures), layers, pool)


def search(
    network: Source,
    picture: Picture,
    places: str | Path | Sequence[str | Path],
    top: int = 12,
    layer: str | None = None,
    *,
    device: str | None = None,
) -> list[Match]:
    """The pictures most similar to one, best first, by a network's features, each with its path and similarity.

    Args:
        network: As of `features`.
        picture: What to look for, of any kind.
        places: Folders, files or globs to look in. Their features are kept, so that the next search is quick.
        top: How many.
        layer: The layer whose features are compared. None: as of `features`.
        device: As of `classify`.

    Raises:
        InputError: where there is nothing to look in, or nothing can be read.
    """
    if top < 1:
        raise InputError(f"--top {top}: at least one picture")
    words = [str(word) for word in ([places] if isinstance(places, str | Path) else places)]
    wanted = to_picture(picture) if isinstance(picture, np.ndarray) else picture
    found, left_out = look(open_network(network, device), wanted, find_photos(words), top=top, layer=layer)
    for one in left_out:
        say(f"left out: {one.reason}")
    return found


def _given(pictures: Picture | Sequence[Picture]) -> list[pretrained.Picture]:
    """In forms that networks take: arrays become PIL pictures."""
    some = several(pictures)
    say_lost(some)
    return [to_picture(one) if isinstance(one, np.ndarray) else one for one in some]
