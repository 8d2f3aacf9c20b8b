"""Attribute editor (Shen & Liu 2017, arXiv:1612.05363): one network adds an attribute, one removes it.

    x0: without        x1: with        G0: x0 + r0(x0), adds        G1: x1 + r1(x1), removes        r: residual images
    D: x -> p(real without), p(real with), p(generated)

    discriminator lowers  -log p_0(x0) - log p_1(x1) - log p_2(G0(x0)) - log p_2(G1(x1))  + gamma / 2 |dD/dx|^2
    translators lower     -log p_1(G0(x0)) - log p_0(G1(x1))                              be taken for the other kind
                        + dual   (-log p_0(G1(G0(x0))) - log p_1(G0(G1(x1))))             and there is a way back
                        + alpha  (|r0| + |r1|)                                            change no more than needed
                        + beta   (|h(G0(x0)) - h(x0)| + |h(G1(x1)) - h(x1)|)              h: features of D

Half of each batch has the attribute, so that a rare one is learned too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aegean.data.types import Batch, DataSpec
from aegean.errors import InputError
from aegean.families.attribute_editor import AttributeEditorConfig
from aegean.losses import logits_and_penalty
from aegean.models.adversary import Handed, penalty_share, with_penalty
from aegean.models.capabilities import Edits
from aegean.models.multi_attribute_editor import selected
from aegean.models.player import Model, Player
from aegean.networks import Editor, Encoder, frozen
from aegean.sizes import Size

GENERATED = 2  # the third kind; 0 is real without, 1 is real with the attribute


class ThreeWay(nn.Module):
    """Image (B, C, H, W) -> logits of the three kinds (B, 3), and the features (B, F) that they are read from."""

    FEATURES = 128

    def __init__(self, channels: int, size: Size, **sizes: Any) -> None:
        super().__init__()
        self.features = Encoder(channels, size, self.FEATURES, **sizes)
        self.linear = nn.Linear(self.FEATURES, 3)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """(B, C, H, W) -> (B, 3), (B, F), float32."""
        features = self.features(image)
        return self.linear(F.silu(features)).float(), features


def is_kind(logits: Tensor, kind: int) -> Tensor:
    """-log p_kind, mean over images. (B, 3) -> ()"""
    return -logits.log_softmax(1)[:, kind].mean()


def realness(output: tuple[Tensor, Tensor]) -> Tensor:
    """How real, whatever the kind, by the output of a `ThreeWay`: (B, 3), (B, F) -> (B,)"""
    logits, _ = output
    return logits[:, :GENERATED].logsumexp(1) - logits[:, GENERATED]


class AttributeEditor(Model, Edits):
    """Two translators, one team; and a discriminator."""

    def __init__(self, config: AttributeEditorConfig, spec: DataSpec) -> None:
        super().__init__()
        place = selected([config.attribute], spec)
        if len(place) != 1:
            raise InputError(f"an attribute_editor changes one attribute: --attribute, of {', '.join(spec.attributes)}")
        self.config = config
        (self.place,) = place
        self.balanced = [self.place]
        self.name = spec.attributes[self.place]
        sizes: dict[str, Any] = {"width": config.width, "growth": config.growth, "depth": config.depth}
        self.adds, self.removes = (
            Editor(spec.channels, spec.size, **sizes, attributes=0, smooth=config.smooth) for _ in range(2)
        )
        self.discriminator = ThreeWay(spec.channels, spec.size, **sizes)
        self.handed = Handed[tuple[Tensor, Tensor, Tensor, Tensor]]()  # halves and residuals, for the translators' move

    @property
    def editable(self) -> tuple[str, ...]:
        """One attribute."""
        return (self.name,)

    def players(self) -> Sequence[Player]:
        """The discriminator moves first."""
        return [
            Player("discriminator", [self.discriminator], self.discriminator_loss),
            Player("translators", [self.adds, self.removes], self.translators_loss),
        ]

    def discriminator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Tell the three kinds apart; what is made here serves the translators' own move as well."""
        made = without, having, r0, r1 = self.residuals(batch)
        self.handed.put(batch, made)
        added, removed = (without + r0).detach(), (having + r1).detach()
        (gamma, _), every = penalty_share(self.config, len(without), self.training)
        (is_without, _), r1_without = logits_and_penalty(self.discriminator, without, gamma, every, critic=realness)
        (is_with, _), r1_with = logits_and_penalty(self.discriminator, having, gamma, every, critic=realness)
        penalty = 0.5 * (r1_without + r1_with)
        is_made, _ = self.discriminator(torch.cat([added, removed]))
        loss = is_kind(is_without, 0) + is_kind(is_with, 1) + 2 * is_kind(is_made, GENERATED)
        with torch.no_grad():
            terms = {
                "accuracy_without": (is_without.argmax(1) == 0).float().mean(),
                "accuracy_with": (is_with.argmax(1) == 1).float().mean(),
                "accuracy_generated": (is_made.argmax(1) == GENERATED).float().mean(),
            }
        return with_penalty(self.config, loss, terms, penalty)

    def translators_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Be taken for the other kind, there and back, by a small residual image."""
        config = self.config
        without, having, r0, r1 = self.handed.take(batch) or self.residuals(batch)
        added, removed = without + r0, having + r1
        home = torch.cat([added + self.removes(added)[:, 0], removed + self.adds(removed)[:, 0]])
        with frozen(self.discriminator):
            logits, features = self.discriminator(torch.cat([added, removed]))
            home_logits, _ = self.discriminator(home)
            with torch.no_grad():
                _, before = self.discriminator(torch.cat([without, having]))
        (is_added, is_removed), (home_without, home_with) = logits.chunk(2), home_logits.chunk(2)
        terms = {
            "adversarial": is_kind(is_added, 1) + is_kind(is_removed, 0),
            "dual": is_kind(home_without, 0) + is_kind(home_with, 1),
            "sparse": r0.abs().mean() + r1.abs().mean(),
            "perceptual": 2 * (features - before).abs().mean(),  # of both
        }
        loss = terms["adversarial"] + config.dual * terms["dual"]
        return loss + config.sparse * terms["sparse"] + config.perceptual * terms["perceptual"], terms

    def residuals(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Images without the attribute and with it, and what is added to each to change that. (B / 2, C, H, W) each"""
        without, having = self.halves(batch)
        return without, having, self.adds(without)[:, 0], self.removes(having)[:, 0]

    def halves(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Equally many images with and without the attribute, as in training batches; of others they are drawn."""
        if batch.attributes is None:
            raise InputError("these images have no attributes, which an attribute_editor needs")
        has, count = batch.attributes[:, self.place], max(1, len(batch.image) // 2)
        if self.training:
            order = has.argsort(stable=True)
            return batch.image[order[:count]], batch.image[order[-count:]]

        def some(chance: Tensor) -> Tensor:
            return batch.image[torch.multinomial(chance + 1e-6, count, replacement=True)]

        return some(1 - has), some(has)

    def edit(self, image: Tensor, changes: Tensor) -> Tensor:
        """(B, C, H, W), (B, 1) -> (B, C, H, W); changes between -1 and 1 scale the residual image."""
        change = changes[:, :, None, None]  #                                                     (B, 1, 1, 1)
        adds, removes = self.adds(image)[:, 0], self.removes(image)[:, 0]
        return (image + torch.where(change > 0, adds, removes) * change.abs()).clamp(-1, 1)
