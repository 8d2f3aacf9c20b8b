"""What edits faces: a U-Net that paints residual images, and a discriminator that also sees attributes."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from aegean.config.families import NetworkConfig
from aegean.networks.autoencoding import Encoder, plan
from aegean.networks.blocks import down, head, norm, residuals, stem, up


class Editor(nn.Module):
    """Image (B, C, H, W) and the changes wanted (B, A) -> a residual image each, (B, A, C, H, W), float32.

    The changes enter at the waist and at each level on the way up, as a learned vector per attribute times what is
    asked of it: -1, 0 or 1. With `attributes` 0 there is nothing to ask for, and one residual image.
    """

    def __init__(self, channels: int, size: int, width: int, growth: int, depth: int, attributes: int) -> None:
        super().__init__()
        _, widths = plan(size, width, growth)
        self.multiple, self.count = 2 ** len(widths), max(1, attributes)
        self.stem = stem(channels, widths[0])
        self.fine = nn.ModuleList(nn.Sequential(*residuals(w, depth)) for w in widths[:-1])
        self.down = nn.ModuleList(down(a, b) for a, b in zip(widths, widths[1:]))
        self.coarse = nn.Sequential(*residuals(widths[-1], 2 * depth, "layer"))
        self.up = nn.ModuleList(up(b, a) for a, b in zip(widths, widths[1:]))
        self.join = nn.ModuleList(nn.Sequential(*residuals(w, depth, "layer")) for w in widths[:-1])
        self.wish = nn.ModuleList(nn.Linear(attributes, w, bias=False) for w in widths) if attributes else None
        self.head = nn.Sequential(norm("layer", widths[0]), head(widths[0], channels * self.count))
        for weight in self.head[-1].parameters():  # an editor begins by changing little
            nn.init.normal_(weight, std=0.003)

    def forward(self, image: Tensor, change: Tensor | None = None) -> Tensor:
        """(B, C, H, W), (B, A) -> (B, A, C, H, W)."""
        height, width = image.shape[-2:]
        padding = (0, -width % self.multiple, 0, -height % self.multiple)
        x = self.stem(F.pad(image, padding, mode="replicate") if any(padding) else image)
        skips = []
        for fine, narrower in zip(self.fine, self.down):
            x = fine(x)
            skips.append(x)
            x = narrower(x)
        x = self.coarse(self.ask(x, change, len(skips)))
        for level in reversed(range(len(skips))):
            x = self.join[level](self.ask(self.up[level](x) + skips[level], change, level))
        painted: Tensor = self.head(x)
        return painted[..., :height, :width].float().unflatten(1, (self.count, -1))

    def ask(self, features: Tensor, change: Tensor | None, level: int) -> Tensor:
        """Add what is wanted to the features (B, W, h, w) of a level."""
        if self.wish is None:
            return features
        shift: Tensor = self.wish[level](change)
        return features + shift[:, :, None, None]


class AttributeDiscriminator(nn.Module):
    """Image (B, C, S, S) and what it is said to have (B, A) in -1, 1 -> logit (B,), and logits of attributes (B, N).

    What is said enters by projection (Miyato & Koyama 2018): logit = (w + sum_k a_k v_k / A) . h(x).
    """

    FEATURES = 128

    def __init__(self, config: NetworkConfig, channels: int, size: int, said: int, attributes: int) -> None:
        super().__init__()
        self.features = Encoder(config, channels, size, self.FEATURES)
        self.linear = nn.Linear(self.FEATURES, 1)
        self.projection = nn.Linear(self.FEATURES, said, bias=False)
        self.attributes = nn.Linear(self.FEATURES, attributes)

    def forward(self, image: Tensor, said: Tensor) -> tuple[Tensor, Tensor]:
        """(B, C, S, S), (B, A) -> (B,), (B, N), float32."""
        features = F.silu(self.features(image))  #                                                (B, F)
        logit = self.linear(features)[:, 0] + (self.projection(features) * said).mean(1)
        return logit.float(), self.attributes(features).float()
