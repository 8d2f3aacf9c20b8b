"""The 1000 classes of ImageNet-1k in plain words, and the names that a checkpoint brings along."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple


class ImageClass(NamedTuple):
    """What a network can say."""

    name: str  # in plain words: golden retriever
    wordnet: str | None = None  # WordNet's id of the synset, such as n02099601, where it is known


@cache
def imagenet_classes() -> tuple[ImageClass, ...]:
    """Class k of ImageNet-1k: the first word of its synset. The two cranes and the two maillots are told apart."""
    table = Path(__file__).with_name("imagenet_classes.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    return tuple(ImageClass(name, wordnet) for _, wordnet, name in rows)


def named_classes(labels: Sequence[str]) -> tuple[ImageClass, ...]:
    """A checkpoint's own labels: the first synonym of each; ImageNet's classes where the labels are ImageNet's."""
    names = [plain(label) for label in labels]
    ours = imagenet_classes()
    if len(names) == len(ours):
        same = sum(a.lower() == plain(b.name).lower() for a, b in zip(names, ours, strict=True))
        if same >= 0.9 * len(ours):  # a few labels are spelled in other ways
            return ours
    return tuple(ImageClass(name) for name in names)


def plain(label: str) -> str:
    """`n02099601 golden_retriever`, `golden retriever, Goldie` and `crane (bird)` -> the words alone."""
    first = re.sub(r"^n\d{8}[ _-]+", "", label).split(",")[0]
    return re.sub(r" \(.*\)$", "", first.replace("_", " ")).strip()
