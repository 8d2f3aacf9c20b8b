"""Convolution weights laid out once as the processor wants them, not anew at each call: a seventh less time.

What torch.compile does with frozen weights, without the minute of compiling. It concerns float32 on processors with
oneDNN, and batches of the one size that nearly all batches have; all else goes the usual way.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class Packed:
    """Stands in for one convolution's arithmetic, after its padding."""

    def __init__(self, convolution: nn.Conv2d, batch: int) -> None:
        self.batch = batch
        self.padding = [int(length) for length in convolution.padding]
        self.stride, self.dilation = list(convolution.stride), list(convolution.dilation)
        self.groups = convolution.groups
        self.kept: tuple[torch.Size, Tensor] | None = None  # for images of this shape, the packed weight

    def __call__(self, image: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """(B, C, H, W) -> (B, C', H', W')."""
        if len(image) != self.batch or torch.is_autocast_enabled("cpu"):
            return functional.conv2d(image, weight, bias, self.stride, self.padding, self.dilation, self.groups)
        kept, place = self.kept, [self.padding, self.stride, self.dilation, self.groups]
        if kept is None or kept[0] != image.shape:  # two threads may both do this, and neither sees half of it
            packed = torch.ops.mkldnn._reorder_convolution_weight(weight, *place, list(image.shape))
            self.kept = kept = image.shape, packed
        result: Tensor = torch.ops.mkldnn._convolution_pointwise(image, kept[1], bias, *place, "none", [], "")
        return result


def pack(module: nn.Module, batch: int) -> None:
    """Change `module`: its convolutions keep their weights packed for batches of `batch` images."""
    if not packs_here():
        return
    for part in module.modules():
        plain = isinstance(part, nn.Conv2d) and part.padding_mode == "zeros" and not isinstance(part.padding, str)
        if plain and part.weight.device.type == "cpu" and part.weight.dtype == torch.float32:
            part._conv_forward = Packed(part, batch)  # type: ignore[assignment, arg-type]


def packs_here() -> bool:
    """Whether this build of torch has the two operations, and they give what they should."""
    convolution, image = nn.Conv2d(3, 4, 3), torch.ones(1, 3, 5, 5)
    try:
        with torch.no_grad():
            ours = Packed(convolution, 1)(image, convolution.weight, convolution.bias)
            return torch.allclose(ours, convolution(image), atol=1e-5)
    except (AttributeError, RuntimeError, NotImplementedError, TypeError):
        return False
