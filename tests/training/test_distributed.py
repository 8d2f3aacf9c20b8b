"""Two processes equal one on the joined batch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

import aegean

SETTINGS = {"steps": 4, "batch_size": 32, "width": 8, "preview_every": 2, "seed": 5, "learning_rate": 1e-2}


@pytest.mark.parametrize(("family", "more"), [("autoencoder", {}), ("classifier", {"dropout": 0.0, "shift": 0})])
def test_two_gloo_processes_equal_one(family: str, more: dict[str, float], shapes: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    aegean.train(family, data=str(shapes), out=one, device="cpu", precision="float32", **SETTINGS, **more)
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in {**SETTINGS, **more}.items()]
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    command = [*torchrun, "-m", "aegean", "train", family, f"--data={shapes}", f"--out={two}", "--device=cpu", *flags]
    done = subprocess.run([*command, "--precision=float32"], capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-3000:]
    assert load_file(one / "weights.safetensors").keys() == load_file(two / "weights.safetensors").keys()
    start = aegean.train(
        family, data=str(shapes), out=tmp_path / "start", **{**SETTINGS, "learning_rate": 1e-30}, **more
    )
    begin = flat(start.path)
    moved, apart = (flat(one) - begin).norm(), (flat(one) - flat(two)).norm()
    assert moved > 1
    assert apart < 1e-3 * moved  # Adam turns the last bits of a vanishing gradient into a whole step: not zero


def flat(run: Path) -> torch.Tensor:
    return torch.cat([tensor.flatten() for _, tensor in sorted(load_file(run / "weights.safetensors").items())])
