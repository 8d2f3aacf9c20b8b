"""How probable a model holds an image to be: importance-weighted estimates of log p(x), in nats and in bits."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

DRAWS = 256  # most draws of one image in one call
IN_CACHE = 256 * 784  # numbers that one core decodes in one call
ON_DEVICE = 8192 * 784  # numbers that an accelerator decodes in one call


def log_mean_weights(log_weights: Callable[[int], Tensor], samples: int, chunk: int) -> Tensor:
    """log 1/k sum_i w_i for k = `samples` importance weights, streamed: at most `chunk` of them exist at a time. (B,)

    With w_i = p(x, z_i) / q(z_i | x), z_i ~ q, this is a lower bound of log p(x) in expectation, that tightens
    with k and is exact for any k where q is the posterior. Burda et al. 2016, IWAE (arXiv:1509.00519), eq. 8.

    Args:
        log_weights: count -> log w of that many fresh draws, (count, B) in nats.
        samples: k.
        chunk: most draws in one call; memory is that of one call, whatever k is.
    """
    calls = math.ceil(samples / chunk)
    counts = [samples // calls + (call < samples % calls) for call in range(calls)]
    total = torch.logsumexp(log_weights(counts[0]), dim=0)
    for count in counts[1:]:
        total = torch.logaddexp(total, torch.logsumexp(log_weights(count), dim=0))
    return total - math.log(samples)


def bits_per_dimension(nats: Tensor, dimensions: int) -> Tensor:
    """-log p(x) in nats per image -> bits per number of the image; meant for probabilities, not for densities."""
    return nats / (dimensions * math.log(2.0))


def share_of_a_call(samples: int, dimensions: int, device: torch.device) -> tuple[int, int]:
    """How to split the work of k draws for many images: (most draws in a call, most images in a call).

    Many draws of few images, since an encoder runs once for all draws of an image. On a CPU as much as stays in each
    core's cache, which is 1.7 times as fast as large calls; elsewhere enough to keep the device busy.
    """
    numbers = IN_CACHE * torch.get_num_threads() if device.type == "cpu" else ON_DEVICE
    per_call = max(1, numbers // dimensions)  # images decoded in one call
    draws = min(samples, DRAWS, per_call)
    return draws, max(1, per_call // draws)
