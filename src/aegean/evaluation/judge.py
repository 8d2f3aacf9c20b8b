"""The judge: a classifier that says what images show, and how good it is at that itself."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor

from aegean.data.types import Batch, Dataset
from aegean.device import on_device
from aegean.errors import InputError
from aegean.models.capabilities import Classifies, ClassifiesAttributes
from aegean.runs import Run

if TYPE_CHECKING:
    from aegean.evaluation.context import EvaluationContext


class Judge:
    """A run of a classifier that says what images show; `settings` name it and say how good it is itself."""

    def __init__(self, run: Run, measured: Run, device: torch.device) -> None:
        """InputError unless it fits the images of `measured`: same channels, size, and classes or attributes.

        A judge of grey images also reads colour images, each colour by itself.
        """
        spec = measured.spec
        if not isinstance(run.model, Classifies | ClassifiesAttributes):
            raise InputError(f"--judge {run.path}: a {run.config.family} does not classify; give a run of a classifier")
        self.of_attributes = isinstance(run.model, ClassifiesAttributes)
        self.by_colour = run.spec.channels == 1 and spec.channels == 3
        known = "attributes" if self.of_attributes else "classes"
        for name in ("size",) if self.by_colour else ("channels", "size", known):
            if getattr(run.spec, name) != getattr(spec, name):
                theirs, ours = getattr(run.spec, name), getattr(spec, name)
                raise InputError(f"--judge {run.path}: its images have {name} {theirs}, those of the run {ours}")
        self.run, self.model, self.device = run, cast(Classifies, on_device(run.model, device)), device
        self.measured = measured

    @cached_property
    def data(self) -> Dataset:
        """What it was trained on: where the run that it judges has the same images, those, wherever they lie now."""
        same = self.run.about["fingerprint"] == self.measured.about["fingerprint"]
        return self.measured.own_data if same and self.measured.has_own_data else self.run.own_data

    def attributes(self, image: Tensor) -> Tensor:
        """Which attributes it sees: (B, C, H, W) -> bool (B, A)."""
        return self.probabilities(image) > self.boundaries

    def probabilities(self, image: Tensor) -> Tensor:
        """The probability of each attribute: (B, C, H, W) -> (B, A)."""
        return cast(ClassifiesAttributes, self.model).attribute_probabilities(image)

    @cached_property
    def boundaries(self) -> Tensor:
        """The probability above which an attribute counts as seen, from the validation split of its own data. (A,)"""
        images = self.data.validation
        if not len(images):
            return torch.full((len(self.run.spec.attributes),), 0.5, device=self.device)
        parts = [images.batch(places) for places in torch.arange(len(images)).split(256)]
        probability = torch.cat([self.probabilities(part.image.to(self.device)) for part in parts])
        has = torch.cat([cast(Tensor, part.attributes) for part in parts]) > 0.5
        return even_boundaries(probability, has.to(self.device))

    def read(self, image: Tensor) -> Tensor:
        """The triple that a stacked image shows, as one number: (B, 3, H, W) -> (B,)."""
        classes = len(self.run.spec.classes)
        each = self.model.log_probabilities(image.flatten(0, 1)[:, None]).argmax(1).unflatten(0, image.shape[:2])
        return (each * torch.tensor([classes**2, classes, 1], device=each.device)).sum(1)  # CUDA has no @ of integers

    def features(self, image: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, F), or (B, 3F) colour by colour."""
        if not self.by_colour:
            return self.model.features(image)
        return self.model.features(image.flatten(0, 1)[:, None]).unflatten(0, image.shape[:2]).flatten(1)

    def settings(self, context: EvaluationContext) -> dict[str, Any]:
        """Family, data and step of the judge, and its accuracy on its own whole test split."""
        return {
            "judge": self.run.config.family,
            "judge_data": self.run.spec.name,
            "judge_weights": self.run.weights_digest,
            "judge_accuracy": round(context.once(_judge_accuracy), 4),
        }


def agreement(log_probabilities: Tensor, label: Tensor) -> Tensor:
    """1 where the most probable class (B, K) is the label (B,), else 0. float (B,)"""
    return (log_probabilities.argmax(1) == label).float()


def even_boundaries(probability: Tensor, has: Tensor) -> Tensor:
    """The probability above which each attribute counts as seen, so that misses and false alarms are equally frequent.

    At 1/2 a classifier, which knows that an attribute is rare, would miss it in most images that have it.
    (N, A), bool (N, A) -> (A,); 1/2 where all images have the attribute, or none.
    """
    ordered, order = probability.sort(0)
    present = has.gather(0, order).float().cumsum(0)
    absent = (~has).gather(0, order).float().cumsum(0)
    missed, invented = present / present[-1], 1 - absent / absent[-1]  # if the first 1, 2 ... count as without
    last = torch.maximum(missed, invented).argmin(0, keepdim=True)
    between = (ordered.gather(0, last) + ordered.gather(0, (last + 1).clamp(max=len(ordered) - 1)))[0] / 2
    return torch.where(has.any(0) & ~has.all(0), between, 0.5)


def judge_sees(context: EvaluationContext) -> tuple[Tensor, Tensor]:
    """What the judge says of its own test images, and what they have: bool (N, A) each."""
    judge = cast(Judge, context.judge)

    def verdicts(_: int, batch: Batch) -> tuple[Tensor, Tensor]:
        return judge.attributes(batch.image), cast(Tensor, batch.attributes) > 0.5

    seen, has = zip(*context.each("the judge's own accuracy", verdicts, judge.data.test))
    return torch.cat(seen), torch.cat(has)


def _judge_accuracy(context: EvaluationContext) -> float:
    judge = cast(Judge, context.judge)
    if judge.of_attributes:
        seen, has = context.once(judge_sees)
        return float((seen == has).float().mean())
    try:
        images = judge.data.test
    except InputError:  # a judge that came along without its data is as good as it was when it was measured
        if (known := _recorded_accuracy(judge.run)) is None:
            raise
        return known

    def right(_: int, batch: Batch) -> Tensor:
        return agreement(judge.model.log_probabilities(batch.image), cast(Tensor, batch.label))

    return float(torch.cat(context.each("the judge's own accuracy", right, images)).mean())


def _recorded_accuracy(run: Run) -> float | None:
    """The accuracy of these weights on the whole test split of the run's own data, if evaluation.json has it."""
    for record in run.evaluation:
        wanted = record["metric"] == "accuracy" and record["split"] == "test" and not record["settings"]
        if wanted and not run.is_stale(record):
            return float(record["value"])
    return None
