"""Networks that a training never saw, and a judge made of one that it so cannot have learned to fool.

Where training sees the features of a published network, what it makes may please that network and show nothing to the
eye. Such a network is never called a judge of the run. The published networks at hand are all EfficientNet-Lites, of
other depth and width, but trained on the same photos: what fools one fools another in part. So the judge is of another
one, sees images that were halved and enlarged again, which takes out what only a network sees, and the histograms of
their gradients as well (Dalal & Triggs 2005), which nobody trained. It is a linear probe of both, fitted to real images
of the training split. It cannot be pleased in secret, but it is no eye: a plain smear in the right place may pass for
glasses. So the distance to real images always stands beside it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aegean.errors import InputError
from aegean.evaluation.judge import even_boundaries
from aegean.pretrained.efficientnet_lite import SCALES, weights_file
from aegean.pretrained.pyramid import Pyramid, trunk
from aegean.runs import Run, is_run

NETWORKS = ("efficientnet-lite2", "efficientnet-lite1", "efficientnet-lite0")  # as judges, the best first
SIDE = 128  # pixels at which the network looks
STAGES, GRID = 3, 8  # of its stages, to an eighth of the resolution; averaged over 8 x 8 parts, so that places count
CELLS, ANGLES = 16, 9  # histograms of gradients: so many a side, of so many directions
FAINT = 0.05  # a mean gradient that counts half, so that a flat place is not blown up
PENALTY = 0.2  # half of it times |w|^2, beside the mean loss
HELD_OUT = 5  # one image in so many sets the boundaries, and is not fitted to


def networks_seen(run: Run) -> list[str]:
    """Published networks whose features the training saw, or that of the run it began from, if that is at hand."""
    seen = pyramids_of(run.model)
    begun = run.config.training.init
    with suppress(InputError):  # of a run that is not at hand
        if begun is not None and is_run(begun):
            seen |= set(networks_seen(Run(begun)))
    return sorted(seen)


def pyramids_of(model: nn.Module) -> set[str]:
    """Names of the published networks whose features a model looks at."""
    return {held.name for part in model.modules() for held in vars(part).values() if isinstance(held, Pyramid)}


def unseen_network(run: Run) -> str:
    """The published network that judges a run; InputError if there is none that its training has not seen."""
    unseen = [name for name in NETWORKS if name not in networks_seen(run)]
    if not unseen:
        raise InputError(f"{run.path}: training saw all of {', '.join(NETWORKS)}: none of them can judge it")
    weights_file(SCALES[unseen[0]].package)
    return unseen[0]


def softened(image: Tensor) -> Tensor:
    """Halved, enlarged again and slightly blurred: what is finer than the eye looks for is gone. (B, C, H, W)"""
    half = F.interpolate(image, scale_factor=0.5, mode="bilinear", antialias=True)
    again = F.interpolate(half, size=image.shape[-2:], mode="bilinear")
    line = image.new_tensor([0.25, 0.5, 0.25])
    kernel = (line[:, None] * line).expand(image.shape[1], 1, 3, 3)
    return F.conv2d(F.pad(again, (1, 1, 1, 1), mode="replicate"), kernel, groups=image.shape[1])


@dataclass(frozen=True)
class Probe:
    """Says of softened images which of K things they show, by features of a network: logistic regression."""

    network: str
    mean: Tensor  # (F,)
    deviation: Tensor  # (F,)
    weight: Tensor  # (K, F)
    boundary: Tensor  # (K,) of the score, so that misses and false alarms are equally frequent
    images: int  # that it was fitted to

    def __call__(self, image: Tensor) -> Tensor:
        """(B, C, H, W) in [-1, 1] -> bool (B, K)."""
        return self.score(look(self.network, image)) > self.boundary

    def score(self, features: Tensor) -> Tensor:
        """(B, F) -> (B, K)."""
        return ((features - self.mean) / self.deviation) @ self.weight.T

    def settings(self, seen: list[str]) -> dict[str, Any]:
        """What every figure must say about the judge, the networks that training saw beside it."""
        related = {"related": f"{self.network} and those are one family, trained on the same photos"} if seen else {}
        return {
            "judge": f"linear probe of {self.network} and of histograms of gradients",
            "judge_images": self.images,
            "softened": "halved, enlarged, blurred",
            "training_saw": seen,
            **related,
        }


def look(network: str, image: Tensor) -> Tensor:
    """Features of softened images, by place: the network's, and gradients. (B, C, H, W) -> (B, F), float32"""
    soft, eyes = softened(image[:, :3]), trunk(network, image.device)
    hidden = eyes.stem(F.interpolate(soft, size=(SIDE, SIDE), mode="bicubic").expand(-1, 3, -1, -1))
    for stage in list(eyes.stages)[:STAGES]:
        hidden = stage(hidden)
    return torch.cat([F.adaptive_avg_pool2d(hidden, GRID).flatten(1), gradients(soft)], 1)


