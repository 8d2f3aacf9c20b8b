"""Multi-attribute editor: glasses on, beard off, both at once (AttGAN, arXiv:1711.10678; STGAN, arXiv:1904.09709).

    d in {-1, 0, 1}^E     the change wanted         x' = x + sum_k |d_k| r_k(x, d)      r_k: the residual image of one
    editor lowers         -D(x', a + d)                         be taken for real, patch by patch, given its attributes
                        + classify  -log q(a + d | x')          and have the attributes wanted
                        + keep      |x - edit(x, as it is)|     what is there already is not added
                        + back      |x - edit(x', -d)|          and there is a way back
                        + sparse    |x' - x|                    means over pixels in [-1, 1]
    discriminator lowers  (1 - D(x, a))+ + (1 + D(x', a + d))+ - log q(a | x)
                        + gamma / 2 (|dD/dx|^2 + |dD/dx'|^2)    where it sees pixels, not features

Or each attribute has a layer of its own that covers what is there, one over the other: x + |d_k| m_k (p_k - x).

As in STGAN the editor is told the difference of attributes, not the attributes: it need not know those that stay. What
is not asked for has no residual image and no layer: an edit of nothing is exactly that. q sees all attributes of the
data, also those that are not edited, so that they stay; log q is a mean over those edited plus a mean over the others.
Some of these may be free to change along in the editor's: who is given a beard has a goatee, a moustache or stubble.
Each image of a batch is there for one of the attributes edited, without it or with it, so that a rare one is learned
too.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from aegean.data.types import Batch, DataSpec
from aegean.errors import InputError, did_you_mean
from aegean.families.multi_attribute_editor import MultiAttributeEditorConfig
from aegean.losses import logits_and_penalty
from aegean.models.adversary import Adversary, build_discriminator, penalty_share
from aegean.models.capabilities import Edits
from aegean.models.player import Model, Player
from aegean.networks import AttributeDiscriminator, Editor, FeatureAttributeDiscriminator, frozen, laid


def selected(names: Sequence[str], spec: DataSpec) -> list[int]:
    """The places among the data's attributes of those named, also with commas between; all where none is."""
    if not spec.attributes:
        raise InputError(f"{spec.name} has no attributes, which an editor needs")
    wanted = [name for word in names for name in word.split(",") if name] or list(spec.attributes)
    for name in wanted:
        if name not in spec.attributes:
            raise InputError(f"{spec.name} has no attribute {name!r}.{did_you_mean(name, list(spec.attributes))}")
    return [spec.attributes.index(name) for name in dict.fromkeys(wanted)]


def draw_changes(has: Tensor) -> Tensor:
    """Changes -1, 0 or 1 to faces that have, or have not, (B, E) in 0, 1: for one half, one attribute is switched.

    The other half gets the attributes of another face, which differ in several and go together as they really do.
    """
    batch, count = has.shape
    one = F.one_hot(torch.randint(count, (batch,), device=has.device), count)
    switched = (has - one).abs()
    other = has[torch.randperm(batch, device=has.device)]
    single = torch.rand(batch, 1, device=has.device) < 0.5
    return torch.where(single, switched, other) - has


