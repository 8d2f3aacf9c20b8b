"""Which panels a run gets: by what its model can do, never by its name, so that families of others get theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aegean.models.capabilities import Conditional, Encodes, Restores, Samples, Translates
from aegean.runs import Run
from aegean.studio import editing, recognising, restoring, translating
from aegean.studio.form import form_of_use


@dataclass(frozen=True)
class Panel:
    """One panel: whether a run gets it, and what its controls must know of the run."""

    fits: Callable[[Run], bool]
    facts: Callable[[Run], dict[str, Any]]


def panels_of(run: Run) -> dict[str, dict[str, Any]]:
    """The panels that a run gets, by name, in the order of the page, with what their controls must know."""
    return {name: panel.facts(run) for name, panel in PANELS.items() if panel.fits(run)}


def labels_of(run: Run) -> list[str]:
    """The classes that the model must be told, if it must."""
    return list(run.spec.classes) if isinstance(run.model, Conditional) else []


def _generate(run: Run) -> dict[str, Any]:
    model: Any = run.model
    return {"labels": labels_of(run), "settings": form_of_use(model.sample)}


def _explore(run: Run) -> dict[str, Any]:
    return {"labels": labels_of(run)}


PANELS: dict[str, Panel] = {
    "generate": Panel(lambda run: isinstance(run.model, Samples), _generate),
    "explore": Panel(lambda run: isinstance(run.model, Encodes | Samples), _explore),
    "restore": Panel(lambda run: isinstance(run.model, Restores), restoring.facts),
    "edit": Panel(editing.fits, editing.facts),
    "translate": Panel(lambda run: isinstance(run.model, Translates), translating.facts),
    "recognise": Panel(recognising.fits, recognising.facts),
}
