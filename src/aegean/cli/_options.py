"""Options that many commands have: each told in one place."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import tyro

from aegean.families import SamplingUse

Folder = tyro.conf.Positional[Path]
Photos = tyro.conf.Positional[tuple[Path, ...]]
Out = Annotated[Path | None, tyro.conf.arg(aliases=["-o"], metavar="FILE")]
Flag = tyro.conf.FlagCreatePairsOff[bool]
How = tyro.conf.OmitArgPrefixes[SamplingUse]
AS_THE_RUN = SamplingUse()
Bare = Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(help="Leave out of pictures where they come from.")]
Device = Annotated[str, tyro.conf.arg(help="cpu, cuda ... auto: the accelerator, if there is one.")]
Json = Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(help="Print JSON, for programs.")]
