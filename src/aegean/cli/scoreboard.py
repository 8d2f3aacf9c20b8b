"""`aegean scoreboard` and `aegean reproduce`: what was reached, and how to reach it again."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from aegean.cli._options import Device, Flag, Json
from aegean.consoles import fits, tell, tell_json
from aegean.errors import InputError

if TYPE_CHECKING:
    from aegean.scoreboard import Row
    from aegean.scoreboard.reproducing import Outcome


def scoreboard(
    write: Flag = False,
    check: Flag = False,
    html: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None,
    json: Json = False,
) -> None:
    """What was reached, each figure read from the committed records: recipes/evaluations and benchmarks/results.

    Args:
        write: In a checkout, write the tables of README.md and of docs anew.
        check: In a checkout, fail with one line where these tables are not what the records give.
        html: Write a page with the pictures, one file that opens offline.
    """
    from aegean.files import whole
    from aegean.scoreboard import all_rows, html_page

    made = all_rows()
    if html is not None:
        from aegean.companions import ROOT
        from aegean.outputs import check_outputs

        check_outputs([html], [], endings=(".html",))
        with whole(html) as beside:
            beside.write_text(html_page(made, ROOT / "docs" / "images" / "scoreboard"), encoding="utf-8")
        tell(html)
    if write or check:
        _documents(made, write)
    if json:
        tell_json([dataclasses.asdict(row) for row in made])
    elif html is None and not write and not check:
        from rich.console import Console
        from rich.table import Table

        table = Table(box=None, pad_edge=False)
        for column in ("recipe", "figure", "reached", "spread", "real images reach"):
            table.add_column(column, no_wrap=column == "recipe")
        for row in made:
            for place, cell in enumerate(row.cells):
                table.add_row(row.name if place == 0 else "", cell.what, cell.value, fits(cell.spread), cell.bound)
        Console(highlight=False, markup=False).print(table)


def _documents(made: list[Row], write: bool) -> None:
    """Write the tables into README.md and the pages of docs, or InputError where they are others."""
    from aegean.companions import ROOT
    from aegean.files import whole
    from aegean.scoreboard import page_tables, put_into, short_table, whole_page

    tables = {"README.md": short_table(made), "docs/scoreboard.md": whole_page(made), **page_tables()}
    for name, table in tables.items():
        path = ROOT / name
        if not path.is_file():
            raise InputError(f"{path}: there is none; --write and --check are for a checkout of the sources")
        before = path.read_text(encoding="utf-8")
        after = put_into(before, table, name)
        if after == before:
            continue
        if not write:
            raise InputError(f"{name}: not what the records give; `aegean scoreboard --write` writes it anew")
        with whole(path) as beside:
            beside.write_text(after, encoding="utf-8")
        tell(path)


def reproduce(
    recipes: tyro.conf.Positional[tuple[str, ...]] = (),
    quick: Flag = False,
    out: Annotated[Path | None, tyro.conf.arg(aliases=["-o"], metavar="FOLDER")] = None,
    device: Device = "auto",
) -> int:
    """Follow recipes from data to evaluation.json: what comes out, beside what is claimed. Stopped, it goes on.

    Args:
        recipes: Names of recipes. None: list them, with the time that each took.
        quick: Minutes: a short training, held against the baseline that the recipe states.
        out: Where the runs go. None: reproduced/NAME, or reproduced/NAME-quick.
    """
    from aegean import scoreboard

    if not recipes:
        _list()
        return 0
    if out is not None and len(recipes) > 1:
        raise InputError(f"--out {out}: one folder for one recipe")
    for name in recipes:  # a name that is none, before any of them is begun
        scoreboard.read_recipe(name)
    worse = 0
    for name in recipes:
        folder = out or Path("reproduced", name + "-quick" * quick)
        for outcome in scoreboard.reproduce(name, folder, quick, tell, device):
            tell(_line(outcome))
            worse += outcome.better is False
    return 1 if worse else 0


def _line(outcome: Outcome) -> str:
    """What was reached, as committed, and against what."""
    spread = f" ± {outcome.spread:.2g}" if outcome.spread is not None else ""
    parts = [f"{outcome.metric}: {outcome.reached:.4g}{spread}"]
    if outcome.better is not None:
        parts.append(f"{'better than' if outcome.better else 'NOT better than'} {outcome.against}")
    else:
        parts.append(f"committed {outcome.committed}")
        parts += [f"reference {outcome.against}"] * bool(outcome.against)
    return fits("  " + "; ".join(parts))


def _list() -> None:
    from aegean.scoreboard import read_recipe, recipe_names

    for name in recipe_names():
        about = read_recipe(name).about
        tell(f"  {name:38} {'quick  ' if about.quick else '       '}{about.title}")
    tell("", "`aegean reproduce NAME`: from data to evaluation.json; with --quick minutes, of those marked so")
