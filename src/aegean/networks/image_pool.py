"""A memory of made images, so that a discriminator does not forget what it has seen (Shrivastava et al. 2017)."""

from __future__ import annotations

import torch
from torch import Tensor, distributed, nn

from aegean.images import to_float, to_uint8


class ImagePool(nn.Module):
    """The last `size` images, in 8 bits as the real ones are; buffers, so that a resumed run remembers the same.

    Each process of several adds the images of all, so that they all remember the same.
    """

    images: Tensor
    count: Tensor

    def __init__(self, size: int, numbers: int) -> None:
        """`numbers`: of the largest image."""
        super().__init__()
        self.size = size
        self.register_buffer("images", torch.zeros(size, numbers, dtype=torch.uint8))
        self.register_buffer("count", torch.zeros((), dtype=torch.int64))

    @torch.no_grad()
    def forward(self, image: Tensor) -> Tensor:
        """Each image, or with chance 1/2 one that is remembered in its place; then all are. (B, C, H, W)"""
        if not self.size:
            return image
        batch, channels, height, width = image.shape
        numbers = image[0].numel()
        filled = self.count.clamp(max=self.size)
        pick = (torch.rand(batch, device=image.device) * filled).long()
        old = to_float(self.images[pick, :numbers].view(batch, height, width, channels))
        take = (torch.rand(batch, 1, 1, 1, device=image.device) < 0.5) & (filled > 0)
        shown = torch.where(take, old, image)
        self.remember(to_uint8(image).flatten(1))
        return shown

    def remember(self, rows: Tensor) -> None:
        """Add images (B, numbers) uint8 in the place of the oldest."""
        if distributed.is_available() and distributed.is_initialized():
            parts = [torch.empty_like(rows) for _ in range(distributed.get_world_size())]
            distributed.all_gather(parts, rows.contiguous())
            rows = torch.cat(parts)
        rows = rows[-self.size :]
        slots = (self.count + torch.arange(len(rows), device=rows.device)) % self.size
        self.images[slots, : rows.shape[1]] = rows
        self.count += len(rows)
