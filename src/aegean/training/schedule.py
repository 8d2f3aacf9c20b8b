"""What happens at which step: pure functions of the step, so that a resumed run needs no memory of them."""

from __future__ import annotations

import hashlib
import math

import torch
from torch import Tensor

from aegean.families import TrainingConfig


def learning_rate(config: TrainingConfig, step: int) -> float:
    """Step size of step 0, 1 ...: a linear rise, then the schedule's fall to zero at `config.steps`."""
    warmup = config.warmup * config.steps
    if step < warmup:
        return config.learning_rate * (step + 1) / (warmup + 1)
    left = 1 - (step - warmup) / (config.steps - warmup)
    fall = {"constant": 1.0, "linear": left, "hold": min(1.0, 2 * left), "cosine": 0.5 - 0.5 * math.cos(math.pi * left)}
    return config.learning_rate * fall[config.schedule]


def seed_of(*parts: int | str) -> int:
    """A seed for torch's generators from any numbers and words, well mixed."""
    return int.from_bytes(hashlib.blake2b(repr(parts).encode(), digest_size=8).digest()) >> 1


class BatchOrder:
    """Which images are in which batch: a function of (seed, step). Each epoch is a fresh permutation of all images."""

    def __init__(self, count: int, batch_size: int, seed: int) -> None:
        self.count, self.batch_size, self.seed = count, batch_size, seed
        self.permutations: dict[int, Tensor] = {}  # of the epochs in use: one, or two where a batch straddles them

    def __call__(self, step: int) -> Tensor:
        """Indices (batch_size,) int64."""
        place = torch.arange(step * self.batch_size, (step + 1) * self.batch_size)
        epochs = place // self.count
        present = range(int(epochs[0]), int(epochs[-1]) + 1)
        self.permutations = {epoch: self._permutation(epoch) for epoch in present}
        parts = [self.permutations[epoch][place[epochs == epoch] % self.count] for epoch in present]
        return torch.cat(parts)

    def _permutation(self, epoch: int) -> Tensor:
        if epoch in self.permutations:
            return self.permutations[epoch]
        return torch.randperm(self.count, generator=torch.Generator().manual_seed(seed_of(self.seed, "epoch", epoch)))


class BalancedOrder:
    """Batches in which each attribute of `has` (N, E) has its turn: one image without it, one with it, and so on round.

    Of one attribute, half of each even batch has it. Each of the 2 E kinds has an order of its own. The pairs of a
    batch, and the two of a pair, come in random order: penalties look at the first images alone, and see all kinds.
    """

    def __init__(self, has: Tensor, batch_size: int, seed: int) -> None:
        self.batch_size, self.seed = batch_size, seed
        self.kinds = [(one == kind).nonzero()[:, 0] for one in has.T for kind in (0, 1)]
        self.orders = [BatchOrder(len(kind), 1, seed_of(seed, k)) for k, kind in enumerate(self.kinds)]

    def __call__(self, step: int) -> Tensor:
        """Indices (batch_size,) int64."""
        count, places = len(self.kinds), range(step * self.batch_size, (step + 1) * self.batch_size)
        indices = torch.cat([self.kinds[n % count][self.orders[n % count](n // count)] for n in places])
        half, mix = self.batch_size // 2, torch.Generator().manual_seed(seed_of(self.seed, "pairs", step))
        pairs = indices[: 2 * half].view(half, 2)[torch.randperm(half, generator=mix)]
        turned = torch.rand(half, 1, generator=mix) < 0.5
        return torch.cat([torch.where(turned, pairs.flip(1), pairs).flatten(), indices[2 * half :]])
