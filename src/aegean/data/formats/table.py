"""A folder of pictures with a table of their labels and attributes: metadata.csv or labels.csv."""

from __future__ import annotations

from pathlib import Path

from aegean.data.encoded import Files
from aegean.data.folders import folders_in, parts_in
from aegean.data.layout import find_splits
from aegean.data.source import Part, Source
from aegean.data.sources import Format, path_of
from aegean.data.splits import SPLIT_OF
from aegean.data.tables import HEAD, TABLES, is_table, known_by, read_table


def has_table(folder: Path) -> bool:
    """Whether a table lies in a folder, or in that of its training pictures."""
    if not folder.is_dir():
        return False
    train = [folder / name for name, part in SPLIT_OF.items() if part == "train"]
    return any(_table_in(place) for place in (folder, *train))


def open_table(folder: Path) -> Source:
    """Pictures at any depth, labelled by the table beside them, or by one in each split's folder."""
    splits = find_splits(folders_in(folder), folder)
    places = [folder, *(folder / name for name in splits.folders.values())]
    tables = {place: path for place in places if (path := _table_in(place))}
    looked, left_out = parts_in(folder, splits, tables.values())
    known = known_by(
        {place.relative_to(folder): read_table(path.read_bytes(), str(path)) for place, path in tables.items()},
        {part: [path.relative_to(folder) for path in found.paths] for part, found in looked.items()},
        folder,
        left_out,
    )
    parts = {
        part: Part(Files(looked[part].paths, folder).only(rows), known.labels.get(part), known.flags.get(part))
        for part, rows in known.rows.items()
    }
    return Source(
        folder.resolve().name,
        f"folder of images{splits.words} with {' and '.join(dict.fromkeys(path.name for path in tables.values()))}",
        parts,
        known.classes,
        known.attributes,
        notes=splits.notes + known.notes,
        left_out=left_out,
        links=sum(found.links for found in looked.values()),
        splits=splits.origin,
    )


def _table_in(folder: Path) -> Path | None:
    for path in (folder / name for name in TABLES):
        try:
            with path.open("rb") as file:
                if is_table(file.read(HEAD)):
                    return path
        except OSError:  # none is there, or it may not be read
            continue
    return None


FORMAT = Format(
    "a folder with a table",
    lambda word: has_table(path_of(word)),
    lambda word: open_table(path_of(word)),
    photos=True,
    help="of pictures and metadata.csv or labels.csv: file_name, a label, 0 or 1 for attributes",
)
