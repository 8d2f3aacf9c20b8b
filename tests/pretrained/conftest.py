"""What the tests of pretrained networks share: a small network with known answers, a tiny checkpoint, pictures."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from aegean.images import fit, from_pil
from aegean.pretrained import ImageClass, Network

CLASSES = ("red", "green", "blue")


def mean_colour(picture: Image.Image) -> Tensor:
    """(3, 4, 4) in 0..1."""
    return from_pil(fit(picture, 4, 3)).permute(2, 0, 1).float() / 255


class Colours(nn.Module):
    """Logits are ten times the mean of each channel: what it must answer is plain."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential()
        self.body.same = nn.Conv2d(3, 3, 1, bias=False)
        self.body.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(3, 3)
        with torch.no_grad():
            self.body.same.weight.copy_(torch.eye(3)[:, :, None, None])
            self.classifier.weight.copy_(10 * torch.eye(3))
            self.classifier.bias.zero_()

    def forward(self, image: Tensor) -> Tensor:
        return self.classifier(self.body(image).flatten(1))


@pytest.fixture
def colours() -> Network:
    classes = [ImageClass(name) for name in CLASSES]
    return Network("colours", Colours(), mean_colour, input_shape=(3, 4, 4), classes=classes)


@pytest.fixture
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AEGEAN_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def paint() -> Callable[[Path, int], list[Path]]:
    """Makes `count` small pictures in a folder, of one colour each, all different."""
    return _paint


def _paint(folder: Path, count: int) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{k:03d}.png" for k in range(count)]
    for k, path in enumerate(paths):
        Image.new("RGB", (6, 5), (k * 7 % 256, k * 13 % 256, k * 29 % 256)).save(path)
    return paths


@pytest.fixture(scope="session")
def imagenet(shared: Path) -> Path:
    """100 pictures named by WordNet id, and the official list of names."""
    return shared / "imagenet"


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small ResNet of random weights and statistics, in the hub's own format."""
    pytest.importorskip("transformers")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from transformers import ResNetConfig, ResNetForImageClassification
        from transformers.utils import logging
    logging.disable_progress_bar()
    folder = tmp_path_factory.mktemp("hub") / "small-resnet"
    torch.manual_seed(0)
    config = ResNetConfig(
        embedding_size=8, hidden_sizes=[16, 32, 48, 64], depths=[1, 2, 1, 1], num_labels=5, layer_type="bottleneck"
    )
    config.id2label = dict(
        enumerate(["tench, Tinca tinca", "golden_retriever", "n02979186 cassette player", "crane", "e"])
    )
    model = ResNetForImageClassification(config)
    for part in model.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.running_mean.normal_(0, 0.2)
            part.running_var.uniform_(0.5, 1.5)
    model.save_pretrained(folder)
    settings = {
        "image_processor_type": "ConvNextImageProcessor",
        "crop_pct": 0.875,
        "do_normalize": True,
        "do_resize": True,
        "image_mean": [0.485, 0.456, 0.406],
        "image_std": [0.229, 0.224, 0.225],
        "resample": 3,
        "size": {"shortest_edge": 96},
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))
    return folder


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Five noisy pictures of several sizes and modes."""
    folder = tmp_path_factory.mktemp("photos")
    generator = torch.Generator().manual_seed(0)
    paths = []
    for k, (width, height, mode) in enumerate(
        [(120, 100, "RGB"), (100, 180, "RGB"), (96, 96, "L"), (140, 130, "RGBA"), (300, 220, "RGB")]
    ):
        small = torch.randint(0, 256, (9, 11, 3), generator=generator, dtype=torch.uint8)
        picture = Image.fromarray(small.numpy()).resize((width, height), Image.Resampling.BICUBIC).convert(mode)
        paths.append(folder / f"{k}.png")
        picture.save(paths[-1])
    return paths
