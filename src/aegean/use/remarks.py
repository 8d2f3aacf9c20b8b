"""What is worth a remark, but stops nothing: to the logger `aegean`, which the command line shows on stderr."""

from __future__ import annotations

import logging

logger = logging.getLogger("aegean")


def say(line: str) -> None:
    """A remark of one line."""
    logger.warning("%s", line)
