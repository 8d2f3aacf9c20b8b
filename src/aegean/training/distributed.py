"""One process or many: `torchrun --nproc-per-node N -m aegean train ...` plays the same game N times as fast.

With one process nothing of accelerate is imported, so that the hot loop does not pay for it.
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor

from aegean.device import pick_device
from aegean.errors import InputError
from aegean.families import TrainingConfig


class Distributed:
    """This process among all that train together."""

    def __init__(self, training: TrainingConfig) -> None:
        self.count = int(os.environ.get("WORLD_SIZE", "1"))
        self.index = int(os.environ.get("RANK", "0"))
        self.device = pick_device(training.device)
        if self.count == 1:
            return
        if training.batch_size % self.count:
            raise InputError(f"--batch-size {training.batch_size} cannot be shared among {self.count} processes evenly")
        try:
            from accelerate import Accelerator
        except ImportError:
            raise InputError("several processes need accelerate: pip install 'aegean[distributed]'") from None
        # Optimisers import this at their first step; imported while a group is open (torch 2.13), it keeps the group's
        # threads alive past `finish`, and now and then one of them aborts the process on its way out.
        import torch._dynamo  # noqa: F401

        self.accelerator = Accelerator(cpu=self.device.type == "cpu")
        self.device = self.accelerator.device

    @property
    def first(self) -> bool:
        """Whether this is the process that writes."""
        return self.index == 0

    def average(self, gradients: list[Tensor]) -> None:
        """Replace this process's gradients by the mean over the processes, in one message."""
        if self.count == 1:
            return
        joined = self.accelerator.reduce(torch.cat([g.flatten() for g in gradients]), reduction="mean")
        parts = joined.split([g.numel() for g in gradients])
        torch._foreach_copy_(gradients, [part.view_as(g) for part, g in zip(parts, gradients)])

    def share(self, index: Tensor, pairs: bool = False) -> Tensor:
        """This process's part of a batch, dealt out in turn, so that all shares' first images are the batch's first.

        With `pairs` two at a time: a balanced batch is made of pairs, an image without an attribute and one with it.
        """
        if self.count == 1 or not pairs:
            return index[self.index :: self.count]
        return index.unflatten(0, (-1, 2))[self.index :: self.count].flatten()

    def first_alone(self) -> AbstractContextManager[Any]:
        """In it the first process goes ahead of the others: what it decodes and caches, they find."""
        return nullcontext() if self.count == 1 else self.accelerator.main_process_first()

    def wait(self) -> None:
        """Until all processes are here."""
        if self.count > 1:
            self.accelerator.wait_for_everyone()

    def agree(self, flag: bool) -> bool:
        """Whether any process says so; the same answer for all."""
        if self.count == 1:
            return flag
        return bool(self.accelerator.reduce(torch.tensor(float(flag), device=self.device)).cpu() > 0)

    def tell(self, word: str | None) -> str:
        """What the first process says, to all."""
        words = [word]
        if self.count > 1:
            from accelerate.utils import broadcast_object_list

            broadcast_object_list(words)
        return str(words[0])

    def finish(self) -> None:
        """Leave the group."""
        if self.count > 1:
            self.accelerator.end_training()
