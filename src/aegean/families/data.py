"""Which images: the part of a run's config that says where they come from."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, Self

from aegean.errors import InputError
from aegean.families.bounds import Positive, Seed, Shape
from aegean.families.settings import Settings
from aegean.sizes import Size


@dataclass(frozen=True)
class DataConfig(Settings):
    """Where the images come from and how they are cut to size."""

    data: str = "digits"
    """A name that `aegean datasets` lists, a folder, a .zip, .tar or .parquet of pictures, a .npz, .npy or IDX file,
    hf:OWNER/NAME; stacked:ANY_OF_THESE. From Python also the data themselves, which then stand here as python:NAME."""

    other: str | None = None
    """A second folder or file: the other domain, for models that translate."""

    target: str | None = None
    """Pairs: a second folder or file with the picture that is wanted of each of `data`, by the same name or in the same
    row; for models that learn from pairs, as denoising can."""

    input_half: Literal["left", "right"] | None = None
    """Pairs: each picture of `data` holds two side by side; this half goes in, the other is wanted."""

    size: Positive | Shape | None = None
    """Pixels of the images: one number for squares, or HEIGHTxWIDTH such as 96x128. Each is scaled until it covers
    that, and cropped at the centre. None: as they come, where they are square and all alike."""

    channels: Literal[1, 3, 4] | None = None
    """1 (grey), 3 (colour) or 4 (with alpha). None: what most of the pictures have."""

    limit: Positive | None = None
    """Use at most this many training images. None: all."""

    range: tuple[float, float] | None = None
    """Of arrays: which numbers are black and white, such as 0 1, -1 1 or 0 65535. None: as their values tell."""

    splits: Literal["found", "none"] = "found"
    """Of folders: none takes those called train, validation and test for classes like others."""

    strict: bool = False
    """Fail on whatever would be left out, is a guess, or is there twice: what `aegean datasets` remarks on."""

    split_seed: Seed = 0
    """Seed of the split into train, validation and test, where a set has none."""

    @property
    def cut_to(self) -> Size | None:
        """`size`, read."""
        return None if self.size is None else Size.of(self.size)

    def change(self, **values: Any) -> Self:
        """As of all settings; from Python a size may be two numbers."""
        with suppress(InputError):  # what is no size is refused as any other value
            if isinstance(size := values.get("size"), tuple | list):
                values["size"] = Size.of(size).word
        return super().change(**values)

    def problem(self) -> str | None:
        """Black and white must be two numbers."""
        if self.range is not None and not self.range[0] < self.range[1]:
            return f"--range {self.range[0]:g} {self.range[1]:g}: black must be less than white"
        return None
