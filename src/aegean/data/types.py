"""What travels: a batch of images with what is known of them, and the description of a data set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor

from aegean.images import to_float
from aegean.sizes import Size


class Batch(NamedTuple):
    """A NamedTuple, not a dataclass, so that the distributed engines can map over its tensors."""

    image: Tensor  # (B, C, H, W) float32 in [-1, 1]
    label: Tensor | None = None  # (B,) int64
    attributes: Tensor | None = None  # (B, A) float32, 0 or 1
    other: Tensor | None = None  # (B, C, H, W) in [-1, 1]: images of the second domain, unpaired
    target: Tensor | None = None  # (B, C', kH, kW) in [-1, 1]: of pairs, what is wanted of each image


@dataclass(frozen=True)
class DataSpec:
    """What a model must know of the data to be built, and all that a run remembers of it."""

    name: str
    channels: int
    size: Size  # of the images, in pixels; one number stands for a square
    classes: tuple[str, ...] = ()  # label k is named classes[k]; empty: no labels
    attributes: tuple[str, ...] = ()  # names of the A binary attributes
    domains: tuple[str, ...] = ()  # names of the two domains, when there are two
    target_channels: int = 0  # of pairs: the channels of what is wanted; 0: there are no pairs
    target_scale: int = 1  # of pairs: how many times as large it is

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", Size.of(self.size))

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W) of one image."""
        return self.channels, *self.size

    @property
    def paired(self) -> bool:
        """Whether each image has another that is wanted of it."""
        return self.target_channels > 0

    @property
    def dimensions(self) -> int:
        """Numbers in one image."""
        return self.channels * self.size.pixels

    def to_json(self) -> dict[str, Any]:
        """Plain values, as about.json holds them."""
        return asdict(self) | {"size": self.size.word}


@dataclass(frozen=True)
class ImageSet:
    """One split: uint8 pixels (in memory, or memory-mapped and paged in as needed) and what is known of each image."""

    images: Tensor  # (N, H, W, C) uint8
    labels: Tensor | None = None  # (N,) int64
    attributes: Tensor | None = None  # (N, A) uint8
    other: Tensor | None = None  # (M, H, W, C) uint8: the second domain
    target: Tensor | None = None  # (N, kH, kW, C') uint8: of pairs, what is wanted

    def __len__(self) -> int:
        return len(self.images)

    def batch(self, index: Tensor, other: Tensor | None = None, device: torch.device | None = None) -> Batch:
        """The images at `index` (B,) int64, on `device`; of the second domain those at `other`, wrapped round."""
        other = index if other is None else other
        return Batch(
            image=to_float(self.images[index].to(device)),
            label=None if self.labels is None else self.labels[index].to(device),
            attributes=None if self.attributes is None else self.attributes[index].to(device).float(),
            other=None if self.other is None else to_float(self.other[other % len(self.other)].to(device)),
            target=None if self.target is None else to_float(self.target[index].to(device)),
        )

    def first(self, count: int) -> Batch:
        """The first `count` images, or as many as there are."""
        return self.batch(torch.arange(min(count, len(self)), device=self.images.device))

    def some(self, count: int | None) -> ImageSet:
        """`count` images from all over the split, which may be sorted by class; None: all."""

        def cut(tensor: Tensor | None) -> Tensor | None:  # whole ones are not copied
            if tensor is None or count is None or len(tensor) <= count:
                return tensor
            return tensor[spread(len(tensor), count)]

        return ImageSet(*(cut(tensor) for tensor in vars(self).values()))  # type: ignore[arg-type]

    def to(self, device: torch.device) -> ImageSet:
        """The same split with its tensors on `device`."""
        return ImageSet(*(None if t is None else t.to(device) for t in vars(self).values()))  # type: ignore[arg-type]


def spread(length: int, count: int) -> Tensor:
    """Which `count` of `length` things to take, evenly spread; of no more, all. int64"""
    return torch.arange(length) if length <= count else torch.arange(count) * length // count


def dealt(length: int, count: int) -> Tensor:
    """The same, but always `count`: of fewer things, all over and over. (count,) int64"""
    places = spread(length, count)
    return places[torch.arange(count) % len(places)]


@dataclass(frozen=True)
class Dataset:
    """A data set, opened: its description and its three splits."""

    spec: DataSpec
    train: ImageSet
    validation: ImageSet
    test: ImageSet
    fingerprint: str  # of the content: two data sets with the same pixels and labels have the same one
    describe: Callable[[], Any] | None = field(
        default=None, compare=False, repr=False
    )  # -> a Description; not of others

    def split(self, name: str) -> ImageSet:
        """`train`, `validation` or `test`."""
        return {"train": self.train, "validation": self.validation, "test": self.test}[name]
