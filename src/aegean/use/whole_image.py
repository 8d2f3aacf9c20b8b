"""A picture of any size, translated in bounded memory, without seams."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from torch import Tensor, nn

from aegean.media.tiles import in_tiles, margin_of, squares
from aegean.networks import Tile, pooled_statistics, record_tiled_statistics


def translate_whole(
    model: nn.Module, function: Callable[[Tensor], Tensor], image: Tensor, reach: int, side: int = 1536
) -> Tensor:
    """`function(image)`, whose network is in `model`, in overlapping tiles where it is large. (1, C, H, W)

    A network that normalises by the whole image would treat each tile in another way, which shows as seams. So all
    tiles pass once for each of its normalisations, for the statistics of all together, and once more under these, which
    makes the network a plain convolution: then the tiles fit, to the bit, if they overlap by its `reach`. A frame of
    1920 x 1080 is still done in one; at width 64 a tile takes half a gigabyte.
    """
    margin = margin_of(reach)
    height, width = image.shape[-2:]
    if height * width <= (side + 2 * margin) ** 2:  # no larger than a tile
        return function(image)

    def tiles() -> Iterator[Tile]:
        for _, around, inside in squares(height, width, side, margin):
            yield image[..., *around], inside

    record_tiled_statistics(model, function, tiles)
    with pooled_statistics(model):
        return in_tiles(function, image, side, margin)
