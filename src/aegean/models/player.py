"""A model is a game of players: each changes its own networks so as to lower its own loss."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from aegean.data.types import Batch
from aegean.networks import ImagePool

Loss = Callable[[Batch], tuple[Tensor, dict[str, Tensor]]]


@dataclass(frozen=True)
class Player:
    """One side of the game: changes `networks` so as to lower `loss`."""

    name: str
    networks: Sequence[nn.Module]
    loss: Loss  # -> what is lowered (a scalar), what is logged (scalars, by name)
    turns: int = 1  # moves per round


class Model(nn.Module, ABC):
    """Networks and the players that change them. Subclasses are built as `Family(config, spec)`."""

    balanced: Sequence[int] = ()  # places of attributes: training batches shall have as many images with as without

    @classmethod
    def variant(cls, config: Any) -> type[Model]:
        """The class of a model of these settings: this one, or one that can more."""
        return cls

    @abstractmethod
    def players(self) -> Sequence[Player]:
        """The players in the order in which they move."""

    @property
    def borrowed(self) -> Model | None:
        """A part of it that another run has trained and that is not changed any more: it works in its codes."""
        return None

    @property
    def remembered(self) -> set[str]:
        """Names of the tensors, such as a pool of images made before, that only further training needs: no weights."""
        pools = [(name, part) for name, part in self.named_modules() if isinstance(part, ImagePool)]
        return {f"{name}.{tensor}" for name, part in pools for tensor in part.state_dict()}
