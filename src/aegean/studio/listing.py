"""The panel Runs: what there is, and what is known of one run."""

from __future__ import annotations

from typing import Any

from aegean.errors import InputError
from aegean.images import COLOURS
from aegean.markup import png, typeset
from aegean.report.facts import duration, family_name
from aegean.runs import Run, load
from aegean.runs.history import latest
from aegean.runs.notebook import picture
from aegean.studio.panels import panels_of
from aegean.studio.state import Studio


def runs(studio: Studio) -> dict[str, Any]:
    """Every run of the folder, the newest first, each with what a card shows of it."""
    names = studio.runs.names()
    waiting = {name: wrong for name, wrong in studio.trainings.waiting().items() if name not in names}
    coming = [{"name": name, "problem": wrong, "live": studio.trainings.live(name)} for name, wrong in waiting.items()]
    return {"folder": str(studio.runs.path), "runs": coming + [card(studio, name) for name in names]}


def run(studio: Studio, run: str) -> dict[str, Any]:
    """One run: its card, its data, and the panels it gets, with what their controls must know."""
    opened = studio.runs.open(run)
    with opened.lock:
        spec = opened.run.spec
        facts = {
            "height": spec.size.height,
            "width": spec.size.width,
            "channels": spec.channels,
            "classes": list(spec.classes),
            "data": spec.name,
        }
        try:
            panels = panels_of(opened.run)
            problem = None
        except InputError as error:  # no weights yet
            panels, problem = {}, str(error)
    return {**card(studio, run), "spec": facts, "panels": panels, "problem": problem}


def card(studio: Studio, name: str) -> dict[str, Any]:
    """What the list shows of a run; of a damaged one, what is wrong with it."""
    one = load(studio.runs.find(name))
    try:
        told = {"live": studio.trainings.live(name), "failed": studio.trainings.problem(name)}
        return {"name": name, **_known(one), **told}
    except (InputError, KeyError, TypeError, ValueError) as error:
        return {"name": name, "problem": str(error) or type(error).__name__}


def face(studio: Studio, name: str, number: int = -1) -> bytes:
    """The picture of a run's card, a PNG: a preview, the newest, or what it shows of itself in a notebook."""
    one = load(studio.runs.find(name))
    if previews := one.previews():
        return previews[min(max(number, -1), len(previews) - 1)].read_bytes()
    opened = studio.runs.open(name)
    with opened.lock:
        made = picture(opened.run.model, len(opened.run.spec.classes), [])
    if made is None:
        raise InputError(f"{name} has no picture yet")
    return png(made)


def _known(run: Run) -> dict[str, Any]:
    last = latest(run.history)
    step, steps = int(last.get("step", 0)), run.config.training.steps
    spec = run.spec
    form = f"{typeset(str(spec.size))}, {COLOURS.get(spec.channels, f'{spec.channels} channels')}"
    trained = run.weights_path.is_file()
    return {
        "family": run.config.family,
        "title": family_name(run.config.family),
        "data": f"{spec.name}, {form}",
        "step": step or (run.step if trained else 0),
        "steps": steps,
        "seconds": duration(last["seconds"]) if "seconds" in last else None,
        "verdict": last.get("verdict"),
        "trained": trained,
        "previews": len(run.previews()),
        "figures": [
            {key: record.get(key) for key in ("metric", "value", "unit", "better", "split")}
            for record in sorted(run.evaluation, key=lambda record: record.get("split") != "test")  # the card has one
        ],
    }
