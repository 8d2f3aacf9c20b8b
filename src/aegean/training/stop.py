"""Ctrl-C, heard between two steps: the checkpoint is written first."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any


class Stop:
    """While open, the first Ctrl-C (or SIGTERM) sets `asked`; the second interrupts at once."""

    SIGNALS = (signal.SIGINT, signal.SIGTERM)

    def __enter__(self) -> Stop:
        self.asked = False
        self.before: dict[signal.Signals, Any] = {}
        if threading.current_thread() is threading.main_thread():
            self.before = {number: signal.signal(number, self._heard) for number in self.SIGNALS}
        return self

    def _heard(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True

    def __exit__(self, *_: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)
