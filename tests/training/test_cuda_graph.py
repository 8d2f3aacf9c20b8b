"""On a GPU a round is recorded and played from the record: it must be the round itself, noise and learning rate too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

import aegean
from aegean.data import open_dataset
from aegean.data.types import Batch
from aegean.families import change, default_config
from aegean.training.cuda_graph import BEFORE, CudaGraphRound
from aegean.training.distributed import Distributed
from aegean.training.trainer import Trainer

SETTINGS: dict[str, Any] = {"steps": 30, "batch_size": 8, "width": 8, "precision": "float32", "device": "cuda"}
on_a_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")


def test_rounds_that_draw_on_the_host_are_never_recorded() -> None:
    seen: list[float] = []

    def moves(batches: Any, rate: torch.Tensor) -> dict[str, torch.Tensor]:
        seen.append(float(rate))
        return {"drawn": torch.rand(())}

    play = CudaGraphRound(moves, torch.device("cpu"))
    drawn = [float(play([Batch(torch.zeros(1, 1, 2, 2))], rate)["drawn"]) for rate in range(BEFORE + 3)]
    assert play.graph is None
    assert len(set(drawn)) == len(drawn)
    assert seen == list(range(BEFORE + 3))


@on_a_gpu
@pytest.mark.parametrize("family", ["vae", "gan", "conditional_gan", "context_encoder", "multi_attribute_editor"])
def test_a_recorded_round_is_the_round_itself(shapes: Path, family: str) -> None:
    more = {"sees": "pixels", "paints": "layers"} if family == "multi_attribute_editor" else {}
    config = change(default_config(family, data=str(shapes)), **SETTINGS, **more)
    dataset = open_dataset(config.data)
    recorded, plain = (Trainer(config, dataset, Distributed(config.training)) for _ in range(2))
    plain.round = plain.moves
    for _ in range(12):
        one, other = recorded.play(), plain.play()
        assert one.keys() == other.keys()
        for name in one:
            torch.testing.assert_close(one[name].float(), other[name].float(), rtol=0.02, atol=0.02, msg=name)
    assert isinstance(recorded.round, CudaGraphRound)
    assert recorded.round.graph is not None
    same(recorded, plain, Trainer(config, dataset, Distributed(config.training)))


@on_a_gpu
def test_a_run_on_a_gpu_goes_on_where_it_stopped(shapes: Path, tmp_path: Path) -> None:
    config = change(default_config("gan", data=str(shapes)), **SETTINGS)
    run = aegean.train(config=change(config, steps=1), out=tmp_path / "run", quiet=True)
    dataset = open_dataset(config.data)
    whole, first, again, start = (Trainer(config, dataset, Distributed(config.training)) for _ in range(4))
    for _ in range(12):
        whole.play()
    for _ in range(6):
        first.play()
    first.save(run)
    again.restore(run)
    for _ in range(6):
        again.play()
    assert again.step == whole.step
    same(whole, again, start)


def same(one: Trainer, other: Trainer, start: Trainer) -> None:
    """The weights are no further apart than sums in another order make them, by how far they have come."""
    weights = [trainer.model.state_dict() for trainer in (one, other, start)]
    for name in weights[0]:
        a, b, before = (weight[name].float() for weight in weights)
        assert float((a - b).norm()) <= 0.1 * float((a - before).norm()) + 1e-4, name
