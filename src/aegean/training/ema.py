"""The exponential moving average of a model: parameters and buffers."""

from __future__ import annotations

import copy

import torch
from torch import Tensor

from aegean.models.player import Model


class EMA:
    """A second model whose weights follow the first one's; it is what samples and is measured."""

    def __init__(self, model: Model, decay: float) -> None:
        self.decay = decay
        self.model: Model = copy.deepcopy(model).eval().requires_grad_(False)
        self.pairs = list(zip(self.model.state_dict().values(), model.state_dict().values(), strict=True))
        self.slow: list[Tensor] = [slow for slow, _ in self.pairs if slow.is_floating_point()]
        self.fast: list[Tensor] = [fast for _, fast in self.pairs if fast.is_floating_point()]

    @torch.no_grad()
    def update(self, step: int) -> None:
        """After step 0, 1 ...; early in the run the average is over the run so far, so that it does not lag."""
        decay = min(self.decay, (1 + step) / (10 + step))
        torch._foreach_lerp_(self.slow, self.fast, 1 - decay)
        for slow, fast in self.pairs:
            if not slow.is_floating_point():
                slow.copy_(fast)
