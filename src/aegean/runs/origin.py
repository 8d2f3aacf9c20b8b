"""Where a figure or a run comes from: the command, the machine, the commit of the source."""

from __future__ import annotations

import contextlib
import functools
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch


def command() -> str:
    """The words this process was started with: for about.json and for each figure."""
    name = Path(sys.argv[0]).name
    return " ".join(["aegean" if name == "__main__.py" else name, *sys.argv[1:]])


def machine() -> dict[str, Any]:
    """What this is running on, and by which code: for about.json and for each figure."""
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else _processor()
    versions = {"aegean": version("aegean"), "python": platform.python_version(), "torch": torch.__version__}
    return {
        "machine": f"{device}, {os.cpu_count()} CPU cores",
        "threads": torch.get_num_threads(),
        "versions": versions,
        "commit": commit(Path(__file__)),
    }


@functools.cache
def commit(file: Path) -> str | None:
    """The git commit of the source tree that has `file`; None where no repository tracks it, as when installed."""
    try:
        for words in (["ls-files", "--error-unmatch", file.name], ["rev-parse", "HEAD"]):
            git = ["git", "-C", str(file.parent), *words]
            said = subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
        return said
    except (OSError, subprocess.CalledProcessError):
        return None


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
