"""A run -> report.html: one file, opens offline, no scripts."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import torch

from aegean.errors import InputError
from aegean.markup import typeset
from aegean.report.document import document
from aegean.report.facts import commands, duration, evaluation_table, facts, family_name, settings
from aegean.report.figure import Figure
from aegean.report.history import curves
from aegean.report.sheets import SHEETS
from aegean.runs import Run, write_whole
from aegean.runs.history import latest, verdict_of


def make_report(run: Run | str | Path, *, data: Any = None, out: str | Path | None = None) -> Path:
    """Write `report.html` into the run folder, or `out`, and return its path.

    `data`: those of the training, where they came from Python.

    What cannot be made (the data have moved, no weights yet) is left out, and the report says so.
    """
    run = run if isinstance(run, Run) else Run(run)
    run = run if data is None else run.give_data(data)
    figures, notes = draw(run)
    notes += changed_data(run) + stale_figures(run) + lost_game(run)
    path = run.report_path if out is None else Path(out)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, page(run, figures, notes).encode(errors="backslashreplace"))
    return path


def draw(run: Run) -> tuple[dict[str, Figure], list[str]]:
    """Every sheet that this model can fill, by name, and one line for each reason why some were left out."""
    figures: dict[str, Figure] = {}
    missing: dict[str, list[str]] = {}
    with torch.inference_mode():
        for name in _with_progress(list(SHEETS)):
            try:
                figure = SHEETS[name](run)
            except InputError as error:
                missing.setdefault(str(error), []).append(name.replace("_", " "))
            else:
                if figure is not None:
                    figures[name] = figure
    return figures, [f"Left out ({', '.join(names)}): {reason}" for reason, names in missing.items()]


def changed_data(run: Run) -> list[str]:
    """A line, if the data are at hand but are no longer those that the run was trained on."""
    try:
        same = run.has_own_data
    except InputError:
        return []
    words = (
        f"{run.config.data.data} has changed since this run was trained; the test images here are not those of then."
    )
    return [] if same else [words]


def stale_figures(run: Run) -> list[str]:
    """A line, if evaluation.json holds figures of weights that the run no longer has."""
    stale = sorted({str(record["metric"]) for record in run.evaluation if run.is_stale(record)})
    return [f"Left out (figures of earlier weights, measure them again): {', '.join(stale)}"] if stale else []


def lost_game(run: Run) -> list[str]:
    """What the last line of the history says of the game, if it says that it is lost."""
    lost = verdict_of(run.history)
    return [f"At its last step: {lost}."] if lost else []


def page(run: Run, figures: dict[str, Figure], notes: list[str]) -> str:
    """The whole document."""
    sections = [(name, figure.title, _figure(figure)) for name, figure in figures.items()]
    if charts := curves(run.history):
        words = "What each player lowers and what it is made of, by step; on a logarithmic scale where it falls far."
        sections.insert(
            min(2, len(sections)),
            ("curves", "Curves", f'<p class="caption">{words} Point at a line to read it.</p>{charts}'),
        )
    if table := evaluation_table([record for record in run.evaluation if not run.is_stale(record)]):
        sections.append(("evaluation", "Measured", table))
    body = [f'<section id="{name}"><h2>{escape(title)}</h2>{html}</section>' for name, title, html in sections]
    links = "".join(f'<a href="#{name}">{escape(title)}</a>' for name, title, _ in sections)
    title = f"{family_name(run.config.family)} on {run.spec.name}"
    return document(
        title,
        f"""<header><p class="over">{escape(run.path.resolve().name)}</p><h1>{escape(title)}</h1>
<p class="lead">{escape(summary(run))}</p>{"".join(f'<p class="note">{escape(note)}</p>' for note in notes)}</header>
<nav>{links}<a href="#run">The run</a></nav>
{"".join(body)}
<section id="run"><h2>The run</h2>{facts(run)}{commands(run)}
<details><summary>Every setting (bold: not the default)</summary>{settings(run.config)}</details></section>
<footer>Made by aegean {escape(str(run.about.get("versions", {}).get("aegean", "")))}.</footer>""",
    )


def summary(run: Run) -> str:
    """One sentence: what was trained on what, how long."""
    spec, last = run.spec, latest(run.history)
    images = [run.about.get(name, {}).get("train") for name in ("images", "other_images")[: 2 if spec.domains else 1]]
    of = f"{' and '.join(f'{count:,}' for count in images)} images" if all(images) else "the images"
    words = f"Trained on {of} of {typeset(spec.size.in_pixels)}"
    if "step" in last:
        words += f" for {last['step']:,} steps"
    if "seconds" in last:
        words += f", {duration(last['seconds'])}"
    return words + "."


def _figure(figure: Figure) -> str:
    return f'<p class="caption">{escape(figure.caption)}</p>{figure.picture}'


def _with_progress(names: list[str]) -> Iterator[str]:
    """`names`, with a line on stderr that says which is drawn; silent when stderr is not a terminal."""
    from rich.progress import Progress

    from aegean.progress import progress_bar

    with progress_bar(*Progress.get_default_columns(), transient=True) as bar:
        task = bar.add_task("report", total=len(names))
        for name in names:
            bar.update(task, description=f"report: {name.replace('_', ' ')}")
            yield name
            bar.advance(task)
