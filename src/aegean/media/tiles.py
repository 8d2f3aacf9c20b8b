"""A picture too large for the memory, in overlapping squares."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from torch import Tensor

MULTIPLE = 8  # of tiles, so that the grids of all levels fall on one another
Part = tuple[slice, slice]  # rows and columns


def margin_of(reach: int) -> int:
    """Enough around a tile for a network that sees so many pixels far; a multiple that all its grids fall on."""
    return -(-reach // MULTIPLE) * MULTIPLE


def in_tiles(function: Callable[[Tensor], Tensor], image: Tensor, side: int = 512, margin: int = 64) -> Tensor:
    """`function(image)` for a convolutional `function` (B, C, H, W) -> (B, C', kH, kW), in bounded memory.

    Each square of `side` pixels is computed with `margin` pixels around it, which are then cut off: the result is the
    same where the network sees no further than `margin`. Keep both multiples of the network's stride.
    """
    height, width = image.shape[-2:]
    if height <= side + 2 * margin and width <= side + 2 * margin:
        return function(image)
    result: Tensor | None = None
    for square, around, inside in squares(height, width, side, margin):
        tile = image[..., *around]
        made = function(tile)
        scale = made.shape[-1] // tile.shape[-1]
        if result is None:
            result = made.new_empty(*made.shape[:-2], scale * height, scale * width)
        result[..., *enlarged(square, scale)] = made[..., *enlarged(inside, scale)]
    assert result is not None
    return result


def enlarged(part: Part, scale: int) -> Part:
    """The same part of a picture that is `scale` times as large."""
    rows, columns = (slice(scale * some.start, scale * some.stop) for some in part)
    return rows, columns


def squares(height: int, width: int, side: int, margin: int) -> Iterator[tuple[Part, Part, Part]]:
    """Each square of a picture, the same with its margins, and the square inside these, all in pixels."""
    for rows in _stretches(height, side, margin):
        for columns in _stretches(width, side, margin):
            square, around, inside = zip(rows, columns)
            yield square, around, inside


def _stretches(length: int, side: int, margin: int) -> Iterator[tuple[slice, slice, slice]]:
    for start in range(0, length, side):
        stop, first = min(start + side, length), max(0, start - margin)
        yield slice(start, stop), slice(first, min(stop + margin, length)), slice(start - first, stop - first)
