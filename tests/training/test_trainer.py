"""What the trainer does to numbers, in closed form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import aegean
from aegean.data import open_dataset
from aegean.data.types import Batch
from aegean.errors import InputError
from aegean.families import TrainingConfig, default_config
from aegean.models.player import Model, Player
from aegean.training.distributed import Distributed
from aegean.training.ema import EMA
from aegean.training.player_optimiser import PlayerOptimiser
from aegean.training.trainer import Trainer

BATCH = Batch(torch.zeros(2, 1, 1, 1))


def trainer_of(shapes: Path, family: str = "autoencoder", **settings: Any) -> Trainer:
    exact: dict[str, Any] = {"width": 4, "latent": 3, "device": "cpu", "precision": "float32", "warmup": 0.0}
    config = default_config(family, data=str(shapes), **exact | settings)
    return Trainer(config, open_dataset(config.data), Distributed(config.training))


def mover(module: nn.Module, loss: Any, **settings: Any) -> PlayerOptimiser:
    training = TrainingConfig(device="cpu", precision="float32").change(**settings)
    return PlayerOptimiser(Player("p", [module], loss), training, Distributed(training))


class Small(Model):
    """One weight, and the statistics of a batch."""

    def __init__(self) -> None:
        super().__init__()
        self.linear, self.norm = nn.Linear(2, 3), nn.BatchNorm1d(3)

    def players(self) -> list[Player]:
        return []


def test_the_average_follows_weights_and_buffers_early_over_the_run_so_far_then_by_its_decay() -> None:
    model = Small()
    ema = EMA(model, decay=0.9)
    slow = {name: value.clone() for name, value in ema.model.state_dict().items()}
    for step, decay in ((0, 1 / 10), (8, 9 / 18), (71, 72 / 81), (72, 73 / 82), (100, 0.9), (10**6, 0.9)):
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(torch.randn(parameter.shape))
        model.norm(model.linear(torch.randn(5, 2)))
        ema.update(step)
        for name, fast in model.state_dict().items():
            want = decay * slow[name] + (1 - decay) * fast if fast.is_floating_point() else fast
            torch.testing.assert_close(ema.model.state_dict()[name], want)
        slow = {name: value.clone() for name, value in ema.model.state_dict().items()}
    assert slow["norm.num_batches_tracked"] == 6
    assert not ema.model.training
    assert not any(parameter.requires_grad for parameter in ema.model.parameters())
    assert model.training
    assert all(parameter.requires_grad for parameter in model.parameters())


@pytest.mark.parametrize("optimiser", ["adamw", "sgd", "rmsprop"])
def test_decay_spares_biases_and_norms(optimiser: str) -> None:
    module = Small()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.fill_(2.0)

    def nothing(batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        return 0 * sum((p.sum() for p in module.parameters()), torch.zeros(())), {}

    mover(module, nothing, optimiser=optimiser, weight_decay=0.5).move([BATCH], 0.1)
    kept = {name: float(value.detach().flatten()[0]) for name, value in module.named_parameters()}
    decayed = kept.pop("linear.weight")
    assert set(kept.values()) == {2.0}
    assert decayed == pytest.approx(2 - 10 * 0.1 if optimiser == "rmsprop" else 2 - 0.1 * 0.5 * 2, rel=1e-5)


@pytest.mark.parametrize(
    ("optimiser", "first", "second"),
    [("adamw", 0.1, 0.1), ("sgd", 0.1, 0.19), ("rmsprop", 0.1 / 0.1, 0.1 / (0.01 + 0.0099) ** 0.5)],
)
@pytest.mark.parametrize("rates", [(), ("p=2e-3",), ("p=1e-3",)])
def test_each_optimiser_steps_as_it_says_at_the_players_own_rate(
    optimiser: str, first: float, second: float, rates: tuple[str, ...]
) -> None:
    module = nn.Linear(1, 1, bias=False)
    settings = {"optimiser": optimiser, "betas": (0.9, 0.99), "learning_rate": 1e-3, "rates": rates}
    moves = mover(module, lambda batch: (module.weight.sum(), {}), **settings)  # a gradient of 1
    times, at = (2 if rates == ("p=2e-3",) else 1), float(module.weight.detach())
    for step in (first, second):
        moves.move([BATCH], 0.1)
        assert at - float(module.weight.detach()) == pytest.approx(times * step, rel=1e-4)
        at = float(module.weight.detach())


def test_accumulated_batches_are_one_large_batch(shapes: Path) -> None:
    settings = {"optimiser": "sgd", "learning_rate": 1e-3, "steps": 3}
    one = trainer_of(shapes, batch_size=24, **settings)
    parts = trainer_of(shapes, batch_size=6, accumulate=4, **settings)
    start = torch.cat([p.detach().flatten().clone() for p in one.model.parameters()])
    for _ in range(3):
        whole, mean = one.play(), parts.play()
        assert whole.keys() == mean.keys()
        assert float(mean["autoencoder/loss"]) == pytest.approx(float(whole["autoencoder/loss"]), rel=1e-5)
    a, b = (torch.cat([p.detach().flatten() for p in trainer.model.parameters()]) for trainer in (one, parts))
    assert (a - b).norm() < 1e-4 * (a - start).norm()


def test_accumulation_counts_its_images_and_clips_the_mean(shapes: Path, tmp_path: Path) -> None:
    exact = {"width": 4, "device": "cpu", "precision": "float32", "preview_every": 0, "quiet": True}
    run = aegean.train(
        "autoencoder", data=str(shapes), out=tmp_path / "run", steps=5, batch_size=6, accumulate=4, **exact
    )
    assert run.history[-1]["images"] == 5 * 24
    large, small = (trainer_of(shapes, batch_size=n, accumulate=24 // n, clip=1e6) for n in (24, 6))
    norms = [float(trainer.play()["autoencoder/gradient"]) for trainer in (large, small)]
    assert norms[0] == pytest.approx(norms[1], rel=1e-4)


@pytest.mark.parametrize("precision", ["bfloat16", "float32"])
def test_networks_compute_in_the_precision_asked_for_and_losses_in_float32(shapes: Path, precision: str) -> None:
    trainer = trainer_of(shapes, precision=precision, batch_size=4)
    inside = [part for part in trainer.model.modules() if isinstance(part, nn.Conv2d)]
    seen: list[torch.dtype] = []
    inside[1].register_forward_hook(lambda part, given, out: seen.append(out.dtype))
    logged = trainer.play()
    assert seen == [getattr(torch, precision)]
    assert logged["autoencoder/loss"].dtype == torch.float32
    assert all(p.dtype == torch.float32 for p in trainer.model.parameters())


def test_rates_of_nobody_or_of_no_number_are_refused(shapes: Path) -> None:
    with pytest.raises(InputError, match=r"--rates discriminater: .* Did you mean 'discriminator'"):
        trainer_of(shapes, "gan", rates=("discriminater=1e-3",))
    for wrong in ("discriminator", "=1", "discriminator=fast", "discriminator=0", "discriminator=nan"):
        with pytest.raises(InputError, match="must be PLAYER=NUMBER"):
            TrainingConfig().change(rates=(wrong,))
    with pytest.raises(InputError, match="names a player twice"):
        TrainingConfig().change(rates=("a=1", "a=2"))
    rates = {each.name: each.factor for each in trainer_of(shapes, "gan", rates=("generator=5e-4",)).optimisers}
    base = default_config("gan").training.learning_rate
    assert rates == {"discriminator": 1.0, "generator": pytest.approx(5e-4 / base)}
