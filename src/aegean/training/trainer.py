"""The trainer plays the game: all that changes from step to step, and how it is saved and restored."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from aegean.consoles import warn
from aegean.data.types import Batch, Dataset, DataSpec, ImageSet
from aegean.errors import InputError, did_you_mean
from aegean.families import RunConfig, TrainingConfig
from aegean.models import build
from aegean.models.capabilities import Restores, Translates
from aegean.models.player import Model
from aegean.runs import Run
from aegean.training.augmentation import augment
from aegean.training.codes import take_codec
from aegean.training.cuda_graph import CudaGraphRound
from aegean.training.distributed import Distributed
from aegean.training.ema import EMA
from aegean.training.init import begin_with, told
from aegean.training.memory import check_room
from aegean.training.player_optimiser import PlayerOptimiser
from aegean.training.regularisers import Regulariser, with_regularisers
from aegean.training.schedule import BalancedOrder, BatchOrder, learning_rate, seed_of


class Trainer:
    """Model, its average, an optimiser for each player, and the step."""

    def __init__(
        self,
        config: RunConfig,
        dataset: Dataset,
        distributed: Distributed,
        begun: bool = False,
        regularisers: Sequence[Regulariser] = (),
    ) -> None:
        """With `begun` there is a checkpoint to restore, and what the run started from is not asked for."""
        self.config, self.training, self.distributed = config, config.training, distributed
        device = distributed.device
        if device.type == "cpu":
            check_room(config, dataset.spec)
        torch.manual_seed(seed_of(self.training.seed, "weights"))
        self.model = build(config.family, config.model, dataset.spec)
        self.init: dict[str, Any] | None = None
        if self.training.init is not None and not begun:
            self.init = begin_with(self.model, self.training.init)
            if distributed.first:
                warn(told(self.init))
        if not begun:
            take_codec(self.model, config, dataset.spec)
        self.model.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        players = [with_regularisers(player, self.model, regularisers) for player in self.model.players()]
        _check_rates(self.training, [player.name for player in players])
        self.optimisers = [
            PlayerOptimiser(player, self.training, distributed, watched=len(players) > 1) for player in players
        ]
        self.turns = max(optimiser.turns for optimiser in self.optimisers)
        self.ema = EMA(self.model, self.training.average)
        _check_views(self.model, dataset.spec, self.training)
        _check_norm(self.model, distributed)
        self.images = _on_device(dataset.train, device)
        self.order = _order(dataset, self.model.balanced, self.training, distributed.count)
        self.other = None  # the second domain has an order of its own, so that all pairs come about
        if dataset.train.other is not None:
            seed = seed_of(self.training.seed, "other")
            self.other = BatchOrder(len(dataset.train.other), self.training.batch_size, seed)
        self.step = 0
        self.reason: str | None = None
        alone = device.type == "cuda" and distributed.count == 1
        self.round = CudaGraphRound(self.moves, device) if alone else self.moves

    def play(self) -> dict[str, Tensor]:
        """One round: every player moves. All randomness is a function of (seed, step, process)."""
        self.model.train()
        torch.manual_seed(seed_of(self.training.seed, "step", self.step, self.distributed.index))
        rate = learning_rate(self.training, self.step)
        count = self.turns * self.training.accumulate  # fresh ones for each turn
        batches = [self.batch(self.step * count + number) for number in range(count)]
        logged = self.round(batches, rate)
        self.ema.update(self.step)
        self.step += 1
        return logged

    def moves(self, batches: Sequence[Batch], rate: float | Tensor) -> dict[str, Tensor]:
        """Each player in turn."""
        logged: dict[str, Tensor] = {}
        size = self.training.accumulate
        for optimiser in self.optimisers:
            for turn in range(optimiser.turns):
                logged |= optimiser.move(batches[turn * size : (turn + 1) * size], rate)
        return logged

    def stop(self, reason: str) -> None:
        """End the training after this step: the checkpoint is written, the reason recorded, the run returned."""
        self.reason = self.reason or reason

    def batch(self, number: int) -> Batch:
        """This process's part of a batch, as training sees it."""
        other = None if self.other is None else self.distributed.share(self.other(number))
        share = self.distributed.share(self.order(number), pairs=isinstance(self.order, BalancedOrder))
        return augment(self.images.batch(share, other, self.distributed.device), self.training)

    def save(self, run: Run) -> None:
        """The checkpoint and the averaged weights."""
        tensors = {f"model/{k}": v for k, v in self.model.state_dict().items()}
        tensors |= {f"average/{k}": v for k, v in self.ema.model.state_dict().items()}
        for optimiser in self.optimisers:
            tensors |= {f"optimiser/{k}": v for k, v in optimiser.state()}
        run.save_state(tensors, self.step, self.distributed.count)
        self.save_weights(run)

    def save_weights(self, run: Run, path: Path | None = None) -> None:
        """The averaged weights alone, in the run's file of them or in another."""
        kept = self.ema.model.state_dict()
        run.save_weights({name: kept[name] for name in kept if name not in self.model.remembered}, path)

    def restore(self, run: Run) -> None:
        """Take up the checkpoint of `run`."""
        tensors, step, count = run.load_state()

        def part(prefix: str) -> dict[str, Tensor]:
            return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}

        try:
            self.model.load_state_dict(part("model/"))
            self.ema.model.load_state_dict(part("average/"))
            for optimiser in self.optimisers:
                optimiser.load_state(part("optimiser/"))
        except (RuntimeError, ValueError, KeyError) as error:
            raise InputError(f"{run.state_path}: a checkpoint of another model; nothing was loaded") from error
        self.step = step
        if count != self.distributed.count and self.distributed.first:
            told = (
                f"{count} process{'es' * (count > 1)} trained {run.path}, {self.distributed.count} go on: well, but not"
            )
            warn(f"{told} bit for bit as {command(run, count)} would")


