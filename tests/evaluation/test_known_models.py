"""Figures of models and judges whose behaviour is known, by hand: batches, labels, seeds and what stands beside."""

from __future__ import annotations

import math
from typing import NamedTuple

import pytest
import torch
from known import GREYS, IMAGES, LABELS, SIDE, Known, flat, level, measured
from torch import Tensor

from aegean.data.types import DataSpec, ImageSet
from aegean.errors import InputError
from aegean.evaluation.metrics import (
    classification,
    fidelity,
    image_similarity,
    likelihood,
    probes,
    translated_accuracy_robust,
    translation,
)
from aegean.evaluation.metrics.figure import Figure, mean_figure
from aegean.models.capabilities import (
    Classifies,
    Conditional,
    Density,
    Encodes,
    Restores,
    Samples,
    Translates,
)
from aegean.sizes import Size


class Counts(Known, Density, Conditional):
    """-log p of a picture is its level, its label and the seed of its batch; the n-th draw of it weighs as much."""

    discrete = True

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[int, int]] = []

    def target(self, image, seed=None):
        return level(image) + seed

    def bound(self, target, label=None):
        return target, 2.0 * label

    def log_weights(self, target, count, label=None):
        self.asked.append((count, len(target)))
        return -(target + label).expand(count, -1)


def test_a_likelihood_is_that_of_each_image_with_its_label_and_the_seed_of_its_batch(context_of, monkeypatch):
    model = Counts()
    monkeypatch.setattr(likelihood, "IN_CACHE", 6 * SIDE * SIDE)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    context = context_of(model, samples=3, seed=7)
    first = 7.0 + torch.tensor([0, 0, 0, 0, 4, 4, 4, 4, 8, 8])  # of the batch
    distortion = first + GREYS / 51
    elbo = measured(context, "negative_elbo")
    assert elbo.beside == pytest.approx({"distortion": float(distortion.mean()), "rate": 2 * 10 / 10})
    assert elbo.value == pytest.approx(float((distortion + 2 * LABELS).mean()))
    nats = measured(context, "negative_log_likelihood")
    assert nats.value == pytest.approx(float((distortion + LABELS).mean()))
    assert nats.settings == {"k": 3}
    assert model.asked == [(3, 2)] * 5  # six pictures fit in a call: three draws of two images
    bits = measured(context, "bits_per_dimension")
    assert bits.value == pytest.approx(nats.value / (64 * math.log(2)))
    assert bits.standard_error == pytest.approx(nats.standard_error / (64 * math.log(2)))
    assert bits.settings == {"k": 3}


def test_how_the_work_of_many_draws_is_split(monkeypatch):
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    cpu, device = torch.device("cpu"), torch.device("cuda")
    assert likelihood.share_of_a_call(5000, 784, cpu) == (256, 2)
    assert likelihood.share_of_a_call(50, 784, cpu) == (50, 10)
    assert likelihood.share_of_a_call(5000, 784 * 4, cpu) == (128, 1)
    assert likelihood.share_of_a_call(5000, 10**9, cpu) == (1, 1)
    assert likelihood.share_of_a_call(5000, 784, device) == (256, 32)


class Reads(Known, Classifies):
    """Takes levels 0 and 3 for class 0, 1 and 4 for 1, 2 and 5 for 2; its features are the level, twice."""

    def log_probabilities(self, image):
        return torch.nn.functional.one_hot(level(image).long() % 3, 3).float().log_softmax(1)

    def features(self, image):
        return torch.stack([level(image), level(image)], 1)


def test_accuracy_is_of_all_batches(context_of):
    figure = measured(context_of(Reads()), "accuracy")
    assert (figure.value, figure.images) == (pytest.approx(0.9), 10)  # the last is a 2 and is called 0


