"""Classes are matched by their names, figures belong to weights, and a judge is as good as its own record says."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from aegean import InputError, make_report
from aegean.data import open_dataset
from aegean.data.classes import with_classes
from aegean.evaluation import evaluate
from aegean.evaluation.judge import _recorded_accuracy
from aegean.runs import Run

NUMBERS = ("0", "1", "10", "11", "2")  # as folders are sorted


@pytest.fixture(scope="module")
def same_images(tmp_path_factory):
    """The same images twice: in a folder for each class, and as an array whose labels are numbers."""
    base = tmp_path_factory.mktemp("data")
    labels = np.array([int(name) for name in NUMBERS for _ in range(8)])
    images = (np.random.default_rng(0).normal(labels[:, None, None] * 20, 5, (40, 8, 8))).clip(0, 255).astype("uint8")
    for k, (image, label) in enumerate(zip(images, labels)):
        (base / "folders" / str(label)).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(base / "folders" / str(label) / f"{k}.png")
    np.savez(base / "numbers.npz", images=images, labels=labels)
    return base


def test_an_array_is_labelled_by_the_names_of_the_runs_folders(same_images, make_run):
    run = make_run("classifier", same_images / "folders", channels=1)
    assert run.spec.classes == NUMBERS
    data = open_dataset(str(same_images / "numbers.npz"), size=8, channels=1)
    named = with_classes(data, NUMBERS)
    assert data.spec.classes == ("0", "1", "2", "10", "11")
    assert named.spec.classes == NUMBERS
    for part in ("train", "validation", "test"):
        before = [data.spec.classes[k] for k in data.split(part).labels]
        assert [NUMBERS[k] for k in named.split(part).labels] == before
    assert named.train.labels.dtype == torch.int64
    right = run.model.log_probabilities(named.test.batch(torch.arange(len(named.test))).image).argmax(1)
    (record,) = evaluate(run, ["accuracy"], data=str(same_images / "numbers.npz"))
    assert record["value"] == pytest.approx(float((right == named.test.labels).double().mean()))


def test_fewer_classes_than_the_runs_are_matched_too_and_unknown_ones_left_alone(same_images):
    data = open_dataset(str(same_images / "numbers.npz"), size=8, channels=1)
    assert with_classes(data, (*NUMBERS, "7")).spec.classes == (*NUMBERS, "7")
    assert with_classes(data, ("0", "1")) is data


def test_figures_of_other_weights_are_stale_and_not_reported(make_run):
    run = make_run("autoencoder")
    old, new = evaluate(run, ["reconstruction_mse"])[0], evaluate(run, ["reconstruction_psnr"])[0]
    assert old["weights"] == run.weights_digest
    run.save_evaluation([{key: value for key, value in old.items() if key != "weights"}])  # of before weights were told
    assert not any(run.is_stale(record) for record in run.evaluation)
    run.save_weights({name: value + 0.01 for name, value in run.model.state_dict().items()})
    run = Run(run.path)
    assert [run.is_stale(record) for record in run.evaluation] == [False, True]
    html = make_report(run).read_text()
    assert "Left out (figures of earlier weights, measure them again): reconstruction_psnr" in html
    assert f">{new['value']:.4g}" not in html
    assert "reconstruction mse" in html


def test_a_judges_recorded_accuracy_is_that_of_its_whole_test_split_and_its_weights(make_run):
    run = make_run("classifier")
    assert _recorded_accuracy(run) is None
    whole = evaluate(run, ["accuracy"])[0]["value"]
    evaluate(run, ["accuracy"], limit=2)
    evaluate(run, ["accuracy"], split="train")
    evaluate(run, ["accuracy"], data=run.config.data.data)
    assert _recorded_accuracy(run) == whole
    records = [{**record, "weights": "00000000"} for record in run.evaluation]
    (run.path / "evaluation.json").write_text(json.dumps(records))
    assert _recorded_accuracy(Run(run.path)) is None


def test_features_of_an_attribute_classifier_are_the_vector_before_its_last_layer(run_of):
    run = run_of("attribute_classifier")
    image = run.data.test.first(3).image
    linear = run.model.classify[-1]
    by_hand = torch.sigmoid(linear(run.model.features(image)))
    torch.testing.assert_close(by_hand, run.model.attribute_probabilities(image))
    (record,) = evaluate(run_of("gan"), ["fid"], extractor=run, limit=20)
    assert record["settings"]["features"] == "before the last layer"


def test_a_metric_of_labels_refuses_classes_without_names(make_run, same_images, tmp_path):
    run = make_run("classifier", same_images / "folders", channels=1)
    np.savez(tmp_path / "plain.npz", images=np.zeros((40, 8, 8), np.uint8), labels=np.arange(40) % 5)
    with pytest.raises(InputError, match="the classes of plain cannot be matched"):
        evaluate(run, ["accuracy"], data=str(tmp_path / "plain.npz"))
