"""Attribute directions in the codes of any family that encodes: arithmetic such as code(face) + glasses.

    v_k   = mean of codes with attribute k - mean of codes without        Larsen et al. 2016 (arXiv:1512.09300), 4.3
    u_k   = |v_k| (v_k - P_k v_k) / |v_k - P_k v_k|                       P_k: onto the span of all other v_j
    image = x + decode(z + sum_k c_k u_k) - decode(z)                     z = encode(x); c: the changes wanted

Attributes that go together in the data (beards and dark hair) have directions that lean towards each other; u_k is what
of v_k no other has, at its length. Only the difference that the step makes is added, so what the code lost is not lost
again, and a change of 0 is none.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from aegean.data.types import ImageSet, spread
from aegean.errors import InputError
from aegean.models.capabilities import Conditional, Edits, Encodes
from aegean.runs import Run

MOST = 5000  # images that directions are worked out from
BATCH = 250


class Directions(nn.Module, Edits):
    """A model with codes as an editor of attributes."""

    vectors: Tensor

    def __init__(self, model: Encodes, names: Sequence[str], vectors: Tensor, kind: str) -> None:
        """`vectors` (E, Z), one for each name; `kind`: plain or orthogonal."""
        super().__init__()
        self.model, self.names, self.kind = model, tuple(names), kind
        self.register_buffer("vectors", vectors)

    def __str__(self) -> str:
        return f"{self.kind} latent directions"

    @property
    def editable(self) -> tuple[str, ...]:
        """The names."""
        return self.names

    def edit(self, image: Tensor, changes: Tensor) -> Tensor:
        """(B, C, H, W), (B, E) -> (B, C, H, W)."""
        code = self.model.encode(image)  #                                                        (B, Z)
        step = self.edit_code(code, changes) - self.model.decode(code)
        return (image + step).clamp(-1, 1)

    def edit_code(self, code: Tensor, changes: Tensor) -> Tensor:
        """What codes (B, Z) show when (B, E) is changed, as the model draws it. (B, C, H, W)"""
        return self.model.decode(code + changes @ self.vectors)


def difference_of_means(codes: Tensor, attributes: Tensor) -> Tensor:
    """Codes (N, Z), attributes (N, A) in 0, 1 -> (A, Z); zero for an attribute that all or none have."""
    having = attributes.T.to(codes)  #                                                            (A, N)
    mean_with = having @ codes / having.sum(1, keepdim=True).clamp_min(1)
    mean_without = (1 - having) @ codes / (1 - having).sum(1, keepdim=True).clamp_min(1)
    known = (having.amin(1) < having.amax(1))[:, None]
    return torch.where(known, mean_with - mean_without, 0.0)


def orthogonal_to_others(vectors: Tensor) -> Tensor:
    """Each of (A, Z) without what it shares with the others, at its own length; zero if that is all of it.

    A: at most Z, or none has anything of its own.
    """
    result = torch.zeros_like(vectors)
    for k, vector in enumerate(vectors):
        others = torch.cat([vectors[:k], vectors[k + 1 :]])  #                                    (A - 1, Z)
        own = vector - others.T @ torch.linalg.pinv(others.T, rtol=1e-5) @ vector if len(others) else vector
        if own.norm() > 1e-4 * vector.norm():
            result[k] = own * (vector.norm() / own.norm())
    return result


def attribute_directions(model: Encodes, images: ImageSet, names: Sequence[str], orthogonal: bool = True) -> Directions:
    """The directions of all attributes of `images` (of 5,000 of them at most), as an editor."""
    if images.attributes is None:
        raise InputError("these images have no attributes, from which directions are worked out")
    place = spread(len(images), MOST)
    codes = torch.cat([model.encode(images.batch(some).image) for some in place.split(BATCH)])
    vectors = difference_of_means(codes, images.attributes[place])
    if not orthogonal:
        return Directions(model, names, vectors, "plain")
    known, numbers = int(vectors.any(1).sum()), vectors.shape[1]
    if known > numbers:
        raise InputError(
            f"codes of {numbers} numbers have no room for directions of {known} attributes, each free of all others: "
            f"train with --latent {2 * known}, or take directions as they are: --plain"
        )
    return Directions(model, names, orthogonal_to_others(vectors), "orthogonal")


def editor_of(run: Run, orthogonal: bool = True) -> Edits | None:
    """The run's model if it edits, else directions of attributes in its codes; None where there are none."""
    model = run.model
    if isinstance(model, Edits):
        return model
    if not isinstance(model, Encodes) or isinstance(model, Conditional) or not run.spec.attributes:
        return None
    return attribute_directions(model, run.data.train, run.spec.attributes, orthogonal)
