"""Tiny runs of every family: fresh weights, 8 x 8 pictures of three classes that differ in brightness."""

from contextlib import contextmanager

import numpy
import pytest
import torch
from known import IMAGES, SIDE, SPEC, TOGETHER

from aegean.data import open_dataset
from aegean.data.types import Dataset, ImageSet
from aegean.evaluation import context as contexts
from aegean.evaluation.context import EvaluationContext
from aegean.families import default_config
from aegean.models import build
from aegean.runs import Run, create

FAMILIES = {
    "autoencoder": {"latent": 3},
    "denoising": {"latent": 3},
    "vae": {"latent": 3},
    "conditional_vae": {"latent": 3},
    "gan": {"latent": 3},
    "conditional_gan": {"latent": 3},
    "context_encoder": {"latent": 3},
    "classifier": {"features": 8},
    "attribute_classifier": {"features": 8},
    "multi_attribute_editor": {},
    "attribute_editor": {"attribute": "Shaded"},
    "cyclegan": {},
    "paired_translator": {"enlarge": 2, "levels": 2, "halvings": 1, "discriminator": 4},
}
ATTRIBUTED = {
    "attribute_classifier",
    "multi_attribute_editor",
    "attribute_editor",
    "attribute_flow",
}


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    generator = numpy.random.default_rng(0)
    label = numpy.arange(120) % 3
    image = (60 + 60 * label[:, None, None] + generator.normal(0, 20, (120, 8, 8))).clip(0, 255).astype("uint8")
    path = tmp_path_factory.mktemp("data") / "grey.npz"
    numpy.savez(path, x_train=image[:90], y_train=label[:90], x_test=image[90:], y_test=label[90:])
    return path


@pytest.fixture(scope="session")
def attributed(pictures, tmp_path_factory):
    """The training pictures again, with attributes: every second one is darker on the left, every third one bright."""
    with numpy.load(pictures) as arrays:
        images = arrays["x_train"].copy()
    images[::2, :, :4] //= 2
    place = numpy.arange(90)
    flags = numpy.stack([place % 2 == 0, place % 3 == 2], axis=1)
    path = tmp_path_factory.mktemp("data") / "attributed.npz"
    numpy.savez(path, images=images, attributes=flags, attribute_names=numpy.array(["Shaded", "Bright"]))
    return path


@pytest.fixture(scope="session")
def make_run(pictures, attributed, tmp_path_factory):
    """A run of the family on the pictures, with fresh weights."""

    def make(family: str, data=None, **changes) -> Run:
        data = data or (attributed if family in ATTRIBUTED else pictures)
        config = default_config(family, data=str(data), **{"width": 4, **FAMILIES.get(family, {}), **changes})
        dataset = open_dataset(config.data)
        torch.manual_seed(0)
        model = build(family, config.model, dataset.spec)
        run = create(config, dataset, tmp_path_factory.mktemp("runs") / family)
        run.save_weights(model.state_dict())
        run.save_state({}, step=7, processes=1)
        return run

    return make


@pytest.fixture(scope="session")
def run_of(make_run):
    """The same, made once for each family."""
    made: dict[str, Run] = {}

    def of(family: str) -> Run:
        if family not in made:
            made[family] = make_run(family)
        return made[family]

    return of


@pytest.fixture
def context_of(tmp_path, monkeypatch):
    """`context_of(model)`: about to be measured, four images at a time; all that is announced is also advanced."""
    lines: list[list[int]] = []
    monkeypatch.setattr(contexts, "BATCH", TOGETHER * SIDE * SIDE + 1)

    @contextmanager
    def line(what: str, total: int, shown: bool):
        assert not shown
        lines.append(own := [total, 0])

        def advance(count: int) -> None:
            own[1] += count

        yield advance

    monkeypatch.setattr(contexts, "progress_line", line)

    def of(model, judge=None, images: ImageSet = IMAGES, spec=SPEC, train: ImageSet | None = None, **settings):
        dataset = Dataset(spec, train or images, images, images, "greys")
        runs = []
        for name, each in (("run", model), ("judge", judge)):
            run = create(default_config("vae", data="digits"), dataset, tmp_path / f"{name}-{len(lines)}")
            run.__dict__.update(model=each, data=dataset)
            runs.append(run)
        judged = None if judge is None else runs[1]
        return EvaluationContext(runs[0], judge=judged, device="cpu", progress=False, **settings)

    yield of
    assert lines
    assert all(total == done for total, done in lines)
