"""`aegean runs`: which runs there are, which is the best, two beside one another, and away with one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import tyro

from aegean.cli._options import Device, Json
from aegean.cli._parsing import call
from aegean.consoles import plain, tell, tell_json
from aegean.errors import InputError, did_you_mean

FEW = 6  # settings that have a column of their own


def runs(words: list[str]) -> int:
    """`aegean runs [FOLDER]`, `aegean runs compare`, `aegean runs rm`."""
    command: Any = {"compare": compare, "rm": remove}.get(words[0] if words else "", table)
    rest = words if command is table else words[1:]
    prog = "aegean runs" + ("" if command is table else f" {words[0]}")
    call(command, rest, prog)
    return 0


def table(
    folder: tyro.conf.Positional[Path] = Path("runs"),
    sort: str | None = None,
    json: Json = False,
) -> None:
    """List the runs of a folder: data, settings that differ, steps, figures, size. The oldest stands first.

    Two beside one another, in one HTML file: aegean runs compare RUN RUN. Away with one: aegean runs rm RUN.

    Args:
        folder: A folder of runs.
        sort: The best first by this metric, such as fid; the smallest first by what a term of metrics.jsonl says last,
            such as validation/vae/loss; or by seconds, size, or step.
    """
    from aegean.runs.comparison import runs_in, tried

    found = runs_in(folder)
    records = [_record(run) for run in found]
    if sort is not None:
        records = _sorted(records, sort)
    if json:
        tell_json(records)
    elif not records:
        tell(f"{folder}: no runs yet; `aegean train` makes one")
    else:
        tell(*_lines(records, tried(found)[:FEW], sort))


def compare(
    runs: tyro.conf.Positional[tuple[Path, ...]],
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"])] = Path("comparison.html"),
    device: Device = "auto",
) -> None:
    """Show runs beside one another in one HTML file: what they make, figures, settings that differ, curves laid over.

    Args:
        runs: Two to eight runs.
        out: The file.
    """
    from aegean.outputs import check_outputs
    from aegean.report import compare as beside
    from aegean.runs import load

    check_outputs([out], [], endings=(".html", ".htm"))
    tell(beside([load(run, device) for run in runs], out))


def remove(runs: tyro.conf.Positional[tuple[Path, ...]], yes: tyro.conf.FlagCreatePairsOff[bool] = False) -> None:
    """Remove runs with all that is in them, after a question.

    Args:
        runs: Their folders.
        yes: Ask nothing.
    """
    import shutil

    from aegean.runs import is_run
    from aegean.runs.comparison import size_of
    from aegean.runs.run import Run

    for path in runs:
        if not is_run(path):
            raise InputError(f"{path}: not a run folder; nothing was removed")
    if not yes and not sys.stdin.isatty():
        raise InputError("to remove runs without a question, say --yes; nothing was removed")
    for path in runs:
        size = f"{size_of(Run(path)) / 1e6:,.1f} MB"
        if yes or input(plain(f"{path} ({size}): remove it for good? [y/N] ")).strip().lower() in {"y", "yes"}:
            shutil.rmtree(path)
            tell(f"{path}: removed")


def _record(run: Any) -> dict[str, Any]:
    """What the table and the JSON tell of a run; of a damaged one, what is wrong with it."""
    from aegean.runs.comparison import current, progress_of, settings_of, size_of
    from aegean.runs.history import latest

    try:
        step, steps, seconds = progress_of(run)
        figures = [
            {name: record.get(name) for name in ("metric", "value", "better", "split", "settings")}
            for record in current(run)
        ]
        known = {"family": run.config.family, "data": run.spec.name, "step": step, "steps": steps, "seconds": seconds}
        told = {"terms": {name: value for name, value in latest(run.history).items() if "/" in name}}
        more = {"size": size_of(run), "settings": settings_of(run), **told, "figures": figures}
        return {"run": str(run.path), **known, **more}
    except (InputError, KeyError, TypeError, ValueError) as error:
        return {"run": str(run.path), "problem": str(error) or type(error).__name__, "figures": []}


def _sorted(records: list[dict[str, Any]], word: str) -> list[dict[str, Any]]:
    """The best first; those that have no such figure at the end, as they were."""
    facts = {"seconds": 1, "size": 1, "step": -1}
    known = sorted({figure["metric"] for record in records for figure in record["figures"]})
    terms = {name for record in records for name in record.get("terms", ())}
    if word not in {*facts, *known, *terms}:
        raise InputError(
            f"--sort {word}: no run has such a figure.{did_you_mean(word, [*known, *sorted(terms), *facts])}"
        )

    def key(record: dict[str, Any]) -> tuple[bool, float]:
        if word in facts:
            return record.get(word) is None, facts[word] * (record.get(word) or 0)
        if word in terms:
            value = record.get("terms", {}).get(word)
            return value is None, value or 0.0
        found = [figure for figure in record["figures"] if figure["metric"] == word]
        if not found:
            return True, 0.0
        return False, (-1 if found[-1]["better"] == "larger" else 1) * found[-1]["value"]

    return sorted(records, key=key)


def _lines(records: list[dict[str, Any]], settings: list[str], sort: str | None) -> list[str]:
    """The table, as wide as it needs; a term that it is sorted by has a column."""
    from aegean import markup
    from aegean.report.facts import duration

    term = [sort] if sort is not None and any(sort in record.get("terms", ()) for record in records) else []
    rows = [["run", "family", "data", "steps", "time", "MB", *settings, *term, "figures"]]
    for record in records:
        if "problem" in record:
            rows.append([record["run"], "-", "-", "-", "-", "-", *("-" for _ in (*settings, *term)), record["problem"]])
            continue
        figures = [f"{figure['metric']} {markup.plain(float(figure['value']))}" for figure in record["figures"]]
        more = f" and {len(figures) - 4} more" if len(figures) > 4 else ""
        rows.append(
            [
                *(record["run"], record["family"], record["data"], f"{record['step']:,} of {record['steps']:,}"),
                "-" if record["seconds"] is None else duration(record["seconds"]),
                f"{record['size'] / 1e6:,.1f}",
                *(markup.plain(record["settings"].get(name)) for name in settings),
                *(markup.plain(record["terms"].get(name)) for name in term),
                ", ".join(figures[:4]) + more or "-",
            ]
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
