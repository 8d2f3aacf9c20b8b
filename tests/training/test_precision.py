"""Which number format: what decides, and on what it is measured."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook

from aegean.training import precision
from aegean.training.precision import TRIALS, faster, resolve


@pytest.mark.parametrize(
    ("bfloat16", "chosen"), [(0.5, "bfloat16"), (0.79, "bfloat16"), (0.8, "float32"), (2, "float32")]
)
def test_the_best_of_some_trials_decides_and_fewer_bits_must_be_worth_it(
    bfloat16: float, chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most trials are disturbed by other work, and say the opposite."""
    assert faster(1.0, bfloat16) == chosen
    assert faster(3.0, 3 * bfloat16) == chosen
    asked: list[torch.dtype] = []
    numbers = itertools.count()

    def seconds(dtype: torch.dtype) -> float:
        asked.append(dtype)
        undisturbed = next(numbers) // 2 == 3
        best = {torch.float32: 1.0, torch.bfloat16: bfloat16}[dtype]
        return best if undisturbed else 9.0 - best

    monkeypatch.setattr(precision, "_seconds", seconds)
    assert resolve("auto", torch.device("cpu")) == chosen
    assert asked == [torch.float32, torch.bfloat16] * TRIALS
    assert 4 <= TRIALS <= 20


def test_nothing_is_measured_where_the_format_is_named_or_the_device_is_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(precision, "_seconds", lambda dtype: 1 / 0)
    assert [resolve(named, torch.device("cpu")) for named in ("float32", "bfloat16")] == ["float32", "bfloat16"]
    assert resolve("auto", torch.device("meta")) == "float32"


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_what_is_timed_is_the_second_pass_of_a_convolution_in_that_format(dtype: torch.dtype) -> None:
    seen: list[Tensor] = []

    def note(layer: nn.Module, given: tuple[Tensor, ...], made: Tensor) -> None:
        assert not made.requires_grad
        seen.append(made)

    hook = register_module_forward_hook(note)
    try:
        seconds = precision._seconds(dtype)
    finally:
        hook.remove()
    assert [(made.dtype, made.shape, made.is_contiguous(memory_format=torch.channels_last)) for made in seen] == [
        (dtype, (8, 64, 14, 14), True)
    ] * 2
    assert 0 < seconds < 60


@pytest.mark.parametrize("supported", [True, False])
def test_a_gpu_is_asked_whether_it_has_bfloat16_of_its_own(supported: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """torch says that all have it, counting those which emulate it at half the speed of float32."""
    monkeypatch.setattr(
        torch.cuda, "is_bf16_supported", lambda including_emulation=True: including_emulation or supported
    )
    assert resolve("auto", torch.device("cuda")) == ("bfloat16" if supported else "float32")