class Paints(Known, Samples, Conditional):
    """Paints level `label`, or every second time `label` + 3; of noise 4 and 5 it paints level 0."""

    def noise(self, count, seed):
        return torch.arange(count).float()[:, None]

    def sample(self, noise, label=None):
        place = noise[:, 0].long()
        grey = label + 3 * ((place // 3) % 2)
        grey = torch.where((place == 4) | (place == 5), 0, grey)
        return (grey / 2.5 - 1)[:, None, None, None].expand(-1, 1, SIDE, SIDE)


def test_a_judge_of_what_was_asked_for_and_of_its_diversity(context_of, monkeypatch):
    context = context_of(Paints(), judge=Reads(), limit=9)
    figure = measured(context, "judge_agreement")
    assert (figure.value, figure.images) == (pytest.approx(7 / 9), 9)  # a 1 and a 2 are painted as 0
    assert figure.beside["ceiling"] == 0.9
    assert figure.settings["real_images"] == 9
    real = context.images.labels
    ratios = []
    for k, made in enumerate(([0, 3, 0], [1, 0, 1], [2, 0, 2])):
        there = (context.images.images[real == k, 0, 0, 0] // 51).float()[:, None]
        ratios.append(float(torch.pdist(torch.tensor(made).float()[:, None]).mean() / torch.pdist(there).mean()))
    assert figure.beside["diversity"] == pytest.approx(sum(ratios) / 3)
    monkeypatch.setattr(classification, "ASKED", 5)
    assert measured(context_of(Paints(), judge=context.judge.model), "judge_agreement").images == 5


def test_the_pairs_compared_are_those_of_the_first_images_of_a_class(monkeypatch):
    monkeypatch.setattr(classification, "MOST", 2)
    found = classification.spread_within_classes(torch.tensor([[0.0], [1.0], [9.0]]), torch.zeros(3), 1)
    assert found.tolist() == [1.0]


class Untold(Known, Samples):
    """Paints the noise, and may not be told labels."""

    def noise(self, count, seed):
        return torch.arange(count).float()[:, None] + seed

    def sample(self, noise, label=None):
        assert label is None
        return (noise[:, :, None, None] / 40 - 1).expand(-1, 1, SIDE, SIDE)


def two_corners(image: Tensor) -> Tensor:
    """Features that are not flat. (B, 1, 2)"""
    return image[:, :, 0, ::7] * torch.tensor([1.0, 0.5])


@pytest.mark.parametrize("others", [5, 6])
def test_where_other_real_images_are_few_nothing_stands_beside(context_of, others):
    train = ImageSet(flat(torch.arange(others, dtype=torch.uint8) * 40))
    context = context_of(Untold(), train=train, extractor=two_corners, limit=8)
    for name in ("fid", "kid", "precision", "recall", "density", "coverage"):
        figure = measured(context, name)
        assert len(figure.beside) == (others == 6)
        assert ("samples" in figure.settings) == (name in {"recall", "coverage"})
        assert figure.settings["real_images"] == 8
    real, theirs = (two_corners(some.first(8).image).flatten(1) for some in (IMAGES.some(8), train))
    made = two_corners(Untold().sample(context.noise(8))).flatten(1)
    density = measured(context, "density")
    assert density.value == pytest.approx(float(fidelity.density_of_features(real, made, 5).mean()))
    if others == 6:
        precision = measured(context, "precision").beside["ceiling"]
        assert precision == pytest.approx(float(fidelity.precision_of_features(real, theirs, 3).mean()))


def test_beside_training_images_stand_those_of_the_test(context_of):
    train = ImageSet(flat(GREYS // 2))
    figure = measured(context_of(Untold(), train=train, extractor=two_corners, split="train"), "fid")
    real, test = (two_corners(some.first(10).image).flatten(1) for some in (train, IMAGES))
    assert figure.beside["floor"] == pytest.approx(fidelity.frechet_distance(real, test), rel=1e-4)


def test_one_feature_that_is_no_number_is_enough_to_refuse_them_all(context_of):
    def odd(image):
        return torch.where(level(image) == 4, math.nan, image[:, 0, 0, 0])[:, None]

    with pytest.raises(InputError, match="not all finite"):
        measured(context_of(Untold(), extractor=odd), "fid")


class Comes(Known, Encodes, Restores):
    """Its pictures come back darker by a fifth of black to white; holes, the left half, are filled with white."""

    told_noise = True

    def encode(self, image, label=None):
        return image.flatten(1)

    def decode(self, latent, label=None):
        return latent.unflatten(1, (1, SIDE, SIDE)) - 0.4

    def corrupt(self, image, seed):
        return torch.where(self.missing(image, seed) > 0, 0.0, image)

    def missing(self, image, seed):
        mask = torch.zeros(len(image), 1, SIDE, SIDE)
        mask[..., : SIDE // 2] = 1
        return mask

    def restore(self, image, mask=None, sigma=None):
        return image + 0.001 * sigma if mask is None else torch.where(mask > 0, 1.5, image)


class Brightens(Comes):
    """Its pictures come back brighter by a fifth of black to white."""

    def decode(self, latent, label=None):
        return latent.unflatten(1, (1, SIDE, SIDE)) + 0.4


class Notes(Comes):
    """Notes by which seeds its damage was drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.seeds: list[int] = []

    def damage(self, batch, seed):
        self.seeds.append(seed)
        return super().damage(batch, seed)


@pytest.mark.parametrize("name", ["restored_psnr", "hole_psnr", "restored_accuracy"])
def test_each_batch_is_damaged_by_a_seed_of_its_own(context_of, name):
    model = Notes()
    measured(context_of(model, judge=Reads(), seed=2), name)
    assert model.seeds == [2, 6, 10]


def test_noise_of_a_sigma_is_put_on_what_is_wanted_of_pairs(context_of):
    images = ImageSet(IMAGES.images, target=IMAGES.images // 4)
    context = context_of(Comes(), images=images, sigma=25.0)
    wanted = images.target.permute(0, 3, 1, 2) / 127.5 - 1
    restored = (wanted + 50 / 255 * noise_of(0) + 0.025).clamp(-1, 1)
    error = ((restored - wanted) / 2).square().mean((1, 2, 3))
    assert measured(context, "restored_psnr").value == pytest.approx(decibels(error), rel=1e-4)
    error = (25 / 255 * noise_of(0)).square().mean((1, 2, 3))
    assert measured(context, "restored_psnr").beside["damaged"] == pytest.approx(decibels(error), rel=1e-4)
    assert measured(context, "restored_ssim").settings == {"noise": "gaussian, not clipped", "sigma": 25.0}


def noise_of(seed: int) -> Tensor:
    """What is drawn for all pictures, batch by batch."""
    drawn = [torch.Generator().manual_seed(seed + start) for start in (0, 4, 8)]
    return torch.cat([torch.randn(n, 1, SIDE, SIDE, generator=each) for each, n in zip(drawn, (4, 4, 2))])


def decibels(error: Tensor) -> float:
    return float((-10 * error.clamp_min(1e-10).log10()).mean())


def test_pictures_that_come_back_darker_and_holes_filled_with_white(context_of):
    context, grey = context_of(Comes()), GREYS / 255
    error = (grey - (grey - 0.2).clamp_min(0)).square()
    assert measured(context, "reconstruction_mse").value == pytest.approx(float(error.mean()), rel=1e-5)
    assert measured(context, "reconstruction_psnr").value == pytest.approx(decibels(error), rel=1e-5)
    similarity = measured(context, "reconstruction_ssim")
    luminance = (2 * grey * (grey - 0.2).clamp_min(0) + 1e-4) / (grey**2 + (grey - 0.2).clamp_min(0) ** 2 + 1e-4)
    assert similarity.value == pytest.approx(float(luminance.mean()), rel=1e-3)
    assert similarity.standard_error is not None
    bright = measured(context_of(Brightens()), "reconstruction_mse")  # beyond white is white
    assert bright.value == pytest.approx(float((grey - (grey + 0.2).clamp_max(1)).square().mean()), rel=1e-5)
    restored = measured(context, "restored_psnr")
    assert restored.value == pytest.approx(decibels((1 - grey).square() / 2), rel=1e-5)  # beyond white is white
    assert restored.beside["damaged"] == pytest.approx(decibels((0.5 - grey).square() / 2), rel=1e-5)
    ssims = measured(context, "restored_ssim")
    clean = IMAGES.first(10).image
    for found, fill in ((ssims.value, 1.0), (ssims.beside["damaged"], 0.0)):
        filled = clean.clone()
        filled[..., : SIDE // 2] = fill
        assert found == pytest.approx(float(image_similarity.ssim(filled, clean).mean()), rel=1e-5)
    hole = measured(context, "hole_psnr")
    assert hole.value == pytest.approx(decibels((1.25 - grey).square()), rel=1e-5)
    assert hole.beside["grey"] == pytest.approx(decibels((0.5 - grey).square()), rel=1e-5)


def test_noise_of_a_sigma_is_that_of_the_batchs_seed_and_the_model_is_told(context_of):
    context = context_of(Comes(), judge=Reads(), sigma=50.0, seed=3)
    clean = IMAGES.first(10).image
    damaged = clean + 100 / 255 * noise_of(3)
    figure = measured(context, "restored_psnr")
    error = ((damaged - clean) / 2).square().mean((1, 2, 3))
    assert figure.beside["damaged"] == pytest.approx(decibels(error), rel=1e-5)
    error = (((damaged + 0.05).clamp(-1, 1) - clean) / 2).square().mean((1, 2, 3))
    assert figure.value == pytest.approx(decibels(error), rel=1e-5)
    assert figure.settings == {"noise": "gaussian, not clipped", "sigma": 50.0}
    accuracy = measured(context, "restored_accuracy")
    right = [float((level(image) % 3 == LABELS).float().mean()) for image in (damaged + 0.05, damaged, clean)]
    assert [accuracy.value, accuracy.beside["damaged"], accuracy.beside["clean"]] == pytest.approx(right)
    assert accuracy.settings.items() >= {"sigma": 50.0, "judge_accuracy": 0.9}.items()


class Enlarges(Known, Translates):
    """Makes of a grey picture one in colours, twice as large, too bright by a tenth of black to white."""

    reach, both_ways = 0, False

    def pair(self, batch):
        return batch.image, batch.target

    def translate(self, image, direction):
        assert direction == "b"
        return image.repeat_interleave(2, 2).repeat_interleave(2, 3).expand(-1, 3, -1, -1) + 0.2


def first_pixel(image: Tensor) -> Tensor:
    return image[:, :, 0, 0]


def test_what_is_made_of_pairs_and_what_went_in_are_compared_with_what_is_wanted(context_of):
    spec = DataSpec("pairs", 1, SIDE, target_channels=3, target_scale=2)
    target = flat(GREYS // 2, 3, 2 * SIDE)  # half as bright
    images = ImageSet(flat(GREYS), target=target)
    context = context_of(Enlarges(), images=images, spec=spec, extractor=first_pixel)
    grey, wanted = GREYS / 255, (GREYS // 2) / 255
    psnr = measured(context, "paired_psnr")
    assert psnr.value == pytest.approx(decibels((grey + 0.1 - wanted).square()), rel=1e-4)
    assert psnr.beside == {"unchanged": pytest.approx(decibels((grey - wanted).square()), rel=1e-4)}
    ssim = measured(context, "paired_ssim")
    like = [float(((2 * x * wanted + 1e-4) / (x**2 + wanted**2 + 1e-4)).mean()) for x in (grey + 0.1, grey)]
    assert [ssim.value, ssim.beside["unchanged"]] == pytest.approx(like, rel=1e-3)
    kid = measured(context, "paired_kid")
    made, plain, real = ((2 * x - 1)[:, None].expand(-1, 3) for x in (grey + 0.1, grey, wanted))
    for found, vectors in ((kid.value, made), (kid.beside["unchanged"], plain)):
        assert found == pytest.approx(float(fidelity.kernel_distance(real, vectors).mean()), rel=1e-3)
    assert kid.settings.items() >= {"extractor": "first_pixel", "real_images": 10, "block": 2, "blocks": 5}.items()


def test_what_goes_in_is_enlarged_without_overshoot_also_where_it_is_not_square(context_of):
    """Stripes of black and white: bicubic interpolation goes beyond both."""
    stripes = torch.zeros(10, SIDE, 12, 1, dtype=torch.uint8)
    stripes[:, :, ::4] = stripes[:, :, 1::4] = 255
    target = stripes.repeat_interleave(2, 1).repeat_interleave(2, 2).expand(-1, -1, -1, 3)
    spec = DataSpec("stripes", 1, Size(SIDE, 12), target_channels=3, target_scale=2)
    figure = measured(context_of(Enlarges(), images=ImageSet(stripes, target=target), spec=spec), "paired_psnr")
    image, wanted = (pixels[:1].permute(0, 3, 1, 2) / 127.5 - 1 for pixels in (stripes, target))
    plain = torch.nn.functional.interpolate(image, scale_factor=2, mode="bicubic")
    assert plain.min() < -1
    assert plain.max() > 1
    error = ((plain.clamp(-1, 1) - wanted) / 2).square().mean((1, 2, 3))
    assert figure.beside["unchanged"] == pytest.approx(decibels(error), rel=1e-4)


class Crosses(Known, Translates):
    """To b it makes brighter by a tenth of black to white, to a it halves the distance from grey."""

    reach = 0

    def translate(self, image, direction):
        assert len(image) <= translation.BATCH
        return image + 0.2 if direction == "b" else 0.5 * image


def test_there_and_back_between_two_domains_and_how_far_either_is_from_the_other(context_of):
    spec = DataSpec("two", 1, SIDE, domains=("dark", "light"))
    other = (GREYS[:9] // 2 + 100).to(torch.uint8)
    images, train = ImageSet(flat(GREYS), other=flat(other)), ImageSet(flat(GREYS // 3), other=flat(other // 2))
    context = context_of(Crosses(), images=images, train=train, spec=spec, extractor=first_pixel)
    a, b = GREYS / 127.5 - 1, other / 127.5 - 1
    half = lambda change: (change.abs() / 2).mean().item()  # noqa: E731
    cycle = measured(context, "cycle_error")
    of_a, of_b = 0.5 * (a + 0.2) - a, 0.5 * b + 0.2 - b
    assert (cycle.value, cycle.images) == (pytest.approx(half(torch.cat([of_a, of_b])), rel=1e-5), 19)
    errors = torch.cat([of_a, of_b]).abs() / 2
    assert cycle.standard_error == pytest.approx(float(errors.std()) / 19**0.5, rel=1e-5)
    wanted = {"of_a": half(of_a), "of_b": half(of_b), "change_to_b": 0.1, "change_to_a": half(0.5 * b)}
    assert cycle.beside == pytest.approx(wanted, rel=1e-5)
    kid = measured(context, "translated_kid")
    away = lambda one, two: fidelity.kernel_distance(one[:, None], two[:, None]).mean().item()  # noqa: E731
    forward, untranslated = away(b, a + 0.2), away(b, a)
    assert kid.value == pytest.approx(forward, rel=1e-3)
    assert kid.beside == pytest.approx(
        {
            "untranslated": untranslated,
            "ratio": forward / untranslated,
            "b_to_a": away(a, 0.5 * b),
            "real_a": away(a, (GREYS // 3) / 127.5 - 1),
            "real_b": away(b, (other // 2) / 127.5 - 1),
        },
        rel=1e-3,
    )
    assert kid.settings.items() >= {"extractor": "first_pixel", "real_images": 9}.items()


@pytest.mark.parametrize("count", [3, 4])
def test_of_few_other_images_there_is_no_distance(context_of, count):
    spec = DataSpec("two", 1, SIDE, domains=("dark", "light"))
    images = ImageSet(flat(GREYS), other=flat(GREYS))
    train = ImageSet(flat(GREYS), other=flat(GREYS[:count]))
    figure = measured(
        context_of(Crosses(), images=images, train=train, spec=spec, extractor=first_pixel), "translated_kid"
    )
    assert ("real_b" in figure.beside) == (count == 4)
    assert "real_a" in figure.beside


class Guess(NamedTuple):
    number: int


class Names:
    """Calls a picture by its level; of the domains it knows `light` alone, which are those levels."""

    name = "names"

    def __init__(self, *light: int) -> None:
        self.network, self.light = self, set(light)

    def classes_of(self, name):
        return self.light if name == "light" else set()

    def classify(self, image, top):
        assert top == 1
        return [[Guess(int(each))] for each in level(image)]


def test_what_translations_are_called(context_of):
    other, own = torch.tensor([0, 204, 255], dtype=torch.uint8), (GREYS.int() - 35).clamp(0, 225).to(torch.uint8)

    def found(domains, *light: int) -> Figure:
        spec = DataSpec("two", 1, SIDE, domains=domains)
        context = context_of(Crosses(), images=ImageSet(flat(own), other=flat(other)), spec=spec)
        context.__dict__["extractor"] = Names(*light)
        return measured(context, "translated_top1")

    figure = found(("dark", "light"), 3, 4, 5)
    levels = own / 51
    called = ((levels + 0.5).round() >= 3).double()  # brighter by half a level
    assert (figure.value, figure.images) == (pytest.approx(float(called.mean())), 10)
    assert figure.settings == {"network": "names", "class": "light"}
    assert figure.beside["untranslated"] == pytest.approx(float((levels.round() >= 3).double().mean()))
    assert figure.beside["untranslated"] != figure.value
    assert figure.beside["real_b"] == pytest.approx(2 / 3)
    assert math.isnan(figure.beside["b_to_a"])  # there is no class called dark
    assert found(("dark", "light"), 5).beside["real_b"] == pytest.approx(1 / 3)
    assert found(("light", "bright"), 3).beside["b_to_a"] == pytest.approx(1 / 3)  # half of level 4 is 3.25
    assert found(("light", "bright"), 5).beside["b_to_a"] == 0  # of 5 it is 3.75


class Light:
    """A judge that takes levels from 3 on for b."""

    def __call__(self, image):
        return (level(image) >= 3)[:, None]

    def settings(self, seen):
        return {"judge": "light", "training_saw": seen}


def test_what_translations_are_taken_for(context_of, monkeypatch):
    monkeypatch.setattr(translated_accuracy_robust, "domain_probe", lambda context: Light())
    spec = DataSpec("two", 1, SIDE, domains=("dark", "light"))
    other = torch.tensor([0, 153, 204, 255], dtype=torch.uint8)
    context = context_of(Crosses(), images=ImageSet(flat(GREYS), other=flat(other)), spec=spec)
    figure = measured(context, "translated_accuracy_robust")
    levels, theirs, back = GREYS // 51, other // 51, (other / 127.5 - 1) / 2
    part = lambda which: float(which.double().mean())  # noqa: E731
    assert figure.value == pytest.approx(part((levels + 0.5).round() >= 3))
    assert figure.settings == {"judge": "light", "training_saw": []}
    assert figure.beside == pytest.approx(
        {
            "untranslated": part(levels >= 3),
            "real_b": part(theirs >= 3),
            "b_to_a": part(((back + 1) * 2.5).round() < 3),
            "b_untranslated": part(theirs < 3),
            "real_a": part(levels < 3),
        }
    )


class Mapped(Known, Encodes):
    """Codes that are maps: the picture itself."""

    def encode(self, image, label=None):
        return image

    def decode(self, latent, label=None):
        return latent


@pytest.mark.parametrize(
    ("limit", "fits", "used"), [(None, 10**9, 10), (None, 6 * 64 + 1, 6), (None, 1, 1), (4, 10**9, 4)]
)
def test_probes_learn_from_as_many_images_as_fit(context_of, monkeypatch, limit, fits, used):
    monkeypatch.setattr(probes, "MOST", fits)
    context = context_of(Mapped(), limit=limit)
    for name, neighbours in (("linear_probe", {}), ("neighbour_probe", {"neighbours": 5})):
        figure = measured(context, name)
        pca = min(64, used)
        assert figure.settings == {"code": 64, "pca": pca, "train_images": used, **neighbours}
        assert figure.value == figure.beside["pixels"]


def test_the_mean_of_figures_is_term_by_term():
    two = [Figure(1.0, 9, 0.5, {"floor": 2.0}, {"k": 1}), Figure(4.0, 9, 1.5, {"floor": 3.0}, {"k": 2})]
    assert mean_figure(two) == Figure(2.5, 9, 1.0, {"floor": 2.5}, {"k": 1})
    assert mean_figure([Figure(1.0, 9, None), Figure(2.0, 9, None)]) == Figure(1.5, 9, None)
    assert mean_figure([Figure(1.0, 9, None), Figure(2.0, 9, 0.5)]).standard_error == 0.5
