"""The times of a film that starts anew in the middle."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

BACK = Fraction(1, 10)  # seconds: times that fall by more have started anew


class ContinuousTimes:
    """Times that go on where those of a film start anew, as in films that were joined end to end."""

    def __init__(self) -> None:
        self.shifts = [Fraction(0)]  # seconds to add after 0, 1, 2 ... new starts
        self.starts: dict[int, int] = {}  # how many each stream has had
        self.last: dict[int, tuple[Fraction, Fraction]] = {}  # seconds: of its last packet, and its end

    def go_on(self, packet: Any) -> None:
        """Move a packet to where it belongs."""
        if packet.dts is None:
            return
        stream, time = packet.stream.index, packet.dts * packet.time_base
        start = self.starts.get(stream, 0)
        if stream in self.last and time < self.last[stream][0] - BACK:
            start = self.starts[stream] = start + 1
            if start == len(self.shifts):  # the first stream to start anew: the others will follow it
                self.shifts.append(self.shifts[-1] + max(end for _, end in self.last.values()) - time)
        self.last[stream] = time, time + (packet.duration or 0) * packet.time_base
        shift = round(self.shifts[start] / packet.time_base)
        packet.dts += shift
        if packet.pts is not None:
            packet.pts += shift
