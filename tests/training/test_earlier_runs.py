"""Runs that commit 0144b65 made, stopped at step 2 of 4: `end.safetensors` is what that commit made of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

import aegean

EARLIER = Path(__file__).parent / "earlier"


@pytest.mark.parametrize("family", ["gan", "vae"])
def test_a_run_of_an_earlier_version_loads_and_goes_on(family: str, tmp_path: Path) -> None:
    path = tmp_path / family
    shutil.copytree(EARLIER / family, path)
    run = aegean.load(path)
    assert run.step == 2
    assert run.model.sample(run.model.noise(2, seed=0)).shape == (2, 1, 8, 8)
    if family == "gan":
        assert run.config.model.critic_steps == 2  # it was called `turns`
    halfway, wanted = load_file(path / "weights.safetensors"), load_file(path / "end.safetensors")
    found = load_file(aegean.resume(path, quiet=True).weights_path)
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():  # another processor may round otherwise
        torch.testing.assert_close(found[name], value, rtol=1e-3, atol=1e-5)
    assert any(not torch.equal(found[name], halfway[name]) for name in wanted)
