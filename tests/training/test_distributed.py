"""Two processes equal one on the joined batch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

import aegean
from aegean.data import open_dataset
from aegean.data.types import DataSpec
from aegean.errors import InputError
from aegean.families import default_config
from aegean.models import build
from aegean.training.distributed import Distributed
from aegean.training.schedule import BalancedOrder
from aegean.training.trainer import _check_norm, _order

SETTINGS = {"steps": 4, "batch_size": 32, "width": 8, "preview_every": 2, "seed": 5, "learning_rate": 1e-2}


def one_of(count: int, index: int) -> Distributed:
    """A process as it would be, without the others."""
    distributed = object.__new__(Distributed)
    distributed.count, distributed.index = count, index
    return distributed


@pytest.mark.parametrize("count", [1, 2, 4])
def test_of_pairs_every_process_has_its_part(count: int) -> None:
    batch = BalancedOrder(torch.arange(60)[:, None] % 2, 16, seed=0)(0)  # odd images have the attribute
    shares = [one_of(count, k).share(batch, pairs=True) for k in range(count)]
    assert all(len(share) == 16 // count and (share % 2).float().mean() == 0.5 for share in shares)
    assert torch.cat(shares).sort().values.equal(batch.sort().values)


def test_batches_that_have_no_pairs_for_all_are_refused(shapes: Path) -> None:
    config = default_config("attribute_editor", data=str(shapes), attribute="Low", batch_size=6)
    dataset = open_dataset(config.data)
    _order(dataset, [0], config.training, 1)
    with pytest.raises(InputError, match="--batch-size 6: cannot be shared among 2 processes in pairs"):
        _order(dataset, [0], config.training, 2)


def test_several_processes_do_not_normalise_by_their_parts_of_a_batch() -> None:
    config = default_config("gan", data="digits", normalise="batch", width=4)
    model = build("gan", config.model, DataSpec("digits", 1, 28))
    _check_norm(model, one_of(1, 0))
    with pytest.raises(InputError, match="--normalise batch: several processes"):
        _check_norm(model, one_of(2, 0))


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


GAME = """
import json, sys
from pathlib import Path
from typing import Any
import aegean
from aegean.models.conditional_gan import ConditionalGAN

class Noiseless(ConditionalGAN):
    def draw(self, batch):  # each process draws its own noise; here it follows from the image, as in one process
        return 3 * batch.image.flatten(1)[:, 40 : 40 + self.config.latent]

from aegean.families.conditional_gan import FAMILY
aegean.register("conditional_gan", FAMILY.settings, Noiseless, FAMILY.training, replace=True)
family, more, data, *runs = sys.argv[1:]
settings = dict(width=8, batch_size=32, preview_every=0, seed=5, learning_rate=1e-2, average=0.5, flip=False)
for run in runs:
    out, steps = run.split("=")
    exact = dict(steps=int(steps), device="cpu", precision="float32")
    aegean.train(family, data=data, out=out, **{**exact, **settings, **json.loads(more)})
threads = [name.read_text() for name in Path("/proc/self/task").glob("*/comm")]
assert not any("gloo" in name for name in threads), threads  # one left behind may abort the process on its way out
"""


APART = 5e-2  # of the way gone: Adam makes whole steps of last bits, rounded as the processor likes; half a batch: 0.6
UNDRAWN = {"history": 0, "identity_every": 1, "sees": "pixels", "r1": 0.0, "r2": 0.0}  # each process draws for itself


@pytest.mark.parametrize(
    ("family", "more"),
    [
        ("conditional_gan", {"r1": 2.0, "r2": 1.0, "latent": 8}),
        ("context_encoder", {"r1": 2.0, "r2": 1.0, "latent": 8}),
        ("attribute_editor", {"attribute": "Low", "width": 4}),
        ("cyclegan", {"other": True, "blocks": 1, "discriminator": 8, "batch_size": 4} | UNDRAWN),
    ],
)
def test_two_processes_equal_one_in_a_game_of_two(
    family: str, more: dict[str, Any], shapes: Path, tmp_path: Path
) -> None:
    script = tmp_path / "game.py"
    script.write_text(GAME)
    more = {**more, "other": str(shapes)} if "other" in more else more
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    for how, runs in (([], ("start=1", "one=4")), (torchrun, ("two=4",))):
        command = [sys.executable, *how, str(script), family, json.dumps(more), str(shapes)]
        command += [str(tmp_path / run) for run in runs]
        done = subprocess.run(command, capture_output=True, text=True, timeout=240)
        assert done.returncode == 0, done.stderr[-3000:]
    for player in {name.partition(".")[0] for name in load_file(tmp_path / "one" / "weights.safetensors")}:
        start, one, two = (flat(tmp_path / name, player) for name in ("start", "one", "two"))
        if one.is_floating_point():
            assert (one - start).norm() > 0.1
            assert (one - two).norm() < APART * (one - start).norm()


def flat(run: Path, network: str = "") -> torch.Tensor:
    tensors = load_file(run / "weights.safetensors")
    tensors.pop("discriminator.linear.bias", None)  # nothing depends on it in a paired game: it follows rounding errors
    return torch.cat([tensor.flatten() for name, tensor in sorted(tensors.items()) if name.startswith(network)])
