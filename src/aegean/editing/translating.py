"""A picture of any size, translated in bounded memory, without seams."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from aegean.editing.tiles import in_tiles
from aegean.networks import held, recorded

MULTIPLE = 8  # of tiles, so that the grids of all levels fall on one another


def translate_whole(
    model: nn.Module, function: Callable[[Tensor], Tensor], image: Tensor, reach: int, side: int = 512
) -> Tensor:
    """`function(image)`, whose network is in `model`, in overlapping tiles where it is large. (B, C, H, W)

    A network that normalises by the whole image would treat each tile in another way, which shows as seams. So all
    tiles pass twice: once to take down the statistics, and once under those of all tiles together, which makes the
    network a plain convolution: then the tiles fit, to the bit, if they overlap by its `reach`.
    """
    margin = -(-reach // MULTIPLE) * MULTIPLE
    if max(image.shape[-2:]) <= side + 2 * margin:
        return function(image)
    with recorded(model):
        for top in range(0, image.shape[-2], side):
            for left in range(0, image.shape[-1], side):
                function(image[..., top : top + side, left : left + side])
    with held(model):
        return in_tiles(function, image, side, margin)
