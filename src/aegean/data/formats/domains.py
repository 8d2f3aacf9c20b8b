"""CycleGAN's layout: trainA, trainB and, if there, testA, testB, valA, valB."""

from __future__ import annotations

import re
from pathlib import Path

from aegean.data.folders import folders_in, look_through, some_pictures_in
from aegean.data.left_out import LeftOut
from aegean.data.source import Files, Part, Source
from aegean.data.sources import Format, path_of
from aegean.data.splits import SPLIT_OF


def is_domains(folder: Path) -> bool:
    """Whether the training pictures of both domains are there."""
    return (folder / "trainA").is_dir() and (folder / "trainB").is_dir()


def open_domains(folder: Path) -> Source:
    """CycleGAN's layout: trainA, trainB and, if there, testA, testB, valA, valB."""
    parts, others, left_out, links = {}, {}, LeftOut(), 0
    for word, child in folders_in(folder).items():
        match = re.fullmatch(r"(\w+)([AB])", word)
        if not match or match[1] not in SPLIT_OF:
            left_out.add_all("beside trainA and trainB", look_through(child).paths)
            continue
        found = some_pictures_in(child)
        left_out.join(found.left_out)
        links += found.links
        if match[2] == "A":
            parts[SPLIT_OF[match[1]]] = Part(Files(found.paths, folder))
        else:
            others[SPLIT_OF[match[1]]] = Files(found.paths, folder)
    name = folder.resolve().name
    first, to, second = name.partition("2")
    return Source(
        name,
        "two domains (trainA, trainB ...)",
        parts,
        others=others,
        domains=(first, second) if first and to and second else ("A", "B"),
        left_out=left_out,
        links=links,
        splits="folders trainA, trainB ...",
    )


FORMAT = Format(
    "trainA and trainB",
    lambda word: is_domains(path_of(word)),
    lambda word: open_domains(path_of(word)),
    photos=True,
    help="a folder of these: two domains, as CycleGAN has them [testA, testB, valA, valB]",
)
