"""What edits faces: a U-Net that paints residual images or layers, and a discriminator that also sees attributes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aegean.networks.autoencoding import Encoder, plan
from aegean.networks.blocks import Smooth, norm, residuals
from aegean.networks.unet import UNet
from aegean.sizes import Size

COVER = -2.0  # added to the logit of a layer: an editor begins by covering little


class Editor(UNet):
    """Image (B, C, H, W) and the changes wanted (B, A) -> a residual image each, (B, A, C, H, W), float32.

    The changes enter at the waist and at each level on the way up, as a learned vector per attribute times what is
    asked of it: -1, 0 or 1. With `attributes` 0 there is nothing to ask for, and one residual image.

    With `layers` it paints a picture each instead, and after its channels the logit of how far it covers what is
    there, (B, A, C + 1, H, W): a hat hides what is under it, whatever that is, which a residual image must cancel.

    What it paints is smoothed, or a pattern of two pixels is the first thing that fools the discriminator; a `smooth`
    one's features are, too, each time they are enlarged, or a weave of four and eight is the next.
    """

    def __init__(
        self,
        channels: int,
        size: Size | int,
        width: int,
        growth: int,
        depth: int,
        attributes: int,
        layers: bool = False,
        smooth: bool = False,
    ) -> None:
        _, widths = plan(Size.of(size), width, growth)
        count = max(1, attributes)
        super().__init__(channels, (channels + layers) * count, widths, depth, "layer", smooth)
        self.count = count
        self.coarse = nn.Sequential(*residuals(widths[-1], 2 * depth, "layer"))
        self.wish = nn.ModuleList(nn.Linear(attributes, w, bias=False) for w in widths) if attributes else None
        for weight in self.head[-2].parameters():  # an editor begins by changing little
            nn.init.normal_(weight, std=0.003)
        self.head.insert(0, norm("layer", widths[0]))
        self.head.append(Smooth())

    def waist(self, x: Tensor) -> Tensor:
        """More residual blocks."""
        return self.coarse(x)

    def conditioned(self, x: Tensor, wish: Tensor | None, level: int) -> Tensor:
        """What is wanted is added to each pixel's features."""
        if self.wish is None:
            return x
        shift: Tensor = self.wish[level](wish)
        return x + shift[:, :, None, None]

    def forward(self, image: Tensor, change: Tensor | None = None) -> Tensor:
        """(B, C, H, W), (B, A) -> (B, A, C, H, W), or (B, A, C + 1, H, W)."""
        return self.paint(image, change).unflatten(1, (self.count, -1))


def laid(image: Tensor, painted: Tensor, amount: Tensor) -> Tensor:
    """The image (B, C, H, W) with so much of each that an `Editor` painted, of layers one over the other.

    Painted: residual images (B, A, C, H, W), or layers (B, A, C + 1, H, W); amounts (B, A).
    """
    amount = amount[:, :, None, None, None]
    if painted.shape[2] == image.shape[1]:
        return image + (amount * painted).sum(1)
    picture, cover = painted.split([painted.shape[2] - 1, 1], dim=2)
    cover = amount * (cover + COVER).sigmoid()
    for layer, part in zip(picture.unbind(1), cover.unbind(1)):  # indexing would cost a picture of zeros each
        image = torch.lerp(image, layer, part)
    return image


class AttributeDiscriminator(nn.Module):
    """Image (B, C, H, W), attributes claimed of it (B, A) in -1, 1 -> logit (B,), and logits of attributes (B, N).

    What is claimed enters by projection (Miyato & Koyama 2018): logit = (w + sum_k a_k v_k / A) . h(x).
    """

    FEATURES = 128

    def __init__(self, channels: int, size: Size | int, claims: int, attributes: int, **sizes: Any) -> None:
        """`sizes`: those of an `Encoder`."""
        super().__init__()
        self.features = Encoder(channels, size, self.FEATURES, **sizes)
        self.linear = nn.Linear(self.FEATURES, 1)
        self.projection = nn.Linear(self.FEATURES, claims, bias=False)
        self.attributes = nn.Linear(self.FEATURES, attributes)

    def forward(self, image: Tensor, claimed: Tensor) -> tuple[Tensor, Tensor]:
        """(B, C, H, W), (B, A) -> (B,), (B, N), float32."""
        features = F.silu(self.features(image))  #                                                (B, F)
        logit = self.linear(features)[:, 0] + (self.projection(features) * claimed).mean(1)
        return logit.float(), self.attributes(features).float()
