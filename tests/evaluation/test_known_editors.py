"""Figures of an editor whose behaviour is known, by hand: what it does to what was asked, to the rest, to the image."""

from __future__ import annotations

import math

import pytest
import torch
from known import SIDE, Known, measured
from torch import Tensor

from aegean.data.types import DataSpec, ImageSet
from aegean.evaluation.metrics import edited_accuracy_robust, edited_kid, editing, fidelity, image_similarity
from aegean.models.capabilities import ClassifiesAttributes, Edits

HALF = SIDE // 2
NAMES = ("left", "right", "both")
SPEC = DataSpec("halves", 1, SIDE, attributes=NAMES)
EDITABLE = ("right", "left")  # in another order than the images have them
HAS = torch.tensor([[0, 0], [0, 0], [1, 0], [0, 1], [1, 1], [1, 0], [0, 0], [0, 1], [1, 0], [0, 0], [1, 1]]).bool()
STUBBORN = (1, 4, 5, 7)  # of these the right half cannot be edited


def pictures(has: Tensor = HAS, stubborn: tuple[int, ...] = STUBBORN) -> ImageSet:
    """Halves that are bright where they have it, each in a grey of its own; the stubborn have a white corner."""
    image = torch.empty(len(has), SIDE, SIDE, 1, dtype=torch.uint8)
    for k, (left, right) in enumerate(has.tolist()):
        image[k, :, :HALF], image[k, :, HALF:] = 40 + k + 150 * left, 60 + k + 150 * right
    for k in stubborn:
        image[k, 0, -1] = 255
    flags = torch.cat([has, has.all(1, keepdim=True)], 1).to(torch.uint8)
    return ImageSet(image, attributes=flags)


IMAGES = pictures()


class Halves(Known, Edits):
    """Adds and removes brightness: 1.1 of the right half, which a white corner forbids; 1.2 and 1 of the left one."""

    editable = EDITABLE

    def edit(self, image, changes):
        edited = image.clone()
        free = (image[:, :, :1, -1:] < 0.99).float()
        right, left = changes[:, :1, None, None], changes[:, 1:, None, None]
        edited[..., HALF:] += 1.1 * right * free
        edited[..., :HALF] += torch.where(left > 0, 1.2 * left, left)
        return edited.clamp(-1, 1)


class Sees(Known, ClassifiesAttributes):
    """Sees a half as bright above the middle, but for pictures with a very dark left half: there it sees all."""

    def attribute_probabilities(self, image):
        left, right = image[..., :HALF].mean((1, 2, 3)), image[..., HALF:].mean((1, 2, 3))
        found = torch.stack([left, right, torch.minimum(left, right)], 1) * 0.4 + 0.5
        return torch.where((left < -0.68)[:, None], 0.9, found)

    def features(self, image):
        return image.flatten(1)


class Half(Sees):
    """Exactly one half where it does not see."""

    def attribute_probabilities(self, image):
        return torch.where(super().attribute_probabilities(image) > 0.5, 0.9, 0.5)


def edited(k: int, name: str, sign: int = 1) -> Tensor:
    """Image k after `name` was switched (sign 1) or asked for as it is (-1). (1, 1, H, W)"""
    has = bool(IMAGES.attributes[k, NAMES.index(name)])  # type: ignore[index]
    change = torch.zeros(1, 2)
    change[0, EDITABLE.index(name)] = sign * (-1 if has else 1)
    return Halves().edit(IMAGES.batch(torch.tensor([k])).image, change)


def sees(image: Tensor) -> list[bool]:
    return (Sees().attribute_probabilities(image) > 0.5)[0].tolist()


def table(of) -> Tensor:
    """`of(k, name)` of every image and everything that can be edited. (N, E)"""
    return torch.tensor([[float(of(k, name)) for name in EDITABLE] for k in range(len(HAS))]).double()


def check(figure, values: Tensor, beside: dict[str, float] | None = None) -> None:
    """The mean over images of the mean over edits, its error over images, and each way beside it."""
    each = values.mean(1)
    assert figure.value == pytest.approx(float(each.mean()), rel=1e-5)
    assert figure.images == len(HAS)
    assert figure.standard_error == pytest.approx(float(each.std()) / math.sqrt(len(HAS)), rel=1e-4, abs=1e-7)
    if beside is not None:
        for column, name in enumerate(EDITABLE):
            has = HAS[:, NAMES.index(name)]
            beside[f"{name} added"] = float(values[~has, column].mean())
            beside[f"{name} removed"] = float(values[has, column].mean())
        assert figure.beside == pytest.approx(beside, rel=1e-5)


