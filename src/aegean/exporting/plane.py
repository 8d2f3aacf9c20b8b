"""The plane of codes that an explorer is dragged over: the directions in which pictures change most.

w = L^-1 (z - m)       whitened codes: m and L L^T their mean and covariance; for draws of N(0, I), 0 and I
J = E[x w^T]           for Gaussian w this is E[dx/dw] (Stein), how pictures change on average
J = U S V^T            the columns of V, strongest first; z = m + L V u, and u = V^T w
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from aegean.errors import InputError
from aegean.models.capabilities import Conditional, Encodes, Samples
from aegean.runs import Run

DRAWS, DOTS, STARTS = 512, 400, 48  # codes that directions are found by, that are shown, that a walk begins with
DIRECTIONS = 8


@dataclass(frozen=True)
class Plane:
    """Directions in the space of codes, and where real pictures lie."""

    mean: Tensor  # (Z,)
    axes: Tensor  # (K, Z): one step of u along each
    duals: Tensor  # (K, Z): u_k of a code is duals_k . (z - mean)
    gaussian: bool  # whether codes are draws of N(0, I)
    dots: Tensor  # (N, 2): real pictures, u_1 and u_2
    labels: Tensor | None  # (N,)
    starts: Tensor  # (M, Z): codes to begin with where they follow no known distribution


def plane(run: Run) -> Plane:
    """The plane of a model that samples or decodes; InputError for one whose codes only its data could tell."""
    model, gaussian = run.model, isinstance(run.model, Samples)
    codes, labels, missing = seen(run)
    if gaussian:
        assert isinstance(model, Samples)
        drawn = model.noise(DRAWS, seed=0)
        classes = torch.arange(DRAWS) % len(run.spec.classes) if isinstance(model, Conditional) else None
        pictures = torch.cat([model.sample(*part) for part in parts(drawn, classes)])
        mean, root = torch.zeros(drawn.shape[1]), torch.eye(drawn.shape[1])
    else:
        if codes is None or len(codes) < 8:
            raise InputError(
                f"{run.path}: only its data tell where its codes lie, and they cannot be opened: {missing}"
            )
        assert isinstance(model, Encodes)
        drawn = codes
        pictures = torch.cat([model.decode(*part) for part in parts(codes, labels)])
        mean, spread = codes.mean(0), torch.cov(codes.T).reshape(codes.shape[1], -1)
        root = torch.linalg.cholesky(spread + 1e-6 * spread.diagonal().mean() * torch.eye(len(spread)))
    axes, duals = strongest(drawn, pictures, mean, root)
    dots = drawn[:0, :2] if codes is None else (codes - mean) @ duals[:2].T
    return Plane(mean, axes, duals, gaussian, dots, labels if codes is not None else None, drawn[:STARTS])


def strongest(codes: Tensor, pictures: Tensor, mean: Tensor, root: Tensor) -> tuple[Tensor, Tensor]:
    """Axes and duals (K, Z) of the directions in which pictures (N, C, H, W) change most with codes (N, Z)."""
    white = torch.linalg.solve_triangular(root, (codes - mean).T, upper=False)  #                   (Z, N)
    flat = pictures.flatten(1)
    change = white @ (flat - flat.mean(0)) / len(flat)  #                                           (Z, D)
    directions = torch.linalg.eigh(change @ change.T).eigenvectors.flip(1)[:, :DIRECTIONS]  #       (Z, K)
    duals = torch.linalg.solve_triangular(root.T, directions, upper=True)
    return (root @ directions).T, duals.T


def seen(run: Run) -> tuple[Tensor | None, Tensor | None, str]:
    """Codes (N, Z) and labels (N,) of test images, or nothing and why."""
    if not isinstance(run.model, Encodes):
        return None, None, "the model does not encode"
    try:
        batch = run.data.test.some(DOTS).first(DOTS)
    except InputError as error:
        return None, None, str(error)
    label = batch.label if isinstance(run.model, Conditional) else None
    return torch.cat([run.model.encode(*part) for part in parts(batch.image, label)]), batch.label, ""


def parts(tensor: Tensor, label: Tensor | None, size: int = 64) -> list[tuple[Tensor, ...]]:
    """Some at a time, with their labels where there are any."""
    some = tensor.split(size)
    return [(one,) for one in some] if label is None else list(zip(some, label.split(size)))
