"""A folder of pictures: subfolders are labels, train, validation and test are splits."""

from __future__ import annotations

from pathlib import Path

from aegean.data.encoded import Files
from aegean.data.folders import folders_in, parts_in
from aegean.data.layout import find_splits, labelled
from aegean.data.source import Part, Source
from aegean.data.sources import Format, path_of
from aegean.errors import InputError
from aegean.files import holds_run


def open_folder(folder: Path) -> Source:
    """Each split's folder, or the folder itself, holds one folder per class, or the pictures."""
    if holds_run(folder):
        raise InputError(f"{folder}: is a run, not pictures; its config.json says what it was trained on")
    splits = find_splits(folders_in(folder), folder)
    looked, left_out = parts_in(folder, splits)
    names = {part: [path.relative_to(folder / splits.parts[part]) for path in looked[part].paths] for part in looked}
    known = labelled(names, splits, folder)
    return Source(
        folder.resolve().name,
        f"folder of images{splits.words}",
        {
            part: Part(Files(looked[part].paths, folder).only(rows), known.labels.get(part))
            for part, rows in known.rows.items()
        },
        known.classes,
        notes=known.notes,
        left_out=left_out,
        links=sum(found.links for found in looked.values()),
        splits=splits.origin,
    )


FORMAT = Format(
    "a folder",
    lambda word: path_of(word).is_dir(),
    lambda word: open_folder(path_of(word)),
    priority=0,
    photos=True,
    help="of pictures: subfolders are labels; train, validation and test are splits",
)
