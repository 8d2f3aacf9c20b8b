"""What a classifier, the judge, makes of images: is the 7 that was asked for a 7, and are not all 7s the same one?"""

from __future__ import annotations

import torch
from torch import Tensor

MOST = 2000  # images of a class whose pairs are compared: two million distances


def agreement(log_probabilities: Tensor, label: Tensor) -> Tensor:
    """1 where the most probable class (B, K) is the label (B,), else 0. float (B,)"""
    return (log_probabilities.argmax(1) == label).float()


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
