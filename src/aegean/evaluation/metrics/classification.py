"""What a classifier makes of real images, and a judge of samples: is the 7 asked for a 7, and do the 7s differ?"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor

from aegean.data.types import Batch
from aegean.evaluation import requirements
from aegean.evaluation.context import EvaluationContext
from aegean.evaluation.judge import Judge, agreement
from aegean.evaluation.metric import Metric
from aegean.evaluation.metrics.figure import Figure, average
from aegean.models.capabilities import Classifies

MOST = 2000  # images of a class whose pairs are compared: two million distances


def spread_within_classes(features: Tensor, label: Tensor, classes: int) -> Tensor:
    """Mean Euclidean distance between two different images of one class, by features (N, F), labels (N,). (K,)

    Of the first `MOST` images of a class; not a number where there are fewer than two.
    """
    distances = []
    for k in range(classes):
        inside = features[label == k][:MOST]
        distances.append(torch.pdist(inside).mean() if len(inside) > 1 else features.new_tensor(float("nan")))
    return torch.stack(distances)


def relative_diversity(samples: Tensor, sample_label: Tensor, real: Tensor, real_label: Tensor, classes: int) -> Tensor:
    """Within-class spread of samples over that of real images, averaged over the classes that both have.

    1: as varied as the real ones; 0: each class is one image over and over. Features (N, F), labels (N,). -> ()
    """
    ratio = spread_within_classes(samples, sample_label, classes) / spread_within_classes(real, real_label, classes)
    return ratio.nanmean()


ASKED = 10_000  # samples, spread evenly over the classes


def accuracy(context: EvaluationContext) -> Figure:
    """Part of the images whose most probable class is their label."""
    model = cast(Classifies, context.model)

    def right(_: int, batch: Batch) -> Tensor:
        return agreement(model.log_probabilities(batch.image), cast(Tensor, batch.label))

    return average(torch.cat(context.each("classification", right)))


def judge_agreement(context: EvaluationContext) -> Figure:
    """Part of the samples that the judge takes for what was asked for; beside it, their diversity within a class.

    The ceiling is the part of real images that it takes for what they show.
    """
    judge, classes = cast(Judge, context.judge), len(context.spec.classes)
    agreed, features, label = context.once(_judged_samples)
    real_features, real_label = context.once(_real_features)
    diversity = relative_diversity(features, label, real_features, real_label, classes)
    settings = {**judge.settings(context), "real_images": len(real_label), **context.sampling}
    return average(
        agreed, settings, diversity=diversity, ceiling=torch.tensor(settings["judge_accuracy"], dtype=torch.float64)
    )


def _judged_samples(context: EvaluationContext) -> tuple[Tensor, Tensor, Tensor]:
    """1 where the judge agrees (N,), its features (N, F), and what was asked for (N,)."""
    judge = cast(Judge, context.judge)
    count = min(context.limit or ASKED, ASKED)
    noise = context.noise(count)
    label = torch.arange(count, device=context.device) % len(context.spec.classes)

    def judged(part: range) -> tuple[Tensor, Tensor]:
        asked = label[part.start : part.stop]
        image = context.sample(noise[part.start : part.stop], asked)
        return agreement(judge.model.log_probabilities(image), asked), judge.model.features(image)

    agreed, features = zip(*context.in_parts("judging samples", count, context.batch_size, judged))
    return torch.cat(agreed), torch.cat(features), label


def _real_features(context: EvaluationContext) -> tuple[Tensor, Tensor]:
    """The judge's features of the split (N, F), and its labels (N,)."""
    judge = cast(Judge, context.judge)
    seen = context.each("real images", lambda _, batch: (judge.model.features(batch.image), batch.label))
    features, labels = zip(*seen)
    return torch.cat(features), torch.cat(labels)


METRICS = {
    "accuracy": Metric(
        accuracy,
        (requirements.classifies, requirements.labelled_alike),
        "part of the images",
        "larger",
        "part of the images whose most probable class is their label",
        default=True,
    ),
    "judge_agreement": Metric(
        judge_agreement,
        (requirements.samples_by_label, requirements.judged, requirements.labelled_alike),
        "part of the samples",
        "larger",
        "part of the samples that the judge takes for the class asked for; beside it, within-class diversity, real = 1",
        default=True,
    ),
}
