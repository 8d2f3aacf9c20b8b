"""A player and its optimiser: the one unit that an optimiser steps and autocast covers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from aegean.data.types import Batch
from aegean.families import TrainingConfig
from aegean.models.player import Loss, Player
from aegean.training.distributed import Distributed


class PlayerOptimiser:
    """Moves one player: loss, gradient, step."""

    def __init__(self, player: Player, config: TrainingConfig, distributed: Distributed, watched: bool = False) -> None:
        """`watched`: the norm of the gradient is logged also where it is not clipped."""
        self.watched = watched
        self.name, self.turns, self.config, self.distributed = player.name, player.turns, config, distributed
        self.loss: Loss = player.loss
        self.factor = config.rate_of.get(player.name, config.learning_rate) / config.learning_rate
        self.parameters = [p for p in nn.ModuleList(player.networks).parameters() if p.requires_grad]
        decayed = [p for p in self.parameters if p.dim() >= 2]
        plain = [p for p in self.parameters if p.dim() < 2]
        groups = [{"params": decayed, "weight_decay": config.weight_decay}, {"params": plain, "weight_decay": 0.0}]
        self.optimiser = _optimiser([group for group in groups if group["params"]], config, distributed.device.type)

    def move(self, batches: Sequence[Batch], learning_rate: float | Tensor) -> dict[str, Tensor]:
        """One step of the optimiser down the mean loss of the batches; returns what was logged, still on the device."""
        self.optimiser.zero_grad(set_to_none=True)
        logged = _mean([self._gradient(batch, 1 / len(batches)) for batch in batches])
        gradients = [p.grad for p in self.parameters if p.grad is not None]
        self.distributed.average(gradients)
        if self.config.clip:
            logged[f"{self.name}/gradient"] = nn.utils.clip_grad_norm_(self.parameters, self.config.clip, foreach=True)
        elif self.watched:
            logged[f"{self.name}/gradient"] = nn.utils.get_total_norm(gradients, foreach=True)
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate if self.factor == 1 else self.factor * learning_rate
        self.optimiser.step()
        return logged

    def _gradient(self, batch: Batch, share: float) -> dict[str, Tensor]:
        """Add so much of the loss's gradient to the parameters'; -> what is logged of this batch."""
        bfloat16 = self.config.precision == "bfloat16"
        with torch.autocast(self.distributed.device.type, dtype=torch.bfloat16, enabled=bfloat16):
            loss, terms = self.loss(batch)
        (loss if share == 1 else share * loss).backward()
        return {f"{self.name}/{name}": value.detach() for name, value in {**terms, "loss": loss}.items()}

    def state(self) -> Iterator[tuple[str, Tensor]]:
        """The optimiser's tensors by name."""
        for index, values in self.optimiser.state_dict()["state"].items():
            for key, value in values.items():
                if value is not None:  # the buffer of a momentum of 0
                    yield f"{self.name}/{index}/{key}", value

    def load_state(self, tensors: dict[str, Tensor]) -> None:
        """The inverse of `state`. Moments are laid out in memory like their weights: a fused step relies on it."""
        weights = [p for group in self.optimiser.param_groups for p in group["params"]]
        state: dict[int, dict[str, Tensor]] = {}
        for name, value in tensors.items():
            player, index, key = name.rsplit("/", 2)
            if player == self.name:
                like = weights[int(index)]
                laid_out = torch.empty_like(like if like.shape == value.shape else value).copy_(value)
                state.setdefault(int(index), {})[key] = laid_out.detach()
        self.optimiser.load_state_dict({**self.optimiser.state_dict(), "state": state})


def _optimiser(groups: list[dict[str, Any]], config: TrainingConfig, device: str) -> torch.optim.Optimizer:
    """The optimiser that the config names; on a GPU one whose step can be recorded as part of a CUDA graph."""
    fused, graphs = device in {"cpu", "cuda"}, device == "cuda"
    makers: dict[str, Callable[..., torch.optim.Optimizer]] = {
        "adamw": partial(torch.optim.AdamW, betas=config.betas, fused=fused, capturable=graphs),
        "sgd": partial(torch.optim.SGD, momentum=config.betas[0], fused=fused),
        "rmsprop": partial(torch.optim.RMSprop, alpha=config.betas[1], capturable=graphs),
    }
    return makers[config.optimiser](groups, lr=config.learning_rate)


def _mean(logged: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """The mean of each term over the batches of a step."""
    if len(logged) == 1:
        return logged[0]
    return {name: torch.stack([terms[name] for terms in logged]).mean(0) for name in logged[0]}
