"""What a metric needs of a model and of images: each says why a subject lacks it, or None if it does not."""

from __future__ import annotations

from collections.abc import Callable

import torch

from aegean.data.avatars import PARTS, draw
from aegean.evaluation.subject import Subject
from aegean.models.capabilities import (
    Classifies,
    ClassifiesAttributes,
    Conditional,
    Density,
    Encodes,
    Restores,
    Samples,
    Translates,
)

Need = Callable[[Subject], str | None]


def explains(subject: Subject) -> str | None:
    """A model that gives images a probability."""
    fits = isinstance(subject.model, Density) and subject.model.of_images
    return None if fits else "the model gives images no probability"


def discrete(subject: Subject) -> str | None:
    """A likelihood that is a probability, not a density."""
    fits = isinstance(subject.model, Density) and subject.model.discrete
    return None if fits else "the model's likelihood is not a probability of pixel values"


def encodes(subject: Subject) -> str | None:
    """A model with codes."""
    return None if isinstance(subject.model, Encodes) else "the model has no codes"


def untold(subject: Subject) -> str | None:
    """A model whose encoder does not see the label."""
    told = isinstance(subject.model, Conditional)
    return "its encoder is told the label, so a probe would measure the label itself" if told else None


def restores(subject: Subject) -> str | None:
    """A model that undoes damage, and noise where it is measured by that."""
    if not isinstance(subject.model, Restores):
        return "the model undoes no damage"
    if subject.sigma is not None and subject.model.fills_holes:
        return "--sigma is noise, and the model fills in what is missing"
    return None


def classifies(subject: Subject) -> str | None:
    """A classifier."""
    return None if isinstance(subject.model, Classifies) else "the model does not classify"


def samples(subject: Subject) -> str | None:
    """A model that makes new images."""
    return None if isinstance(subject.model, Samples) else "the model makes no new images"


def fills(subject: Subject) -> str | None:
    """A model that fills in what is missing."""
    fits = isinstance(subject.model, Restores) and subject.sigma is None and subject.model.fills_holes
    return None if fits else "the model fills in no missing pixels"


def samples_by_label(subject: Subject) -> str | None:
    """A model that is asked for images of a class."""
    fits = isinstance(subject.model, Samples) and isinstance(subject.model, Conditional)
    return None if fits else "the model cannot be asked for a class"


def judged(subject: Subject) -> str | None:
    """A judge of the classes that the images have."""
    fits = subject.judge and not subject.judge.by_colour and not subject.judge.of_attributes
    return None if fits else "it needs --judge RUN, a classifier trained on such images"


def judged_by_colour(subject: Subject) -> str | None:
    """A judge of each of the three images that are stacked."""
    fits = subject.judge and subject.judge.by_colour and len(subject.judge.run.spec.classes) ** 3
    if fits != len(subject.spec.classes):
        return "it needs images of a stacked set, and --judge RUN, a classifier of what is stacked"
    return None


def extracted(subject: Subject) -> str | None:
    """Something that turns images into features."""
    if subject.pictures is not None:
        return "pictures of a folder at their own sizes cannot be compared with samples"
    return None if subject.extractor else "it needs features: --judge RUN, a classifier, or --extractor NETWORK"


def two_images(subject: Subject) -> str | None:
    """Images that have a covariance."""
    return None if len(subject.images) > 1 else "it needs two images at least"


def four_images(subject: Subject) -> str | None:
    """Images of which two blocks can be made, also of a second domain."""
    images = subject.images
    few = len(images) if images.other is None else min(len(images), len(images.other))
    return None if few > 3 else "it needs four images at least"


def six_images(subject: Subject) -> str | None:
    """Images with five neighbours each."""
    return None if len(subject.images) > 5 else "it needs six images at least"


def translates(subject: Subject) -> str | None:
    """A model that translates, and images of both domains."""
    if not isinstance(subject.model, Translates):
        return "the model does not translate"
    return None if subject.pictures is None and subject.images.other is not None else "the images have one domain"


def named_classes(subject: Subject) -> str | None:
    """A second domain that is a class of a pretrained network, and that network."""
    extractor = subject.extractor
    if extractor is None or extractor.network is None:
        return "it needs --extractor NETWORK, a pretrained classifier, such as efficientnet-lite0"
    wanted = subject.spec.domains[-1] if subject.spec.domains else "-"
    return None if extractor.classes_of(wanted) else f"{extractor.name} has no class called {wanted!r}"


def labelled(subject: Subject) -> str | None:
    """Images with labels, at the model's size."""
    if subject.pictures is not None:
        return "pictures of a folder at their own sizes have no labels"
    return None if subject.images.labels is not None else f"{subject.dataset.spec.name} has no labels"


def labelled_alike(subject: Subject) -> str | None:
    """Images with the labels that the run knows."""
    if lacking := labelled(subject):
        return lacking
    known, other = subject.spec.classes, subject.dataset.spec.classes
    numbers = tuple(str(k) for k in range(len(known)))
    alike = known == other or (len(known) == len(other) and numbers in (known, other))  # IDX files name no classes
    return None if alike else f"{subject.dataset.spec.name} has other classes than the run"


def labelled_if_told(subject: Subject) -> str | None:
    """Images with the labels that the run knows, if the model takes them."""
    return labelled_alike(subject) if isinstance(subject.model, Conditional) else None


def edits(subject: Subject) -> str | None:
    """A model that changes attributes, or directions in its codes that do."""
    return None if subject.editor else "the model edits no attributes"


def recognises(subject: Subject) -> str | None:
    """A model that sees attributes."""
    return None if isinstance(subject.model, ClassifiesAttributes) else "the model sees no attributes"


def attributed(subject: Subject) -> str | None:
    """Images whose attributes are known, those that the model was built for."""
    fits = subject.images.attributes is not None and subject.dataset.spec.attributes == subject.spec.attributes
    return None if fits else f"{subject.dataset.spec.name} does not have the attributes of the run's own images"


def several_attributes(subject: Subject) -> str | None:
    """Other attributes than the one that is edited."""
    return None if len(subject.spec.attributes) > 1 else f"{subject.spec.name} has no other attributes"


def judged_by_attribute(subject: Subject) -> str | None:
    """A judge of attributes."""
    fits = subject.judge and subject.judge.of_attributes and not subject.judge.by_colour
    return None if fits else "it needs --judge RUN, an attribute_classifier trained on such images"


def counterfactual(subject: Subject) -> str | None:
    """Faces that can be drawn again with one attribute changed."""
    if subject.data is not None or subject.spec.name != "avatars" or subject.split not in PARTS:
        return "only of `avatars` is it known what a face looks like with an attribute changed"
    drawn = torch.from_numpy(draw(PARTS[subject.split][0], subject.spec.size))
    same = torch.equal(drawn, subject.dataset.split(subject.split).images[0])
    return None if same else "its faces are not those that are drawn now: delete them from the cache, and train anew"
