"""The U-Net (Ronneberger et al. 2015, arXiv:1505.04597) that denoiser, painter and editor share; each has its waist."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from aegean.networks.blocks import down, head, residuals, stem, to_multiple, up


class UNet(nn.Module):
    """Down and up again, each level handing its features over; additions instead of concatenations."""

    def __init__(
        self,
        channels: int,
        painted: int,
        widths: Sequence[int],
        depth: int,
        kind: str = "none",
        smooth: bool = False,
    ) -> None:
        """`channels` in, `painted` channels out; `widths` from fine to coarse; on the way up, a `kind` of norm, and
        features that are `smooth` when enlarged."""
        super().__init__()
        self.multiple = 2 ** len(widths)
        self.stem, self.head = stem(channels, widths[0]), head(widths[0], painted)
        self.fine = nn.ModuleList(nn.Sequential(*residuals(w, depth)) for w in widths[:-1])
        self.down = nn.ModuleList(down(a, b) for a, b in zip(widths, widths[1:]))
        self.up = nn.ModuleList(up(b, a, smooth) for a, b in zip(widths, widths[1:]))
        self.join = nn.ModuleList(nn.Sequential(*residuals(w, depth, kind)) for w in widths[:-1])

    def waist(self, x: Tensor) -> Tensor:
        """What happens at the coarsest level. (B, W, h, w) -> the same shape"""
        raise NotImplementedError

    def conditioned(self, x: Tensor, wish: Tensor | None, level: int) -> Tensor:
        """Features (B, W, h, w) of a level, conditioned on what is wanted."""
        return x

    def paint(self, image: Tensor, wish: Tensor | None = None) -> Tensor:
        """(B, channels, H, W) of any size -> (B, painted, H, W), float32."""
        height, width = image.shape[-2:]
        x = self.stem(to_multiple(image, self.multiple))
        skips = []
        for fine, narrower in zip(self.fine, self.down):
            x = fine(x)
            skips.append(x)
            x = narrower(x)
        x = self.waist(self.conditioned(x, wish, len(skips)))
        for level in reversed(range(len(skips))):
            x = self.join[level](self.conditioned(self.up[level](x) + skips[level], wish, level))
        painted: Tensor = self.head(x)
        return painted[..., :height, :width].float()