def test_what_is_seen_of_edits_and_what_else_changes(context_of):
    context = context_of(Halves(), judge=Sees(), images=IMAGES, spec=SPEC)
    context.judge.boundaries = torch.full((3,), 0.5)
    has = lambda k, name: bool(IMAGES.attributes[k, NAMES.index(name)])  # noqa: E731
    right = table(lambda k, name: sees(edited(k, name))[NAMES.index(name)] != has(k, name))
    assert 0.2 < right.mean() < 0.9
    accuracy = measured(context, "edited_accuracy")
    check(accuracy, right, {})

    def kept(k: int, name: str) -> float:
        before, after = sees(IMAGES.batch(torch.tensor([k])).image), sees(edited(k, name))
        others = [j for j in range(3) if j != NAMES.index(name)]
        return sum(before[j] == after[j] for j in others) / 2

    unchanged = measured(context, "others_unchanged")
    check(unchanged, table(kept), {})
    known = torch.tensor([sees(IMAGES.batch(torch.tensor([k])).image) for k in range(len(HAS))]) == (
        IMAGES.attributes > 0
    )
    whole = {"judge_accuracy": round(float(known.float().mean()), 4), "judge_sees": {}}
    for name in EDITABLE:
        place = NAMES.index(name)
        ways = (known[HAS[:, place], place], known[~HAS[:, place], place])
        whole["judge_sees"][name] = [round(float(some.float().mean()), 4) for some in ways]
    for figure in (accuracy, unchanged):
        assert figure.settings.items() >= whole.items()
        assert figure.settings["judge"] == "vae"


def test_a_judge_of_an_attribute_that_all_images_have(context_of):
    images = pictures(torch.tensor([[1, 0], [1, 1], [1, 0], [1, 1]]).bool(), ())
    context = context_of(Halves(), judge=Sees(), images=images, spec=SPEC)
    assert measured(context, "edited_accuracy").settings["judge_sees"]["left"] == [1.0, None]


def test_the_accuracy_of_a_classifier_is_over_all_verdicts_and_half_is_not_seen(context_of):
    figure = measured(context_of(Half(), images=IMAGES, spec=SPEC), "attribute_accuracy")
    seen = torch.tensor([sees(IMAGES.batch(torch.tensor([k])).image) for k in range(len(HAS))])
    right = (seen == (IMAGES.attributes > 0)).double()
    each = right.mean(1)
    assert (figure.value, figure.images) == (pytest.approx(float(each.mean())), len(HAS))
    assert figure.standard_error == pytest.approx(float(each.std()) / math.sqrt(len(HAS)))
    assert figure.beside == pytest.approx(dict(zip(NAMES, right.mean(0).tolist())))


def test_how_near_images_stay_and_come_back(context_of):
    context = context_of(Halves(), images=IMAGES, spec=SPEC)
    image = lambda k: IMAGES.batch(torch.tensor([k])).image  # noqa: E731
    back = lambda k, name: _back(edited(k, name), k, name)  # noqa: E731
    similar = {"psnr": image_similarity.psnr, "ssim": image_similarity.ssim}
    for kind, measure in similar.items():
        nothing = table(lambda k, name, measure=measure: measure(edited(k, name, -1), image(k)))
        check(measured(context, f"edit_nothing_{kind}"), nothing)
        came = table(lambda k, name, measure=measure: measure(back(k, name), image(k)))
        went = table(lambda k, name: image_similarity.psnr(edited(k, name), image(k)))
        beside = {"there": float(went.mean())} if kind == "psnr" else None
        check(measured(context, f"there_and_back_{kind}"), came, beside)


def test_what_edits_is_named_where_it_is_not_the_model(context_of, monkeypatch):
    monkeypatch.setattr(editing, "redraw", lambda number, name, on, size: IMAGES.images[0].numpy())
    for model, settings in ((Halves(), {}), (Known(), {"editor": str(Halves())})):
        context = context_of(model, images=IMAGES, spec=SPEC)
        context.__dict__["editor"] = Halves()
        for name in ("edit_nothing_psnr", "edit_nothing_ssim", "there_and_back_psnr", "there_and_back_ssim"):
            assert measured(context, name).settings == settings
        assert measured(context, "counterfactual_psnr").settings == settings


def _back(there: Tensor, k: int, name: str) -> Tensor:
    """The switch turned back."""
    has = bool(IMAGES.attributes[k, NAMES.index(name)])  # type: ignore[index]
    change = torch.zeros(1, 2)
    change[0, EDITABLE.index(name)] = 1 if has else -1
    return Halves().edit(there, change)


