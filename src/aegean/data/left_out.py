"""What was met and is not used: counted by reason, with three examples each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

EXAMPLES = 3
HARMLESS = ("hidden", "made by the system")  # nobody means these to be data


@dataclass
class LeftOut:
    """Reason -> how many, and the first of them."""

    counts: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, reason: str, what: object) -> None:
        """One more."""
        self.counts[reason] = self.counts.get(reason, 0) + 1
        some = self.examples.setdefault(reason, [])
        if len(some) < EXAMPLES:
            some.append(str(what))

    def add_all(self, reason: str, some: Iterable[object]) -> None:
        """Several for one reason."""
        for one in some:
            self.add(reason, one)

    def join(self, other: LeftOut) -> None:
        """Those of another, too."""
        for reason, count in other.counts.items():
            self.counts[reason] = self.counts.get(reason, 0) + count
            self.examples[reason] = [*self.examples.get(reason, []), *other.examples[reason]][:EXAMPLES]

    def joined(self, other: LeftOut) -> LeftOut:
        """What either left out."""
        both = LeftOut()
        both.join(self)
        both.join(other)
        return both

    def lines(self) -> list[str]:
        """One for each reason that somebody should know of."""
        return [self._line(reason) for reason in self.counts if reason not in HARMLESS]

    def to_json(self) -> dict[str, Any]:
        """All of it."""
        return {reason: {"count": n, "examples": self.examples[reason]} for reason, n in self.counts.items()}

    def _line(self, reason: str) -> str:
        count, some = self.counts[reason], self.examples[reason]
        return f"left out, {reason}: {count:,} ({', '.join(some)}{' ...' * (count > len(some))})"
