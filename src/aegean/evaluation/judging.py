"""What a classifier, the judge, makes of images: is the 7 that was asked for a 7, and are not all 7s the same one?"""

from __future__ import annotations

import torch
from torch import Tensor

MOST = 2000  # images of a class whose pairs are compared: two million distances


def agreement(log_probabilities: Tensor, label: Tensor) -> Tensor:
    """1 where the most probable class (B, K) is the label (B,), else 0. float (B,)"""
    return (log_probabilities.argmax(1) == label).float()


def even_boundaries(probability: Tensor, has: Tensor) -> Tensor:
    """Above which probability an attribute counts as seen: where it is missed as seldom as seen without being there.

    Of a rare attribute most are missed at 1/2: a classifier knows that it is rare. (N, A), bool (N, A) -> (A,); 1/2
    where all images have it, or none.
    """
    ordered, order = probability.sort(0)
    present = has.gather(0, order).float().cumsum(0)
    absent = (~has).gather(0, order).float().cumsum(0)
    missed, invented = present / present[-1], 1 - absent / absent[-1]  # if the first 1, 2 ... count as without
    last = torch.maximum(missed, invented).argmin(0, keepdim=True)
    between = (ordered.gather(0, last) + ordered.gather(0, (last + 1).clamp(max=len(ordered) - 1)))[0] / 2
    return torch.where(has.any(0) & ~has.all(0), between, 0.5)


def spread(features: Tensor, label: Tensor, classes: int) -> Tensor:
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
    ratio = spread(samples, sample_label, classes) / spread(real, real_label, classes)
    return ratio.nanmean()
