"""Whether a model that is going to be trained finds room, asked before it is built."""

from __future__ import annotations

import torch

from aegean.data.types import DataSpec
from aegean.families import RunConfig
from aegean.models import build
from aegean.resources import check_memory

OF_A_BATCH = 3  # of each number of a batch, 4 bytes each, at the least: itself, what is made of it, its gradient
COPIES = 5  # of each parameter, 4 bytes each: itself, its gradient, two moments, its average


def check_room(config: RunConfig, spec: DataSpec) -> None:
    """InputError where weights, gradients, moments and averages, or a batch, would not fit: the system would end the
    process."""
    with torch.random.fork_rng(devices=[]), torch.device("meta"):  # shapes alone, and no random numbers used up
        count = sum(weight.numel() for weight in build(config.family, config.model, spec).parameters())
    what = f"to train a {config.family} of {count:,} parameters"
    check_memory(4 * COPIES * count, what, "lower --width, --depth, --latent or --size")
    batch = config.training.batch_size
    what = f"to train on {batch:,} images of {spec.size.in_pixels} at a time"
    check_memory(4 * OF_A_BATCH * batch * spec.dimensions, what, "lower --batch-size; --accumulate makes up for it")