def test_the_true_counterfactual_is_that_of_each_face(context_of, monkeypatch):
    """Here the faces are halves: drawn anew, with one as it was not."""
    first = 100

    def redraw(number: int, name: str, on: bool, size) -> torch.Tensor:
        assert size == (SIDE, SIDE)
        pixels = IMAGES.images[number - first].clone()
        k, part = number - first, slice(HALF) if name == "left" else slice(HALF, None)
        pixels[:, part] = (40 if name == "left" else 60) + k + 150 * on
        return pixels.numpy()

    monkeypatch.setattr(editing, "redraw", redraw)
    monkeypatch.setattr(editing, "PARTS", {"test": (first, first + len(HAS))})
    context = context_of(Halves(), images=IMAGES, spec=SPEC)

    def true(k: int, name: str) -> Tensor:
        on = not bool(IMAGES.attributes[k, NAMES.index(name)])  # type: ignore[index]
        return torch.from_numpy(redraw(first + k, name, on, (SIDE, SIDE))).permute(2, 0, 1)[None] / 127.5 - 1

    near = table(lambda k, name: image_similarity.psnr(edited(k, name), true(k, name)))
    alone = table(lambda k, name: image_similarity.psnr(IMAGES.batch(torch.tensor([k])).image, true(k, name)))
    check(measured(context, "counterfactual_psnr"), near, {"unedited": float(alone.mean())})


class Eye:
    """A judge of softened images: sees as `Sees` does, in the order of what is edited."""

    def __call__(self, image: Tensor) -> Tensor:
        return (Sees().attribute_probabilities(image) > 0.5)[:, [NAMES.index(name) for name in EDITABLE]]

    def settings(self, seen: list[str]) -> dict[str, object]:
        return {"judge": "eye", "training_saw": seen}


@pytest.mark.parametrize("rows", [range(len(HAS)), [0, 1, 6, 9, 3, 7]], ids=["all", "none has left"])
def test_each_way_of_editing_counts_alike_and_stands_beside_what_is_seen_of_the_real(context_of, monkeypatch, rows):
    monkeypatch.setattr(edited_accuracy_robust, "attribute_probe", lambda context: Eye())
    chosen = torch.tensor(list(rows))
    images = ImageSet(IMAGES.images[chosen], attributes=IMAGES.attributes[chosen])
    context = context_of(Halves(), images=images, spec=SPEC)
    figure = measured(context, "edited_accuracy_robust")
    beside, rates, variances = {}, [], []
    for name in EDITABLE:
        place, had = NAMES.index(name), HAS[chosen, NAMES.index(name)]
        alone = torch.tensor([sees(IMAGES.batch(torch.tensor([k])).image)[place] for k in chosen])
        after = torch.tensor([sees(edited(int(k), name))[place] for k in chosen])
        for way, wanted in (("added", True), ("removed", False)):
            some = had != wanted
            if not some.any():
                continue
            right = (after[some] == wanted).double()
            rates.append(float(right.mean()))
            variances.append(float(((right - right.mean()) ** 2).mean()) / len(right))
            beside[f"{name} {way}"] = rates[-1]
            beside[f"{name} {way}, left alone"] = float((alone[some] == wanted).double().mean())
            beside[f"{name} {way}, real"] = float((alone[~some] == wanted).double().mean())
    real = [value for name, value in beside.items() if name.endswith("real") and not math.isnan(value)]
    beside["real"] = sum(real) / len(real)
    assert figure.value == pytest.approx(sum(rates) / len(rates))
    assert figure.standard_error == pytest.approx(math.sqrt(sum(variances)) / len(rates))
    assert figure.images == len(chosen)
    assert figure.beside == pytest.approx(beside, nan_ok=True)
    assert figure.settings == {"judge": "eye", "training_saw": []}


def test_where_all_images_are_alike_there_are_no_real_ones_to_compare_with(context_of, monkeypatch):
    monkeypatch.setattr(edited_accuracy_robust, "attribute_probe", lambda context: Eye())
    images = pictures(torch.ones(4, 2, dtype=torch.bool), ())
    figure = measured(context_of(Halves(), images=images, spec=SPEC), "edited_accuracy_robust")
    assert {name for name in figure.beside if "removed" not in name} == set()


def test_the_judge_is_fitted_to_training_images(context_of, monkeypatch):
    train = pictures(HAS.flip(0), ())
    monkeypatch.setattr(edited_accuracy_robust, "look", lambda network, image: corners(image))
    monkeypatch.setattr(edited_accuracy_robust, "fit_probe", lambda *told: told)
    context = context_of(Halves(), images=pictures(HAS[:3], ()), train=train, spec=SPEC)
    network, features, shows = context.once(edited_accuracy_robust.attribute_probe)
    assert network == "efficientnet-lite2"
    assert torch.equal(features, corners(train.first(len(HAS)).image))
    assert torch.equal(shows, HAS.flip(0).flip(1))


