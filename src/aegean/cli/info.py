"""`aegean info`: where a picture comes from."""

from __future__ import annotations

from pathlib import Path

import tyro

from aegean.cli._options import Json
from aegean.consoles import tell, tell_json
from aegean.errors import InputError


def info(file: tyro.conf.Positional[Path], json: Json = False) -> None:
    """Say where a picture that aegean made comes from: the run, the command, the seed, the version.

    Args:
        file: A .png, .webp or .jpg.
    """
    from aegean.images import read_origin

    found = read_origin(file)
    if not found:
        raise InputError(f"{file}: does not say where it comes from")
    if json:
        tell_json(found)
        return
    for name, word in found.items():
        tell(f"{name}: {word}")