def command(run: Run, count: int) -> str:
    """How so many processes resume a run."""
    return f"{f'torchrun --nproc-per-node {count} -m ' * (count > 1)}aegean resume {run.path}"


def _check_rates(training: TrainingConfig, players: list[str]) -> None:
    """InputError where a rate is given to nobody."""
    for name in training.rate_of:
        if name not in players:
            raise InputError(f"--rates {name}: this model has no such player.{did_you_mean(name, players)}")


def _check_views(model: Model, spec: DataSpec, training: TrainingConfig) -> None:
    """InputError where the model cannot train on squares of the crop's side, or images cannot be turned."""
    crop = training.crop
    if crop > spec.size.shorter:
        raise InputError(f"--crop {crop} is larger than the images, which have {spec.size.in_pixels}")
    if crop and not (isinstance(model, Translates | Restores) and model.reach is not None):
        raise InputError(f"--crop {crop}: this model takes images of one size alone, {spec.size.in_pixels}")
    if training.turn and not crop and not spec.size.is_square:
        raise InputError(f"--turn: images of {spec.size.in_pixels}, turned, are no longer so; it takes a square --size")


def _check_norm(model: Model, distributed: Distributed) -> None:
    """InputError where the statistics of a whole batch are wanted, of which each process has a part."""
    if distributed.count > 1 and any(
        isinstance(part, torch.nn.modules.batchnorm._BatchNorm) for part in model.modules()
    ):
        raise InputError("--normalise batch: several processes would each normalise by their own part of it; use layer")


def _order(
    dataset: Dataset, balanced: Sequence[int], training: TrainingConfig, processes: int
) -> BatchOrder | BalancedOrder:
    """Images in random order; or balanced by some attributes."""
    if not balanced or dataset.train.attributes is None:
        return BatchOrder(len(dataset.train), training.batch_size, training.seed)
    has, names = dataset.train.attributes[:, list(balanced)], [dataset.spec.attributes[k] for k in balanced]
    if training.batch_size < 2:
        raise InputError(
            f"--batch-size {training.batch_size}: images with and without {names[0]} alternate; must be 2 or more"
        )
    if processes > 1 and training.batch_size % (2 * processes):
        raise InputError(
            f"--batch-size {training.batch_size}: cannot be shared among {processes} processes in pairs, of an image"
            f" without an attribute and one with it; must be a multiple of {2 * processes}"
        )
    for name, one in zip(names, has.T):
        if one.min() == one.max():
            raise InputError(
                f"{dataset.spec.name}: {'all' if one[0] else 'no'} images to train on have {name}; it takes both"
            )
    return BalancedOrder(has, training.batch_size, training.seed)


def _on_device(images: ImageSet, device: torch.device) -> ImageSet:
    """On an accelerator, the pixels live there if they take at most half of its free memory."""
    if device.type != "cuda":
        return images
    size = images.images.numel() + (0 if images.other is None else images.other.numel())
    return images.to(device) if size < torch.cuda.mem_get_info(device)[0] / 2 else images
