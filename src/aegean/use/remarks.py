"""What is worth a remark, but stops nothing: to the logger `aegean`, which the command line shows on stderr."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from aegean.errors import InputError

logger = logging.getLogger("aegean")


def refuse_or_say(faults: Sequence[str], others: bool) -> None:
    """Say what is wrong with some of what was given, where there are others; else InputError with the first."""
    if faults and not others:
        raise InputError(faults[0])
    for fault in faults:
        say(fault)


def say(line: str) -> None:
    """A remark of one line."""
    logger.warning("%s", line)
