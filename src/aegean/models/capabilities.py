"""What a model can do. Nothing is ever asked for by class name: the command line, the report and the tests ask
`isinstance(model, Samples)` and so on.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, NamedTuple

import torch
from torch import Tensor

from aegean.data.types import Batch


class Samples(ABC):
    """Makes new images."""

    @abstractmethod
    def noise(self, count: int, seed: int) -> Tensor:
        """`count` draws of the noise that `sample` takes, the same for the same seed on every device. (B, Z)"""

    @abstractmethod
    def sample(self, noise: Tensor, label: Tensor | None = None) -> Tensor:
        """Images (B, C, H, W) in [-1, 1] from noise (B, Z) and, for conditional models, labels (B,) int64."""


class Conditional(ABC):
    """Marks a model whose `sample`, `encode` and `decode` take a label."""


class Encodes(ABC):
    """Maps images to latent codes and back."""

    @abstractmethod
    def encode(self, image: Tensor, label: Tensor | None = None) -> Tensor:
        """(B, C, H, W) -> (B, Z), deterministic: the mean where the code is random."""

    @abstractmethod
    def decode(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        """(B, Z) -> (B, C, H, W) in [-1, 1]."""


class EncodesMaps(Encodes):
    """Its codes are small maps, laid out flat: what a flow can learn the distribution of."""

    @property
    @abstractmethod
    def code_shape(self) -> tuple[int, int, int]:
        """(C, H, W) of a code, C H W = Z; its numbers have a mean square of about 1."""


class Damage(NamedTuple):
    """A restorer's task."""

    damaged: Tensor  # (B, C, H, W)
    missing: Tensor | None  # (B, 1, H, W), 1 where it is missing; None: nothing is hidden
    clean: Tensor  # (B, C, H, W)


class Restores(ABC):
    """Undoes damage: noise, or a missing region."""

    @property
    def reach(self) -> int | None:
        """Pixels around a pixel that its restoration depends on; None: only the training set's size can be restored."""
        return None

    @abstractmethod
    def corrupt(self, image: Tensor, seed: int) -> Tensor:
        """The damage that this model was trained to undo, the same for the same seed. (B, C, H, W)"""

    def missing(self, image: Tensor, seed: int) -> Tensor | None:
        """What `corrupt` of the same seed hides: (B, 1, H, W), 1 where it is missing; None where nothing is hidden."""
        return None

    def damage(self, batch: Batch, seed: int) -> Damage:
        """What to restore, and what should come of it: of pairs, as they are; else the damage of `corrupt`."""
        if batch.target is not None:
            return Damage(batch.image, None, batch.target)
        return Damage(self.corrupt(batch.image, seed), self.missing(batch.image, seed), batch.image)

    @property
    def fills_holes(self) -> bool:
        """Whether the damage is a missing region."""
        return self.missing(torch.zeros(1, 1, 8, 8), 0) is not None

    @property
    def told_noise(self) -> bool:
        """Whether `restore` also takes `sigma`, of 255, and then removes noise of that strength."""
        return False

    @property
    def damage_settings(self) -> dict[str, Any]:
        """What `corrupt` does, as every figure of a restoration must say."""
        return {}

    @property
    def one_hole(self) -> bool:
        """Whether it was trained on one hole alone, that of `missing`, and knows no other."""
        return False

    @abstractmethod
    def restore(self, image: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, C, H, W) damaged -> (B, C, H, W) restored, in [-1, 1]; `mask` (B, 1, H, W) is 1 where it is missing."""


class Translates(ABC):
    """Turns images of one domain into another, of any size. The domains are `a`, that of `Batch.image`, and `b`."""

    @property
    def both_ways(self) -> bool:
        """Whether it also translates from b to a."""
        return True

    @property
    def directions(self) -> tuple[str, ...]:
        """The domains that it translates to."""
        return ("a", "b") if self.both_ways else ("b",)

    def pair(self, batch: Batch) -> tuple[Tensor, Tensor] | None:
        """What goes in (B, C, H, W) and what is wanted of it (B, C', kH, kW), of models that learn from pairs."""
        return None

    @property
    @abstractmethod
    def reach(self) -> int:
        """Pixels around a pixel that its translation depends on, but for the statistics of the whole image."""

    @abstractmethod
    def translate(self, image: Tensor, direction: str) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W) in [-1, 1]; `direction` is the domain wanted: `a` or `b`."""


class Density(ABC):
    """Gives images a probability (a bound on it): what an ELBO or IWAE estimate is made from. All in nats."""

    @property
    def variational(self) -> bool:
        """Whether codes are random, so that there is a rate to pay; else every image has one code."""
        return True

    @property
    def of_images(self) -> bool:
        """Whether it is images that are given a probability, not codes of them."""
        return True

    @property
    @abstractmethod
    def discrete(self) -> bool:
        """Whether the likelihood is a probability of pixel values, so that bits per dimension mean something."""

    @property
    def likelihood_settings(self) -> dict[str, Any]:
        """Which likelihood it is, as every figure must say: two of different kinds cannot be compared."""
        return {}

    @abstractmethod
    def target(self, image: Tensor, seed: int | None = None) -> Tensor:
        """What is explained: the image, or its random binarisation (the same for the same seed). (B, C, H, W)"""

    @abstractmethod
    def bound(self, target: Tensor, label: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """One draw of z: distortion -log p(x|z) (B,) and rate KL(q(z|x) || p(z)) (B,); their sum is -ELBO."""

    @abstractmethod
    def log_weights(self, target: Tensor, count: int, label: Tensor | None = None) -> Tensor:
        """log p(x, z_i) - log q(z_i | x) for `count` draws z_i ~ q(z | x). (count, B)"""


class Classifies(ABC):
    """Says what is in an image."""

    @abstractmethod
    def log_probabilities(self, image: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, K), normalised."""

    @abstractmethod
    def features(self, image: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, F), before the last linear layer."""


class Edits(ABC):
    """Changes named attributes of what an image shows, and nothing else."""

    @property
    @abstractmethod
    def editable(self) -> tuple[str, ...]:
        """The names of the attributes that it changes."""

    @abstractmethod
    def edit(self, image: Tensor, changes: Tensor) -> Tensor:
        """(B, C, H, W), (B, E) in the order of `editable` -> (B, C, H, W) in [-1, 1].

        1 adds an attribute, -1 removes it, 0 leaves it as it is; between: partly; beyond: exaggerated.
        """


class ClassifiesAttributes(ABC):
    """Says which attributes the things in an image have."""

    @abstractmethod
    def attribute_probabilities(self, image: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, A), each by itself, in the order of the data's attributes."""

    @abstractmethod
    def features(self, image: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, F), before the last linear layer."""
