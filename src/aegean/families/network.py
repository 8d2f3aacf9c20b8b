"""The size of the networks, common to several families."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal

from aegean.families.bounds import Count, Positive
from aegean.families.settings import Settings


@dataclass(frozen=True)
class NetworkConfig(Settings):
    """The size of the networks, common to all families."""

    needs: ClassVar[Mapping[str, tuple[str, Any]]] = {
        "hidden": ("network", "mlp"),
        **dict.fromkeys(("width", "growth", "depth"), ("network", "conv")),
    }

    network: Literal["conv", "mlp"] = "conv"
    """Residual convolutions, or the two tanh layers of the classic tables."""

    width: Positive = 32
    """Channels at half resolution; they grow with each further halving, up to four times (conv)."""

    growth: Positive = 2
    """Factor by which the channels grow (conv)."""

    depth: Count = 1
    """Residual blocks per resolution (conv)."""

    hidden: Positive = 200
    """Units per layer (mlp)."""

    @property
    def sizes(self) -> dict[str, Any]:
        """These alone, by name, as networks take them."""
        return {field.name: getattr(self, field.name) for field in fields(NetworkConfig)}
