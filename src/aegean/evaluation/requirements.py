"""What a metric requires of a model and of images: each says why a context lacks it, or None if it has it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import torch

from aegean.data.avatars import PARTS, draw
from aegean.data.classes import why_not_alike
from aegean.errors import InputError
from aegean.evaluation.context import EvaluationContext
from aegean.evaluation.unseen import networks_seen, unseen_network
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

SMALLEST = 32  # pixels a side
Requirement = Callable[[EvaluationContext], str | None]


def explains(context: EvaluationContext) -> str | None:
    """A model that gives images a probability."""
    fits = isinstance(context.model, Density) and context.model.of_images
    return None if fits else "the model gives images no probability"


def discrete(context: EvaluationContext) -> str | None:
    """A likelihood that is a probability, not a density."""
    fits = isinstance(context.model, Density) and context.model.discrete
    return None if fits else "the model's likelihood is not a probability of pixel values"


def encodes(context: EvaluationContext) -> str | None:
    """A model with codes."""
    return None if isinstance(context.model, Encodes) else "the model has no codes"


def untold(context: EvaluationContext) -> str | None:
    """A model whose encoder does not see the label."""
    told = isinstance(context.model, Conditional)
    return "its encoder is told the label, so a probe would measure the label itself" if told else None


def restores(context: EvaluationContext) -> str | None:
    """A model that undoes damage, and noise where it is measured by that."""
    if not isinstance(context.model, Restores):
        return "the model undoes no damage"
    if context.sigma is not None and context.model.fills_holes and not context.model.told_noise:
        return "--sigma is noise, and the model fills in what is missing"
    return None


def classifies(context: EvaluationContext) -> str | None:
    """A classifier."""
    return None if isinstance(context.model, Classifies) else "the model does not classify"


def samples(context: EvaluationContext) -> str | None:
    """A model that makes new images."""
    return None if isinstance(context.model, Samples) else "the model makes no new images"


def fills(context: EvaluationContext) -> str | None:
    """A model that fills in what is missing."""
    fits = isinstance(context.model, Restores) and context.sigma is None and context.model.fills_holes
    return None if fits else "the model fills in no missing pixels"


def samples_by_label(context: EvaluationContext) -> str | None:
    """A model that is asked for images of a class."""
    fits = isinstance(context.model, Samples) and isinstance(context.model, Conditional)
    return None if fits else "the model cannot be asked for a class"


def judged(context: EvaluationContext) -> str | None:
    """A judge of the classes that the images have."""
    fits = context.judge and not context.judge.by_colour and not context.judge.of_attributes
    return None if fits else "it needs --judge RUN, a classifier trained on such images"


def judged_by_colour(context: EvaluationContext) -> str | None:
    """A judge of each of the three images that are stacked."""
    known = context.judge.run.spec.classes if context.judge and context.judge.by_colour else ()
    triples = [
        tuple(joint.join(three) for three in product(known, repeat=3)) for joint in ("", "+")
    ]  # as data names them
    if not known or context.spec.classes not in triples:
        return "it needs images of a stacked set, and --judge RUN, a classifier of what is stacked"
    return None


def extracted(context: EvaluationContext) -> str | None:
    """Something that turns images into features."""
    if context.pictures is not None:
        return "pictures of a folder at their own sizes cannot be compared with samples"
    return None if context.extractor else "it needs features: --judge RUN, a classifier, or --extractor NETWORK"


def two_images(context: EvaluationContext) -> str | None:
    """Images that have a covariance."""
    return None if len(context.images) > 1 else "it needs two images at least"


def four_images(context: EvaluationContext) -> str | None:
    """Images of which two blocks can be made, also of a second domain."""
    images = context.images
    few = len(images) if images.other is None else min(len(images), len(images.other))
    return None if few > 3 else "it needs four images at least"


def six_images(context: EvaluationContext) -> str | None:
    """Images with five neighbours each."""
    return None if len(context.images) > 5 else "it needs six images at least"


def paired(context: EvaluationContext) -> str | None:
    """A model that learns from pairs, and pairs."""
    if not isinstance(context.model, Translates) or context.model.both_ways:
        return "the model does not learn from pairs"
    return None if context.model.pair(context.images.first(1)) is not None else "the images have no partners"


def translates(context: EvaluationContext) -> str | None:
    """A model that translates, and images of both domains."""
    if not isinstance(context.model, Translates):
        return "the model does not translate"
    return None if context.pictures is None and context.images.other is not None else "the images have one domain"


def named_classes(context: EvaluationContext) -> str | None:
    """A second domain that is a class of a pretrained network, and that network."""
    extractor = context.extractor
    if extractor is None or extractor.network is None:
        return "it needs --extractor NETWORK, a pretrained classifier, such as efficientnet-lite0"
    wanted = context.spec.domains[-1] if context.spec.domains else "-"
    return None if extractor.classes_of(wanted) else f"{extractor.name} has no class called {wanted!r}"


def labelled(context: EvaluationContext) -> str | None:
    """Images with labels, at the model's size."""
    if context.pictures is not None:
        return "pictures of a folder at their own sizes have no labels"
    return None if context.images.labels is not None else f"{context.dataset.spec.name} has no labels"


