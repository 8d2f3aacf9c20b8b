"""`aegean studio`."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import tyro

from aegean.errors import InputError


def studio(
    runs: tyro.conf.Positional[Path] = Path("runs"),
    /,
    pictures: Annotated[tuple[Path, ...], tyro.conf.arg(metavar="FOLDER ...")] = (),
    port: int | None = None,
    open: tyro.conf.FlagCreatePairsOff[bool] = False,
    device: str = "auto",
) -> None:
    """Show runs in the browser: watch, generate, explore, restore, edit, translate, recognise; on this machine alone.

    Args:
        runs: A folder of runs, or one run.
        pictures: Folders and files of pictures that the page may use: to train on, and to look for similar ones in.
        port: Of the page. None: 7860, or the next that is free.
        open: Open the page in the browser.
        device: Where models compute: cpu, cuda ... auto: the accelerator, if there is one.
    """
    if find_spec("gradio") is None:
        raise InputError("the studio needs the extra `studio`: pip install 'aegean[studio]'")
    from aegean.studio.server import serve

    serve(runs, port, open, pictures, device)
