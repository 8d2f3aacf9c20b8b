"""A player and its optimiser: the one unit that an optimiser steps and autocast covers."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from aegean.data.types import Batch
from aegean.families import TrainingConfig
from aegean.models.player import Player
from aegean.training.distributed import Distributed


class PlayerOptimiser:
    """Moves one player: loss, gradient, step."""

    def __init__(self, player: Player, config: TrainingConfig, distributed: Distributed, watched: bool = False) -> None:
        """`watched`: the norm of the gradient is logged also where it is not clipped."""
        self.watched = watched
        self.name, self.turns, self.config, self.distributed = player.name, player.turns, config, distributed
        self.loss = player.loss
        self.parameters = [p for p in nn.ModuleList(player.networks).parameters() if p.requires_grad]
        decayed = [p for p in self.parameters if p.dim() >= 2]
        plain = [p for p in self.parameters if p.dim() < 2]
        groups = [{"params": decayed, "weight_decay": config.weight_decay}, {"params": plain, "weight_decay": 0.0}]
        fused = distributed.device.type in {"cpu", "cuda"}
        groups, graphs = [g for g in groups if g["params"]], distributed.device.type == "cuda"
        self.optimiser = torch.optim.AdamW(groups, betas=config.betas, fused=fused, capturable=graphs)

    def move(self, batch: Batch, learning_rate: float | Tensor) -> dict[str, Tensor]:
        """One step of the optimiser down the loss; returns what was logged, still on the device."""
        self.optimiser.zero_grad(set_to_none=True)
        bfloat16 = self.config.precision == "bfloat16"
        with torch.autocast(self.distributed.device.type, dtype=torch.bfloat16, enabled=bfloat16):
            loss, terms = self.loss(batch)
        loss.backward()
        gradients = [p.grad for p in self.parameters if p.grad is not None]
        self.distributed.average(gradients)
        logged = {f"{self.name}/{name}": value.detach() for name, value in terms.items()}
        logged[f"{self.name}/loss"] = loss.detach()
        if self.config.clip:
            logged[f"{self.name}/gradient"] = nn.utils.clip_grad_norm_(self.parameters, self.config.clip, foreach=True)
        elif self.watched:
            logged[f"{self.name}/gradient"] = nn.utils.get_total_norm(gradients, foreach=True)
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate
        self.optimiser.step()
        return logged

    def state(self) -> Iterator[tuple[str, Tensor]]:
        """The optimiser's tensors by name."""
        for index, values in self.optimiser.state_dict()["state"].items():
            for key, value in values.items():
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
