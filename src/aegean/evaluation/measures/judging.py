"""What a classifier makes of real images, and of those that a conditional model was asked for."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor

from aegean.evaluation import judging
from aegean.evaluation.measures.figure import Figure, average
from aegean.evaluation.progress import progress_line
from aegean.evaluation.subject import Judge, Subject
from aegean.models.capabilities import Classifies, Samples

ASKED = 10_000  # samples, spread evenly over the classes


def accuracy(subject: Subject) -> Figure:
    """Part of the images whose most probable class is their label."""
    model = cast(Classifies, subject.model)
    right = []
    for _, batch in subject.batches("classification"):
        right.append(judging.agreement(model.log_probabilities(batch.image), cast(Tensor, batch.label)))
    return average(torch.cat(right))


def judge_agreement(subject: Subject) -> Figure:
    """Part of the samples that the judge takes for what was asked for; beside it, their diversity within a class."""
    judge, classes = cast(Judge, subject.judge), len(subject.spec.classes)
    agreed, features, label = subject.once(_judged_samples)
    real_features, real_label = subject.once(_real_features)
    diversity = judging.relative_diversity(features, label, real_features, real_label, classes)
    return average(
        agreed, {**judge.settings(subject), "real_images": len(real_label), **subject.sampling}, diversity=diversity
    )


def _judged_samples(subject: Subject) -> tuple[Tensor, Tensor, Tensor]:
    """1 where the judge agrees (N,), its features (N, F), and what was asked for (N,)."""
    model, judge = cast(Samples, subject.model), cast(Judge, subject.judge)
    count = min(subject.limit or ASKED, ASKED)
    noise = subject.noise(count)
    label = torch.arange(count, device=subject.device) % len(subject.spec.classes)
    agreed, features = [], []
    with progress_line("judging samples", count, subject.progress) as advance:
        for start in range(0, count, subject.batch_size):
            some = slice(start, start + subject.batch_size)
            asked = label[some]
            image = model.sample(noise[some], asked)
            agreed.append(judging.agreement(judge.model.log_probabilities(image), asked))
            features.append(judge.model.features(image))
            advance(len(image))
    return torch.cat(agreed), torch.cat(features), label


def _real_features(subject: Subject) -> tuple[Tensor, Tensor]:
    """The judge's features of the split (N, F), and its labels (N,)."""
    judge = cast(Judge, subject.judge)
    found = [
        (judge.model.features(batch.image), cast(Tensor, batch.label)) for _, batch in subject.batches("real images")
    ]
    features, labels = zip(*found)
    return torch.cat(features), torch.cat(labels)
