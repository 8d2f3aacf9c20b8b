"""`aegean datasets`: the named sets, or what a path holds."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated

import tyro

if TYPE_CHECKING:
    from aegean.data import Description


def datasets(path: Annotated[str | None, tyro.conf.Positional, tyro.conf.arg(metavar="[PATH]")] = None) -> None:
    """List the sets that have a name, or say what a path holds and how to train on it.

    Args:
        path: What --data takes: a name or a path.
    """
    if path is None:
        _table()
    else:
        from aegean.data import describe

        _tell(path, describe(path))


def _table() -> None:
    from rich.console import Console
    from rich.table import Table

    from aegean.data import DATASETS, FORMATS

    table = Table(box=None, pad_edge=False)
    for column in ("name", "what", "images", "form", "at hand"):
        table.add_column(column, justify="right" if column == "images" else "left", no_wrap=column in {"name", "form"})
    for name, named in DATASETS.items():
        table.add_row(name, named.what, f"{named.count:,}", named.form, named.missing() or "yes")
    kinds = Table("or", "what", box=None, pad_edge=False)
    for one in FORMATS.values():
        if one.help:
            kinds.add_row(one.what, one.help)
    console = Console(markup=False, highlight=False)
    console.print(table, "", kinds, "", "`aegean datasets PATH` says what it holds.", sep="\n")


def _tell(path: str, found: Description) -> None:
    from aegean.images import COLOURS

    rows = [("kind", found.kind), ("pictures", f"{found.count:,}")]
    if list(found.parts) != ["all"]:
        rows.append(("splits", ", ".join(f"{name} {count:,}" for name, count in found.parts.items())))
    if found.domains:
        rows.append(("domains", " and ".join(found.domains)))
    rows.append(("sizes", _some([f"{w} x {h}" + _times(n, found.sides) for (w, h), n in found.sides.items()], 4)))
    rows.append(("channels", _some([COLOURS[c] + _times(n, found.channels) for c, n in found.channels.items()])))
    if found.classes:
        rows.append(
            ("classes", f"{len(found.classes)}: " + _some([f"{name} {n:,}" for name, n in found.classes.items()]))
        )
    if found.attributes:
        rates = [f"{name} {rate:.0%}" for name, rate in found.attributes.items()]
        rows.append(("attributes", f"{len(rates)}: " + _some(rates, 40)))
    if found.unreadable:
        rows.append(
            ("unreadable", f"{len(found.unreadable):,} of {found.looked_at:,} looked at: {found.unreadable[0]}")
        )
    rows += [("note", note) for note in found.notes]
    family = "conditional_vae" if found.classes else "vae"
    size = f" --size {found.size}" if found.size else ""
    rows.append(("train", f"aegean train {family} --data {shlex.quote(path)}{size}"))
    print("\n".join(f"{name:10} {value}" for name, value in rows))


def _times(count: int, among: object) -> str:
    return f" ({count:,})" if len(among) > 1 else ""  # type: ignore[arg-type]


def _some(words: list[str], most: int = 12) -> str:
    return ", ".join(words[:most]) + (f" ... and {len(words) - most} more" if len(words) > most else "")
