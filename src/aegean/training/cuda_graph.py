"""A round of the game, recorded once as a CUDA graph and played again from then on.

On a GPU small networks wait for their launches, some thousands a round, and not for the arithmetic. Recorded, a round
is launched as a whole. What differs from round to round lies where the record looks for it: the batches, the learning
rate, and the seed of the noise, which is set anew before each round.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

from aegean.data.types import Batch

Moves = Callable[[Sequence[Batch], Tensor], dict[str, Tensor]]  # batches, learning rate () -> what was logged, () each
BEFORE = 3  # rounds played as they are: optimisers get their moments, libraries choose their kernels
WAITED = "called a synchronizing CUDA operation"  # what torch warns of, if asked to


class CudaGraphRound:
    """Plays rounds by `moves`: a few as they are, then by the record.

    A round in which the host draws random numbers or waits for the device may go another way each time: it is never
    recorded.
    """

    def __init__(self, moves: Moves, device: torch.device) -> None:
        self.moves, self.played, self.hosted = moves, 0, False
        self.rate = torch.zeros((), device=device)
        self.graph: torch.cuda.CUDAGraph | None = None
        self.batches: list[Batch] = []
        self.names: list[str] = []
        self.logged: Tensor | None = None

    def __call__(self, batches: Sequence[Batch], rate: float) -> dict[str, Tensor]:
        """One round. -> what was logged, scalars by name."""
        self.rate.fill_(rate)
        self.played += 1
        if self.played <= BEFORE:
            return self._watched(batches)
        if self.hosted:
            return self.moves(batches, self.rate)
        if self.graph is None:
            self.graph = self._record(batches)
        for mine, given in zip(self.batches, batches):
            for old, new in zip(mine, given):
                if old is not None and new is not None:
                    old.copy_(new)
        self.graph.replay()
        assert self.logged is not None
        return dict(zip(self.names, self.logged.clone().unbind()))

    def _watched(self, batches: Sequence[Batch]) -> dict[str, Tensor]:
        """A round as it is; whether the host has to do with it is noted: the last such round tells."""
        before = torch.random.get_rng_state()
        with warnings.catch_warnings(record=True) as told, _waits_told(self.rate.device):
            warnings.simplefilter("always")
            logged = self.moves(batches, self.rate)
        waited = any(WAITED in str(each.message) for each in told)  # the first rounds may, over what is made once
        self.hosted = waited or not torch.equal(before, torch.random.get_rng_state())
        return logged

    def _record(self, batches: Sequence[Batch]) -> torch.cuda.CUDAGraph:
        """The graph of a round, which is not played by this."""
        self.batches = [Batch._make(None if each is None else each.clone() for each in batch) for batch in batches]
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            logged = self.moves(self.batches, self.rate)
            self.logged = torch.stack([value.float() for value in logged.values()])
        self.names = list(logged)
        return graph


@contextmanager
def _waits_told(device: torch.device) -> Iterator[None]:
    """Inside, torch warns where the host waits for the device."""
    if device.type != "cuda":
        yield
        return
    before = torch.cuda.get_sync_debug_mode()
    torch.cuda.set_sync_debug_mode("warn")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode(before)
