"""Two processes equal one on the joined batch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from aegean.data import open_dataset
from aegean.data.types import DataSpec
from aegean.errors import InputError
from aegean.families import default_config
from aegean.models import build
from aegean.training.distributed import Distributed
from aegean.training.schedule import BalancedOrder
from aegean.training.trainer import _check_norm, _order


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


TRAIN = """
import json, sys
from pathlib import Path
from aegean.cli import main
from aegean.families.conditional_gan import FAMILY
from aegean.models.conditional_gan import ConditionalGAN
from aegean.training.distributed import Distributed
import aegean

class Noiseless(ConditionalGAN):
    def draw(self, batch):  # each process draws its own noise; here it follows from the image, as in one process
        return 3 * batch.image.flatten(1)[:, 40 : 40 + self.config.latent]

aegean.register("conditional_gan", FAMILY.settings, Noiseless, FAMILY.training, replace=True)
leave, groups = Distributed.finish, []
Distributed.finish = lambda self: groups.append(self)  # torchrun's processes can form a group but once
games, *runs = sys.argv[1:]
for family, flags in json.loads(games).items():
    for run in runs:
        name, _, steps = run.partition("=")
        assert main(["train", family, f"--out={family}/{name}", f"--steps={steps}", *flags]) == 0
leave(groups[-1])
threads = [name.read_text() for name in Path("/proc/self/task").glob("*/comm")]
assert not any("gloo" in name for name in threads), threads  # one left behind may abort the process on its way out
"""
PAIRED = ["--r1=2", "--r2=1", "--latent=8"]
UNDRAWN = ["--history=0", "--identity-every=1", "--sees=pixels", "--r1=0", "--r2=0"]  # each process draws for itself
GAMES = {
    "autoencoder": ["--preview-every=2"],
    "classifier": ["--dropout=0", "--shift=0"],
    "conditional_gan": PAIRED,
    "context_encoder": PAIRED,
    "attribute_editor": ["--attribute=Low", "--width=4"],
    "cyclegan": ["--other={shapes}", "--blocks=1", "--discriminator=8", "--batch-size=4", *UNDRAWN],
}
COMMON = ["--data={shapes}", "--batch-size=32", "--width=8", "--preview-every=0", "--seed=5", "--learning-rate=1e-2"]
EXACT = ["--average=0.5", "--no-flip", "--device=cpu", "--precision=float32"]


@pytest.fixture(scope="module")
def played(shapes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """FAMILY/start, after one step, FAMILY/one, after four, and FAMILY/two, after four of two processes."""
    folder = tmp_path_factory.mktemp("games")
    (folder / "games.py").write_text(TRAIN)
    flags = {family: [*COMMON, *EXACT, *more] for family, more in GAMES.items()}
    games = json.dumps(flags).replace("{shapes}", str(shapes))
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    for how, runs in (([], ["start=1", "one=4"]), (torchrun, ["two=4"])):
        command = [sys.executable, *how, "games.py", games, *runs]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stderr[-3000:]
    return folder


@pytest.mark.parametrize("family", GAMES)
def test_two_gloo_processes_equal_one(family: str, played: Path) -> None:
    runs = [played / family / name for name in ("start", "one", "two")]
    players = {name.partition(".")[0] for name in load_file(runs[1] / "weights.safetensors")}
    apart = 1e-3 if len(players) == 1 else APART
    for player in players:
        start, one, two = (flat(run, player) for run in runs)
        if one.is_floating_point():
            assert (one - start).norm() > 0.1
            assert (one - two).norm() < apart * (one - start).norm()


APART = 5e-2  # of the way gone: Adam makes whole steps of last bits, rounded as the processor likes; half a batch: 0.6


def flat(run: Path, network: str = "") -> torch.Tensor:
    tensors = load_file(run / "weights.safetensors")
    tensors.pop("discriminator.linear.bias", None)  # nothing depends on it in a paired game: it follows rounding errors
    return torch.cat([tensor.flatten() for name, tensor in sorted(tensors.items()) if name.startswith(network)])
