"""How high and wide images are: THE one place that reads a size, and that says in which order its numbers stand."""

from __future__ import annotations

import re
from numbers import Integral
from typing import Any, NamedTuple

from aegean.errors import InputError

FORM = "one number for squares, or HEIGHTxWIDTH such as 96x128"


class Size(NamedTuple):
    """Height and width in pixels, in the order of arrays and tensors; PIL has it the other way round."""

    height: int
    width: int

    @classmethod
    def of(cls, given: Any) -> Size:
        """What may stand for a size: 64, "64", "96x128" (height x width), two numbers; InputError for all else."""
        if isinstance(given, Integral | str) and (sides := re.fullmatch(r"(\d+)(?:x(\d+))?", str(given))):
            height, width = sides.groups()
            return cls(int(height), int(width or height))
        if isinstance(given, tuple | list) and len(given) == 2 and all(isinstance(side, Integral) for side in given):
            return cls(*map(int, given))
        raise InputError(f"size {given}: expected {FORM}")

    @property
    def word(self) -> int | str:
        """As `--size` takes it, and as records hold it: 64, or "96x128"."""
        return self.height if self.is_square else f"{self.height}x{self.width}"

    def __str__(self) -> str:
        """For people, who expect either order."""
        return f"{self.height} x {self.width}" if self.is_square else f"{self.height} high x {self.width} wide"

    @property
    def in_pixels(self) -> str:
        """The same in a sentence: images of 64 x 64 pixels."""
        return f"{self.height} x {self.width} pixels{'' if self.is_square else ' (high x wide)'}"

    @property
    def is_square(self) -> bool:
        """Whether both sides are alike."""
        return self.height == self.width

    @property
    def pixels(self) -> int:
        """How many there are."""
        return self.height * self.width

    @property
    def shorter(self) -> int:
        """The shorter side."""
        return min(self)

    @property
    def longer(self) -> int:
        """The longer side."""
        return max(self)

    @property
    def of_pil(self) -> tuple[int, int]:
        """Width and height, as PIL has them."""
        return self.width, self.height

    def times(self, factor: int) -> Size:
        """So many times as high and wide."""
        return Size(factor * self.height, factor * self.width)
