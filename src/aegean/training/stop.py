"""Ctrl-C, SIGTERM, a terminal that closes: heard between two steps, and the checkpoint is written first."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType
from typing import Any

from aegean.errors import InputError


class Stopped(InputError):
    """The user stopped a training; its checkpoint is written."""


class Stop:
    """While open, the first Ctrl-C (or SIGTERM, or SIGHUP) sets `asked`; the second interrupts at once."""

    SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))

    def __enter__(self) -> Stop:
        self.asked = False
        self.before: dict[signal.Signals, Any] = {}
        self.terminals = [number for number in (1, 2) if os.isatty(number)]
        if threading.current_thread() is threading.main_thread():
            numbers = [one for one in self.SIGNALS if one.name != "SIGHUP" or signal.getsignal(one) != signal.SIG_IGN]
            self.before = {number: signal.signal(number, self._heard) for number in numbers}  # nohup stays what it is
        return self

    def _heard(self, number: int, frame: FrameType | None) -> None:
        if number == getattr(signal, "SIGHUP", None):
            self._let_go()
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True

    def _let_go(self) -> None:
        """What is said goes nowhere: the terminal is gone, and an error there would keep us from saving."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for number in self.terminals:
            os.dup2(nowhere, number)
        os.close(nowhere)

    def __exit__(self, *_: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)