class MultiAttributeEditor(Model, Edits):
    """Editor, discriminator, and a player for each."""

    def __init__(self, config: MultiAttributeEditorConfig, spec: DataSpec) -> None:
        super().__init__()
        self.config, self.game = config, Adversary(config)
        place = self.balanced = selected(config.attributes, spec)
        self.names = tuple(spec.attributes[k] for k in place)
        free = selected(config.free, spec) if config.free else []
        if both := [spec.attributes[k] for k in free if k in place]:
            raise InputError(f"--free {both[0]}: it is edited itself; --attributes names those edited, by default all")
        rest = [k for k in range(len(spec.attributes)) if k not in place]
        self.place: Tensor  # among all attributes; the others; those of them that shall stay
        self.rest: Tensor
        self.kept: Tensor
        for name, places in (("place", place), ("rest", rest), ("kept", [k for k in rest if k not in free])):
            self.register_buffer(name, torch.tensor(places, dtype=torch.long), persistent=False)
        sizes: dict[str, Any] = {"width": config.width, "growth": config.growth, "depth": config.depth}
        counts = {"claims": len(place), "attributes": len(spec.attributes)}
        self.editor = Editor(
            *(spec.channels, spec.size),
            **sizes,
            attributes=len(place),
            layers=config.paints == "layers",
            smooth=config.smooth,
        )
        self.discriminator = build_discriminator(
            config,
            lambda: AttributeDiscriminator(spec.channels, spec.size, **counts, **sizes),
            FeatureAttributeDiscriminator,
            **counts,
        )

    @property
    def editable(self) -> tuple[str, ...]:
        """Those of `--attributes`."""
        return self.names

    def players(self) -> Sequence[Player]:
        """The discriminator moves first."""
        self.game.check()
        return [
            Player("discriminator", [self.discriminator], self.discriminator_loss),
            Player("editor", [self.editor], self.editor_loss),
        ]

    def changed(self, image: Tensor, change: Tensor) -> Tensor:
        """x + sum_k |d_k| r_k(x, sign d), or so much of the layers. (B, C, H, W), (B, E) -> (B, C, H, W)"""
        return laid(image, self.editor(image, change.sign()), change.abs())

    def discriminator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Tell edited faces from real ones of the same attributes, and learn to see attributes."""
        attributes, has = self.known(batch)
        with torch.no_grad():
            change = draw_changes(has)
            edited = self.changed(batch.image, change)

        def sure(output: tuple[Tensor, Tensor]) -> Tensor:
            logit, seen = output
            return logit + self.both((2 * attributes[: len(seen)] - 1) * seen, self.rest)

        (r1, r2), every = penalty_share(self.config, len(edited), self.training)
        (real_logit, seen), at_real = logits_and_penalty(
            self.discriminator, batch.image, r1, every, [2 * has - 1], sure
        )
        (fake_logit, _), at_fake = logits_and_penalty(
            self.discriminator, edited, r2, every, [2 * (has + change) - 1], itemgetter(0)
        )
        loss, terms = self.game.judged(real_logit, fake_logit, at_real + at_fake)
        recognised = self.surprise(seen, attributes, self.rest)
        return loss + recognised, terms | {"recognised": recognised}

    def editor_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Look real with the attributes wanted, and change nothing else."""
        config, (attributes, has) = self.config, self.known(batch)
        change = draw_changes(has)
        wanted = attributes.index_add(1, self.place, change)
        some = torch.randint(2, has.shape, device=has.device) * torch.randint(2, has[:, :1].shape, device=has.device)
        asked = torch.where(change == 0, some * (2 * has - 1), change)  # of half the faces also what is there already
        painted = self.editor(batch.image, asked)
        edited = laid(batch.image, painted, change.abs())
        there = laid(batch.image, painted, asked.abs() * (change == 0))
        with frozen(self.discriminator):
            fake_logit, seen = self.discriminator(edited, 2 * (has + change) - 1)
        terms = {
            "adversarial": self.game.generator_loss(
                fake_logit, lambda: self.discriminator(batch.image, 2 * has - 1)[0]
            ),
            "classify": self.surprise(seen, wanted, self.kept),
            "keep": (there - batch.image).abs().mean(),
            "sparse": (edited - batch.image).abs().mean(),
        }
        loss = terms["adversarial"] + config.classify * terms["classify"]
        loss = loss + config.keep * terms["keep"] + config.sparse * terms["sparse"]
        if config.back:
            terms["back"] = (self.changed(edited, -change) - batch.image).abs().mean()
            loss = loss + config.back * terms["back"]
        return loss, terms

    def surprise(self, seen: Tensor, attributes: Tensor, others: Tensor) -> Tensor:
        """-log q(attributes | image), a mean over images. Logits (B, A), (B, A) in 0, 1, places -> ()"""
        return self.both(F.binary_cross_entropy_with_logits(seen, attributes, reduction="none"), others).mean()

    def both(self, values: Tensor, others: Tensor) -> Tensor:
        """The mean over the attributes edited and that over `others`: few are not lost among many. (B, A) -> (B,)"""
        edited, rest = values[:, self.place], values[:, others]
        return edited.mean(1) + (rest.mean(1) if rest.shape[1] else 0.0)

    def known(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """All attributes of the images (B, A), and those that are edited (B, E), in 0, 1."""
        if batch.attributes is None:
            raise InputError("these images have no attributes, which a multi_attribute_editor needs")
        return batch.attributes, batch.attributes[:, self.place]

    def edit(self, image: Tensor, changes: Tensor) -> Tensor:
        """(B, C, H, W), (B, E) -> (B, C, H, W)."""
        return self.changed(image, changes).clamp(-1, 1)
