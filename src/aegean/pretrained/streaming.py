"""Work on many pictures at once, answers in order, memory flat: each core reads and computes batches of its own.

That is faster than all cores on one batch: nothing waits for the slowest thread of each layer, and one core decodes
while another computes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TypeVar

import torch
from PIL import Image
from torch import Tensor

from aegean.errors import InputError
from aegean.images import open_picture, to_pil

Picture = str | Path | Image.Image | Tensor  # a file, a decoded picture, or (C, H, W) in [-1, 1]
Item = TypeVar("Item")
Result = TypeVar("Result")


class Unreadable(NamedTuple):
    """A picture that was left out."""

    place: int  # in the sequence of pictures
    reason: str  # one line that names the file


def in_order(work: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
    """`work(item)` for each item, in order, on as many threads as torch would use, each computing on one core.

    At most two items a thread are begun before their turn, so that what is produced never piles up.
    """
    threads = min(torch.get_num_threads(), len(items))
    if threads < 2:
        yield from map(work, items)
        return
    before = torch.get_num_threads()
    pool = ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,))
    begun: deque[Future[Result]] = deque()
    try:
        for item in items:
            begun.append(pool.submit(work, item))
            if len(begun) >= 2 * threads:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(before)


def read(picture: Picture, at_least: int | None) -> Image.Image:
    """One picture; a JPEG file is decoded no larger than needed to leave `at_least` pixels on its short side."""
    if isinstance(picture, Tensor):
        return to_pil(picture)
    return picture if isinstance(picture, Image.Image) else open_picture(picture, at_least)


def read_some(
    pictures: Sequence[Picture], chunk: range, prepare: Callable[[Image.Image], Tensor], at_least: int | None
) -> tuple[Tensor | None, list[int], list[Unreadable]]:
    """The readable pictures of `chunk`: stacked (B, C, H, W) or None, their indices, and what was left out."""
    images, kept, unreadable = list[Tensor](), list[int](), list[Unreadable]()
    for index in chunk:
        try:
            images.append(prepare(read(pictures[index], at_least)))
            kept.append(index)
        except InputError as error:
            unreadable.append(Unreadable(index, str(error)))
    if not images:
        return None, kept, unreadable
    if len({image.shape for image in images}) > 1:
        raise InputError(
            "this checkpoint's preprocessing gives pictures of different sizes; it needs a size to crop to"
        )
    return torch.stack(images), kept, unreadable