def gradients(image: Tensor) -> Tensor:
    """Histograms of the directions of gradients in a grid of cells, each of length 1 at most. (B, C, H, W) -> (B, F)"""
    grey = image.mean(1, keepdim=True)
    across, down = grey[..., 1:-1, 2:] - grey[..., 1:-1, :-2], grey[..., 2:, 1:-1] - grey[..., :-2, 1:-1]
    angle = torch.atan2(down, across) / torch.pi * ANGLES  # opposite directions are one
    bins = torch.arange(ANGLES, device=image.device)[:, None, None]
    apart = (angle - bins + ANGLES / 2) % ANGLES - ANGLES / 2
    share = (1 - apart.abs()).clamp(min=0) * torch.hypot(across, down)  #                           (B, ANGLES, H, W)
    cells = F.adaptive_avg_pool2d(share, CELLS)
    return (cells / (cells.square().sum(1, keepdim=True).sqrt() + FAINT)).flatten(1)


def fit_probe(network: str, features: Tensor, shows: Tensor) -> Probe:
    """A probe of features (N, F) of what images show, bool (N, K). Each kind counts as much as its absence."""
    order = torch.randperm(len(features), generator=torch.Generator().manual_seed(0)).to(features.device)
    held = order % HELD_OUT == 0
    if not all((part.any(0) & ~part.all(0)).all() for part in (shows[held], shows[~held])):
        held = torch.zeros_like(held)  # of too few images none can be spared
    fitted, target = features[~held], shows[~held]
    mean, deviation = fitted.mean(0), fitted.std(0, correction=0)
    deviation = deviation.clamp_min(0.01 * float(deviation.max()) + 1e-12)
    weight = balanced_regression((fitted - mean) / deviation, target)
    probe = Probe(network, mean, deviation, weight, features.new_zeros(shows.shape[1]), len(fitted))
    spared = held if held.any() else ~held
    score = probe.score(features[spared])
    boundary = even_boundaries(score.sigmoid(), shows[spared]).logit()
    return Probe(network, mean, deviation, weight, boundary, len(fitted))


def balanced_regression(features: Tensor, shows: Tensor, iterations: int = 100) -> Tensor:
    """Weights (K, F) of K logistic regressions in which those with and those without count alike in all.

    Standardised features (N, F), bool (N, K) with both kinds in each column. The mean loss + PENALTY / 2 |w|^2 is
    lowered by L-BFGS from zero, which is deterministic. Where a score counts as seen is decided apart.
    """
    target = shows.to(features.dtype)
    share = target.mean(0)
    each = torch.where(shows, 0.5 / share, 0.5 / (1 - share))  # (N, K)
    with torch.inference_mode(False), torch.enable_grad():
        features, target, each = features.clone(), target.clone(), each.clone()
        weight = features.new_zeros(shows.shape[1], features.shape[1]).requires_grad_()
        bias = features.new_zeros(shows.shape[1]).requires_grad_()
        optimiser = torch.optim.LBFGS([weight, bias], max_iter=iterations, line_search_fn="strong_wolfe")

        def loss() -> Tensor:
            optimiser.zero_grad()
            fits = F.binary_cross_entropy_with_logits(features @ weight.T + bias, target, each, reduction="none")
            value = fits.mean(0).sum() + 0.5 * PENALTY * weight.square().sum()
            value.backward()
            return value

        optimiser.step(loss)
    return weight.detach()
