"""CycleGAN's layout: trainA, trainB and, if there, testA, testB, valA, valB."""

from __future__ import annotations

from pathlib import Path

from aegean.data.encoded import Files
from aegean.data.folders import folders_in, look_through, some_pictures_in
from aegean.data.layout import domain_names, side_of
from aegean.data.left_out import LeftOut
from aegean.data.source import Part, Source
from aegean.data.sources import Format, path_of


def is_domains(folder: Path) -> bool:
    """Whether the training pictures of both domains are there."""
    return (folder / "trainA").is_dir() and (folder / "trainB").is_dir()


def open_domains(folder: Path) -> Source:
    """CycleGAN's layout: trainA, trainB and, if there, testA, testB, valA, valB."""
    parts, others, left_out, links = {}, {}, LeftOut(), 0
    for word, child in folders_in(folder).items():
        part, side = side_of(word)
        if not part:
            left_out.add_all("beside trainA and trainB", look_through(child).paths)
            continue
        found = some_pictures_in(child)
        left_out.join(found.left_out)
        links += found.links
        if side == "A":
            parts[part] = Part(Files(found.paths, folder))
        else:
            others[part] = Files(found.paths, folder)
    name = folder.resolve().name
    return Source(
        name,
        "two domains (trainA, trainB ...)",
        parts,
        others=others,
        domains=domain_names(name),
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
