"""Metrics of edits, on editors whose behaviour is known: one that knows the truth, one that does nothing."""

import numpy
import pytest
import torch

from aegean.data import avatars, open_dataset
from aegean.data.types import DataSpec
from aegean.errors import InputError
from aegean.evaluation import METRICS
from aegean.evaluation.context import EvaluationContext
from aegean.families import default_config
from aegean.images import to_float
from aegean.models.capabilities import ClassifiesAttributes, Edits
from aegean.models.player import Model
from aegean.runs import create

NAMES = ("hat", "beard")


class Bars(Model, Edits):
    """The left half of an image is white where it has a hat, the right half where it has a beard."""

    def __init__(self, side_effect: bool = False) -> None:
        super().__init__()
        self.side_effect = side_effect

    editable = NAMES

    def players(self):
        return []

    def edit(self, image, changes):
        edited = image.clone()
        for k, half in enumerate((edited[..., :4], edited[..., 4:])):
            change = changes[:, k, None, None, None]
            half.copy_(torch.where(change == 0, half, change))
        if self.side_effect:
            edited[..., 4:] = torch.where(changes[:, :1, None, None] != 0, -edited[..., 4:], edited[..., 4:])
        return edited


class Reader(Model, ClassifiesAttributes):
    """Reads the two halves."""

    def players(self):
        return []

    def attribute_probabilities(self, image):
        return torch.stack([image[..., :4].mean((1, 2, 3)), image[..., 4:].mean((1, 2, 3))], dim=1) * 0.4 + 0.5

    def features(self, image):
        return image.flatten(1)


@pytest.fixture(scope="module")
def context_of(tmp_path_factory):
    """`context_of(editor)`: about to be measured on the test images of 200, with the reader as its judge."""
    has = numpy.arange(200)[:, None] // numpy.array([1, 2]) % 2
    image = numpy.repeat(has, 4, axis=1)[:, None].repeat(8, axis=1).astype("uint8") * 255
    path = tmp_path_factory.mktemp("data") / "bars.npz"
    numpy.savez(path, images=image, attributes=has, attribute_names=numpy.array(NAMES))

    def of(editor, judge=True):
        config = default_config("multi_attribute_editor", data=str(path))
        dataset = open_dataset(config.data)
        runs = [create(config, dataset, tmp_path_factory.mktemp("runs") / name) for name in ("run", "judge")]
        for run, model in zip(runs, (editor, Reader())):
            run.__dict__["model"] = model.eval()
        return EvaluationContext(runs[0], judge=runs[1] if judge else None, device="cpu", progress=False)

    return of


def measured(context, name):
    return context.once(METRICS[name].measure)


def test_an_editor_that_knows_the_truth(context_of):
    context = context_of(Bars())
    accuracy = measured(context, "edited_accuracy")
    assert accuracy.value == 1
    assert accuracy.settings["judge_accuracy"] == 1
    assert accuracy.settings["judge_sees"] == {"hat": [1, 1], "beard": [1, 1]}
    assert set(accuracy.beside) == {"hat added", "hat removed", "beard added", "beard removed"}
    assert measured(context, "others_unchanged").value == 1
    for name in ("edit_nothing_psnr", "there_and_back_psnr"):
        assert measured(context, name).value == pytest.approx(100)
    assert measured(context, "there_and_back_psnr").beside["there"] == pytest.approx(10 * numpy.log10(2), abs=1e-4)
    assert measured(context, "edit_nothing_ssim").value == pytest.approx(1)


def test_a_judge_sees_the_images_of_the_run_where_its_own_were_the_same_and_are_gone(context_of):
    context = context_of(Bars())
    path = context.judge.run.path / "config.json"
    path.write_text(path.read_text().replace("bars.npz", "gone.npz"))
    assert measured(context, "edited_accuracy").settings["judge_accuracy"] == 1
    (about := context_of(Bars()).judge.run.about)["fingerprint"] = "another"
    other = context_of(Bars())
    other.judge.run.__dict__["about"] = about
    path = other.judge.run.path / "config.json"
    path.write_text(path.read_text().replace("bars.npz", "gone.npz"))
    with pytest.raises(InputError, match=r"gone\.npz: no such file"):
        measured(other, "edited_accuracy")


def test_an_editor_that_does_more_than_it_was_asked(context_of):
    """Every edit of the hat also switches the beard: half of the verdicts on others change."""
    context = context_of(Bars(side_effect=True))
    kept = measured(context, "others_unchanged")
    assert kept.value == pytest.approx(0.5)
    assert kept.beside["hat added"] == 0
    assert kept.beside["beard removed"] == 1
    assert measured(context, "edited_accuracy").value == 1


def test_an_editor_that_does_nothing(context_of):
    class Nothing(Bars):
        def edit(self, image, changes):
            return image

    context = context_of(Nothing())
    assert measured(context, "edited_accuracy").value == 0
    assert measured(context, "others_unchanged").value == 1


def test_what_cannot_be_measured_says_why(context_of):
    context = context_of(Bars(), judge=False)
    reasons = [
        need(context) for name in ("edited_accuracy", "counterfactual_psnr") for need in METRICS[name].requirements
    ]
    told = [reason for reason in reasons if reason]
    assert len(told) == 2
    assert "attribute_classifier" in told[0]
    assert "avatars" in told[1]


def test_the_true_counterfactual_of_avatars(tmp_path, monkeypatch):
    """An editor that draws the face anew is at 100 dB; one that does nothing is as far as the unedited face."""
    from aegean.data.types import Dataset, ImageSet

    numbers = range(11_000, 11_004)
    images = torch.from_numpy(numpy.stack([avatars.draw(k) for k in numbers]))
    attributes = torch.tensor([avatars.attributes_of(k) for k in numbers]).to(torch.uint8)
    split = ImageSet(images, attributes=attributes)
    dataset = Dataset(DataSpec("avatars", 3, 64, attributes=avatars.ATTRIBUTES), split, split, split, "faces")

    class Draws(Bars):
        editable = ("Hat",)

        def edit(self, image, changes):
            drawn = [avatars.counterfactual(k, "Hat", bool(c > 0)) for k, c in zip(numbers, changes[:, 0])]
            return to_float(torch.from_numpy(numpy.stack(drawn)))

    run = create(default_config("multi_attribute_editor", data="avatars"), dataset, tmp_path / "run")
    run.__dict__["model"], run.__dict__["data"] = Draws(), dataset
    figure = measured(EvaluationContext(run, device="cpu", progress=False), "counterfactual_psnr")
    assert figure.value == pytest.approx(100)
    assert 5 < figure.beside["unedited"] < 30
    numbers = (11_000, 11_002)  # of two of four, those from all over them
    half = measured(EvaluationContext(run, limit=2, device="cpu", progress=False), "counterfactual_psnr")
    assert (half.value, half.images) == (pytest.approx(100), 2)


def test_a_judge_of_other_attributes_is_refused(context_of):
    context = context_of(Bars())
    judge = context.judge.run
    judge.about["data"] = {**judge.about["data"], "attributes": ("scarf",)}
    with pytest.raises(InputError, match="attributes"):
        EvaluationContext(context.run, judge=judge, device="cpu", progress=False)
