"""What a metric needs of a model and of images: each says why a subject lacks it, or None if it does not."""

from __future__ import annotations

from collections.abc import Callable

from aegean.evaluation.subject import Subject
from aegean.models._model import Classifies, Conditional, Encodes, Explains, Restores, Samples

Need = Callable[[Subject], str | None]


def explains(subject: Subject) -> str | None:
    """A model that gives images a probability."""
    return None if isinstance(subject.model, Explains) else "the model gives images no probability"


def discrete(subject: Subject) -> str | None:
    """A likelihood that is a probability, not a density."""
    fits = isinstance(subject.model, Explains) and subject.model.discrete
    return None if fits else "the model's likelihood is not a probability of pixel values"


def encodes(subject: Subject) -> str | None:
    """A model with codes."""
    return None if isinstance(subject.model, Encodes) else "the model has no codes"


def untold(subject: Subject) -> str | None:
    """A model whose encoder does not see the label."""
    told = isinstance(subject.model, Conditional)
    return "its encoder is told the label, so a probe would measure the label itself" if told else None


def restores(subject: Subject) -> str | None:
    """A model that undoes damage."""
    return None if isinstance(subject.model, Restores) else "the model undoes no damage"


def classifies(subject: Subject) -> str | None:
    """A classifier."""
    return None if isinstance(subject.model, Classifies) else "the model does not classify"


def samples_by_label(subject: Subject) -> str | None:
    """A model that is asked for images of a class."""
    fits = isinstance(subject.model, Samples) and isinstance(subject.model, Conditional)
    return None if fits else "the model cannot be asked for a class"


def judged(subject: Subject) -> str | None:
    """A judge."""
    return None if subject.judge else "it needs --judge RUN, a classifier trained on such images"


def labelled(subject: Subject) -> str | None:
    """Images with labels, at the model's size."""
    if subject.pictures is not None:
        return "pictures of a folder at their own sizes have no labels"
    return None if subject.images.labels is not None else f"{subject.dataset.spec.name} has no labels"


def labelled_if_told(subject: Subject) -> str | None:
    """Images with labels, if the model takes them."""
    return labelled(subject) if isinstance(subject.model, Conditional) else None
