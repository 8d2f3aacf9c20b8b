"""What a wrong trainer does as well on both sides of a comparison of two runs, against closed forms."""

from __future__ import annotations

import copy
import stat
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import aegean
from aegean.data.types import Batch
from aegean.families import default_config
from aegean.models.classifier import Classifier
from aegean.models.player import Model, Player
from aegean.training.average import Average
from aegean.training.distributed import Processes
from aegean.training.precision import resolve
from aegean.training.seat import Seat


class Line(Model):
    """Two weights, a bias, and a norm with statistics; its loss has a gradient of `slope` for each weight."""

    def __init__(self, slope: float = 0.0) -> None:
        super().__init__()
        self.line, self.norm, self.slope = nn.Linear(2, 1), nn.BatchNorm2d(1), slope
        self.seen: list[torch.dtype] = []

    def players(self) -> Sequence[Player]:
        return [Player("line", [self], self.loss)]

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        self.seen.append((batch.image.flatten(1)[:, :2] @ self.line.weight.T).dtype)
        zero = 0 * sum(p.sum() for p in self.parameters())
        return self.slope * self.line.weight.sum() + zero, {}


def seat_of(model: Model, **settings: object) -> Seat:
    training = default_config("vae", device="cpu", **settings).training
    return Seat(model.players()[0], training, Processes(training))


BATCH = Batch(torch.zeros(4, 1, 2, 2))


def test_the_average_is_the_recursion_with_its_early_ramp_and_takes_buffers_along() -> None:
    model = Line()
    average = Average(model, decay=0.5)
    names = [name for name, value in model.state_dict().items() if value.is_floating_point()]
    assert "norm.running_mean" in names
    expected = {name: value.clone() for name, value in model.state_dict().items()}
    generator = torch.Generator().manual_seed(0)
    for step, decay in enumerate([1 / 10, 2 / 11, 3 / 12, 4 / 13, 5 / 14, 6 / 15, 7 / 16, 8 / 17, 0.5, 0.5]):
        with torch.no_grad():
            for value in model.state_dict().values():
                value += torch.ones_like(value) if not value.is_floating_point() else torch.rand(1, generator=generator)
        average.update(step)
        for name, value in model.state_dict().items():
            old = expected[name]
            expected[name] = decay * old + (1 - decay) * value if value.is_floating_point() else value.clone()
    for name, value in average.model.state_dict().items():
        torch.testing.assert_close(value, expected[name])


def test_weight_decay_spares_biases_and_norms() -> None:
    model = Line()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(1.0)
    seat = seat_of(model, weight_decay=0.5)
    seat.move(BATCH, 0.1)  # without a gradient AdamW multiplies a decayed weight by 1 - rate * decay
    torch.testing.assert_close(model.line.weight, torch.full((1, 2), 0.95))
    for spared in (model.line.bias, model.norm.weight, model.norm.bias):
        assert torch.equal(spared, torch.ones_like(spared))


def test_the_first_step_of_adam_is_the_learning_rate_against_the_gradient() -> None:
    model = Line(slope=3.0)
    before = copy.deepcopy(model.line.weight)
    seat_of(model).move(BATCH, 0.25)
    torch.testing.assert_close(model.line.weight, before - 0.25)


@pytest.mark.parametrize(("precision", "dtype"), [("float32", torch.float32), ("bfloat16", torch.bfloat16)])
def test_networks_compute_in_the_precision_that_was_asked_for(precision: str, dtype: torch.dtype) -> None:
    model = Line()
    logged = seat_of(model, precision=precision).move(BATCH, 0.0)
    assert model.seen == [dtype]
    assert logged["line/loss"].dtype == torch.float32


def test_precision_is_measured_only_where_it_is_left_open() -> None:
    cpu = torch.device("cpu")
    assert [resolve(asked, cpu) for asked in ("float32", "bfloat16")] == ["float32", "bfloat16"]
    assert resolve("auto", cpu) in {"float32", "bfloat16"}
    assert resolve("auto", torch.device("mps")) == "float32"


def test_a_classifier_is_trained_on_moved_images_and_measured_on_whole_ones() -> None:
    from aegean.data.types import DataSpec

    spec = DataSpec("set", 1, 12, classes=("a", "b"))
    model = Classifier(default_config("classifier", width=4, features=4, dropout=0.0, shift=3).model, spec)
    seen: list[Tensor] = []
    network = next(child for child in model.children())
    network.register_forward_pre_hook(lambda _, given: seen.append(given[0].detach().clone()))
    image = torch.randn(8, 1, 12, 12)
    batch = Batch(image, label=torch.arange(8) % 2)
    torch.manual_seed(0)
    for training in (True, False):
        model.train(training).players()[0].loss(batch)
    moved, whole = seen[0], seen[-1]
    assert torch.equal(whole, image)
    assert not torch.equal(moved, image)


def test_colleagues_can_read_the_weights(tmp_path: Path) -> None:
    run = aegean.train(
        "vae", steps=1, width=4, latent=2, size=8, limit=16, batch_size=4, quiet=True, out=tmp_path / "run"
    )
    (tmp_path / "other").write_text("")
    wanted = stat.S_IMODE((tmp_path / "other").stat().st_mode)  # what the umask makes of a new file
    for path in (run.weights_path, run.state_path, run.path / "config.json"):
        assert stat.S_IMODE(path.stat().st_mode) == wanted


def test_an_installed_copy_names_no_commit_of_the_users_repository(tmp_path: Path) -> None:
    import shutil
    import subprocess
    import sys

    package = tmp_path / "site" / "aegean"
    shutil.copytree(Path(aegean.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    git = ["git", "-C", str(tmp_path), "-c", "user.name=u", "-c", "user.email=u@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "mine"], check=True)
    code = f"import sys; sys.path.insert(0, {str(package.parent)!r}); from aegean import runs; print(runs._commit())"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "None"
