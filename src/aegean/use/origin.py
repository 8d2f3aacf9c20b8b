"""Where a picture comes from: the run, the call or command that made it, its seed, the version."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from PIL import Image

from aegean.images import ORIGIN
from aegean.runs import Run


def origin_of(run: Run | str, command: str, **facts: object) -> dict[str, str]:
    """Words by name. The run is called as it was given: no path is told that nobody typed."""
    name = run if isinstance(run, str) else run.name
    known = {key: str(fact) for key, fact in facts.items() if fact is not None}
    return {"run": name, "command": command, **known, "version": version("aegean")}


def signed(made: Any, run: Run, call: str, **facts: object) -> Any:
    """`made`, each PIL picture of which says where it comes from: `aegean.save` writes it down. Tensors cannot."""
    for picture in made if isinstance(made, list) else [made]:
        if isinstance(picture, Image.Image):
            picture.info[ORIGIN] = origin_of(run, call, **facts)
    return made