def labelled_alike(context: EvaluationContext) -> str | None:
    """Images with the labels that the run knows."""
    if lacking := labelled(context):
        return lacking
    other = context.dataset.spec
    return why_not_alike(other.classes, context.spec.classes, other.name)  # by name: they are numbered as the run does


def labelled_if_told(context: EvaluationContext) -> str | None:
    """Images with the labels that the run knows, if the model takes them."""
    return labelled_alike(context) if isinstance(context.model, Conditional) else None


def edits(context: EvaluationContext) -> str | None:
    """A model that changes attributes, or directions in its codes that do."""
    return None if context.editor else "the model edits no attributes"


def recognises(context: EvaluationContext) -> str | None:
    """A model that sees attributes."""
    return None if isinstance(context.model, ClassifiesAttributes) else "the model sees no attributes"


def attributed(context: EvaluationContext) -> str | None:
    """Images whose attributes are known, those that the model was built for."""
    fits = context.images.attributes is not None and context.dataset.spec.attributes == context.spec.attributes
    return None if fits else f"{context.dataset.spec.name} does not have the attributes of the run's own images"


def several_attributes(context: EvaluationContext) -> str | None:
    """Other attributes than the one that is edited."""
    return None if len(context.spec.attributes) > 1 else f"{context.spec.name} has no other attributes"


def judged_by_attribute(context: EvaluationContext) -> str | None:
    """A judge of attributes."""
    fits = context.judge and context.judge.of_attributes and not context.judge.by_colour
    return None if fits else "it needs --judge RUN, an attribute_classifier trained on such images"


def looked_at(context: EvaluationContext) -> str | None:
    """Images in which a published network sees something, and such a network that training never saw."""
    if context.pictures is not None or context.spec.size.shorter < SMALLEST:
        return f"published networks see nothing in images below {SMALLEST} pixels"
    try:
        unseen_network(context.run)
    except InputError as error:
        return str(error)
    return None


def compared_unseen(context: EvaluationContext) -> str | None:
    """Features that training never saw: of the extractor asked for, else of a published network."""
    if not context.extractor_given:
        return looked_at(context)
    extractor = context.extractor
    seen = networks_seen(context.run) if extractor is not None and extractor.network is not None else []
    if extractor is not None and extractor.network is not None and extractor.network.name in seen:
        return f"training saw {extractor.name}, which is no judge of it: leave --extractor away, or name another"
    return None


def both_kinds(context: EvaluationContext) -> str | None:
    """Training images with and without each attribute that is edited, to fit a judge to."""
    train = context.dataset.train
    for name in context.editor.editable if context.editor else ():
        column = None if train.attributes is None else train.attributes[:, context.spec.attributes.index(name)] > 0
        if column is None or not column.any() or column.all():
            return f"no judge of {name} can be made: the training images have both kinds of it nowhere"
    return None


def both_trained(context: EvaluationContext) -> str | None:
    """Training images of both domains, to fit a judge to."""
    train = context.dataset.train
    return None if len(train) and train.other is not None and len(train.other) else "no training images of both domains"


def counterfactual(context: EvaluationContext) -> str | None:
    """Faces that can be drawn again with one attribute changed."""
    if context.data is not None or context.spec.name != "avatars" or context.split not in PARTS:
        return "only of `avatars` is it known what a face looks like with an attribute changed"
    drawn = torch.from_numpy(draw(PARTS[context.split][0], context.spec.size))
    same = torch.equal(drawn, context.dataset.split(context.split).images[0])
    return None if same else "its faces are not those that are drawn now: delete them from the cache, and train anew"