def test_of_a_set_as_many_with_as_without_are_taken():
    has = torch.tensor([[1, 0], [1, 0], [1, 0], [1, 1], [0, 0], [0, 1], [1, 0], [0, 0]]).bool()
    assert edited_accuracy_robust.balanced_places(has, 4).tolist() == [0, 3, 4]  # the first of each kind
    assert edited_accuracy_robust.balanced_places(has, 1).tolist() == [0, 3, 4]  # at least one of each


def corners(image: Tensor) -> Tensor:
    """Features that are not flat. (B, 1, 2, 2)"""
    return image[:, :, :: SIDE - 1, :: SIDE - 1]


def test_the_distance_of_edited_images_and_what_stands_beside_it(context_of, monkeypatch):
    many = torch.arange(44)
    has = torch.stack([many % 2 == 0, many % 3 == 0], 1)
    images, train = pictures(has, (3, 8)), pictures(has.flip(0)[:40], ())
    context = context_of(Halves(), images=images, train=train, spec=SPEC, extractor=corners)
    monkeypatch.setattr(edited_kid, "MOST", 12)
    figure = measured(context, "edited_kid")
    values, errors, alone, real, count, beside = [], [], [], [], 0, {}
    for name in EDITABLE:
        own, theirs = has[:, NAMES.index(name)], has.flip(0)[:40, NAMES.index(name)]
        for way, wanted in (("added", True), ("removed", False)):
            start, end, reference = (_spread(some) for some in (own != wanted, own == wanted, theirs == wanted))
            change = torch.zeros(1, 2)
            change[0, EDITABLE.index(name)] = 1 if wanted else -1
            before = images.batch(start).image
            after = Halves().edit(before, change.expand(len(before), -1))
            those = corners(train.batch(reference).image).flatten(1)
            of = lambda image, those=those: edited_kid.distance(those, corners(image).flatten(1))  # noqa: E731
            values.append(of(after)[0])
            errors.append(of(after)[1])
            alone.append(of(before)[0])
            real.append(of(images.batch(end).image)[0])
            count += len(start)
            where = f"{name} {way}"
            beside |= {where: values[-1], f"{where}, left alone": alone[-1], f"{where}, real": real[-1]}
    mean = lambda numbers: sum(numbers) / 4  # noqa: E731
    beside |= {"left alone": mean(alone), "real": mean(real), "ratio": mean(values) / mean(alone)}
    assert figure.value == pytest.approx(mean(values), rel=1e-6)
    assert figure.beside == pytest.approx(beside, rel=1e-6)
    assert figure.images == count == 48
    assert figure.standard_error == pytest.approx(math.sqrt(sum(error**2 for error in errors)) / 4, rel=1e-6)
    assert figure.settings.items() >= {"extractor": "corners", "training_saw": []}.items()


def _spread(which: Tensor) -> Tensor:
    """The places of twelve of them, from all over."""
    places = which.nonzero()[:, 0]
    return places[torch.arange(12) * len(places) // 12] if len(places) > 12 else places


def test_a_way_of_which_there_are_few_images_is_not_measured(context_of):
    has, theirs = torch.zeros(2, 20, 2, dtype=torch.bool)
    has[:3, 0] = has[3:7, 1] = theirs[:9, 0] = theirs[3:, 1] = True
    test, train = pictures(has, ()), pictures(theirs, ())
    figure = measured(context_of(Halves(), images=test, train=train, spec=SPEC, extractor=corners), "edited_kid")
    ways = {name.partition(",")[0] for name in figure.beside} - {"left alone", "real", "ratio"}
    assert ways == {"right added"}  # three of the test have left; three of training lack right
    assert figure.value == figure.beside["right added"]


def test_of_no_way_there_is_no_distance(context_of):
    few = pictures(torch.tensor([[1, 0], [0, 1]]).bool(), ())
    figure = measured(context_of(Halves(), images=few, spec=SPEC, extractor=corners), "edited_kid")
    assert math.isnan(figure.value)
    assert figure.images == 0


def test_the_error_of_a_distance_is_that_of_independent_blocks():
    torch.manual_seed(0)
    a, b = torch.randn(40, 3), torch.randn(40, 3) + 1
    value, error = edited_kid.distance(a, b)
    blocks = fidelity.kernel_distance(a, b)
    assert len(blocks) > 2
    assert error == pytest.approx(float(blocks.std()) / math.sqrt(len(blocks)))
    assert value == pytest.approx(float(fidelity.squared_mmd(a.double(), b.double())))
    assert len(fidelity.kernel_distance(a[:4], b[:4])) == 2
    assert edited_kid.distance(a[:4], b[:4])[1] > 0
    assert edited_kid.distance(a[:2], b[:2])[1] == 0
