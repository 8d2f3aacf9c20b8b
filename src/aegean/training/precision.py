"""Which number format is the faster on this machine: measured, for the flags of a processor do not tell.

bfloat16 convolutions run 2 to 7 times faster than float32 on a CPU with AMX. With avx512_bf16 alone they ran at half
the speed on a Xeon, and at 1.8 times the speed on an EPYC (Zen 4).
"""

from __future__ import annotations

import time

import torch
from torch import nn

from aegean.families.training import Precision

TRIALS = 12


def resolve(precision: Precision, device: torch.device) -> Precision:
    """`auto` -> `float32` or `bfloat16`; anything else as it is."""
    if precision != "auto":
        return precision
    if device.type == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    if device.type != "cpu":
        return "float32"
    seconds = {dtype: float("inf") for dtype in (torch.float32, torch.bfloat16)}
    for _ in range(TRIALS):  # in turns, the best of each: other work on the machine must not decide
        for dtype, best in seconds.items():
            seconds[dtype] = min(best, _seconds(dtype))
    return faster(seconds[torch.float32], seconds[torch.bfloat16])


def faster(float32: float, bfloat16: float) -> Precision:
    """The format to take where the same work takes so many seconds in each: fewer bits must be worth it."""
    return "bfloat16" if bfloat16 < 0.8 * float32 else "float32"


@torch.inference_mode()
def _seconds(dtype: torch.dtype) -> float:
    """One pass through a typical convolution, small enough to be done within one slice of the scheduler's time."""
    layer = nn.Conv2d(64, 64, 3, padding=1).to(dtype=dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]
    image = torch.zeros(8, 64, 14, 14, dtype=dtype).to(memory_format=torch.channels_last)
    layer(image)
    start = time.perf_counter()
    layer(image)
    return time.perf_counter() - start
