"""What a simple classifier can read from vectors: how good a code is as a description of an image.

A probe of a code says little alone: raw pixels, and their principal components of the same number, belong beside it.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, one_hot


def nearest_neighbours(train: Tensor, labels: Tensor, test: Tensor, neighbours: int = 5) -> Tensor:
    """Label of each test vector (M, D) by vote of its nearest (Euclidean) train vectors (N, D), (N,). -> (M,)

    Equal votes go to the label whose neighbours rank nearer.
    """
    classes = int(labels.max()) + 1
    squares = train.square().sum(1)  # (N,)
    weight = 1.0 - 1e-3 * torch.arange(min(neighbours, len(train)), device=train.device)  # breaks ties, decides no vote
    found = []
    for start in range(0, len(test), 1024):
        part = test[start : start + 1024]  # (P, D)
        distance = torch.addmm(squares, part, train.T, alpha=-2.0)  # |t|^2 - 2 p.t: the order of |p - t|    (P, N)
        nearest = distance.topk(len(weight), largest=False).indices  # (P, k)
        votes = (one_hot(labels[nearest], classes) * weight[:, None]).sum(1)  # (P, K)
        found.append(votes.argmax(1))
    return torch.cat(found)


def linear(train: Tensor, labels: Tensor, test: Tensor, penalty: float = 1e-4, iterations: int = 100) -> Tensor:
    """Label of each test vector (M, D) by multinomial logistic regression on train vectors (N, D), (N,). -> (M,)

    The vectors are standardised by the train part's mean and deviation (those that hardly vary are not blown up); mean
    cross-entropy + penalty / 2 |W|^2 is lowered by L-BFGS from zero, which is deterministic.
    """
    mean, deviation = train.mean(0), train.std(0, correction=0)
    deviation = deviation.clamp_min(0.01 * float(deviation.max()) + 1e-12)
    train, test = (train - mean) / deviation, (test - mean) / deviation
    classes = int(labels.max()) + 1
    with torch.inference_mode(False), torch.enable_grad():
        train, labels = train.clone(), labels.clone()
        weight = train.new_zeros(classes, train.shape[1]).requires_grad_()
        bias = train.new_zeros(classes).requires_grad_()
        optimiser = torch.optim.LBFGS([weight, bias], max_iter=iterations, line_search_fn="strong_wolfe")

        def loss() -> Tensor:
            optimiser.zero_grad()
            value = cross_entropy(train @ weight.T + bias, labels) + 0.5 * penalty * weight.square().sum()
            value.backward()
            return value

        optimiser.step(loss)
    return (test @ weight.detach().T + bias.detach()).argmax(1)


def principal_components(train: Tensor, test: Tensor, count: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Both parts (N, D), (M, D) projected on the directions in which the train part varies most. (N, Q), (M, Q).

    Q is `count`, or less where the vectors are fewer or shorter.
    """
    mean = train.mean(0)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        _, _, directions = torch.pca_lowrank(train, q=min(count, *train.shape), niter=4)  # centres by itself
    return (train - mean) @ directions, (test - mean) @ directions
