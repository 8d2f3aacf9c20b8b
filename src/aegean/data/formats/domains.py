"""CycleGAN's layout: trainA, trainB and, if there, testA, testB, valA, valB."""

from __future__ import annotations

import re
from pathlib import Path

from aegean.data.folders import folders_in, notes_of, some_pictures_in
from aegean.data.source import Files, Part, Source
from aegean.data.sources import Format, path_of
from aegean.data.splits import SPLIT_OF


def is_domains(folder: Path) -> bool:
    """Whether the training pictures of both domains are there."""
    return (folder / "trainA").is_dir() and (folder / "trainB").is_dir()


def open_domains(folder: Path) -> Source:
    """CycleGAN's layout: trainA, trainB and, if there, testA, testB, valA, valB."""
    parts, others = {}, {}
    closed: list[str] = []
    for word, child in folders_in(folder).items():
        if (match := re.fullmatch(r"(\w+)([AB])", word)) and match[1] in SPLIT_OF:
            pictures = Files(some_pictures_in(child, closed), folder)
            if match[2] == "A":
                parts[SPLIT_OF[match[1]]] = Part(pictures)
            else:
                others[SPLIT_OF[match[1]]] = pictures
    name = folder.resolve().name
    first, to, second = name.partition("2")
    domains = (first, second) if first and to and second else ("A", "B")
    return Source(
        name, "two domains (trainA, trainB ...)", parts, others=others, domains=domains, notes=notes_of(closed)
    )


FORMAT = Format(
    "trainA and trainB",
    lambda word: is_domains(path_of(word)),
    lambda word: open_domains(path_of(word)),
    photos=True,
    help="a folder of these: two domains, as CycleGAN has them [testA, testB, valA, valB]",
)
