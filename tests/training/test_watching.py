"""What a callback makes of lines, one by one: which count, when it is better, when it is enough."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

import aegean
from aegean.errors import InputError
from aegean.training.callbacks import Callbacks

TERM = "validation/vae/loss"


def told(watch: Any, lines: list[dict[str, Any]], history: tuple[dict[str, Any], ...] = (), preview: int = 1) -> Any:
    """What the trainer is asked for at each line: a list of strings."""
    asked: list[list[str]] = []
    trainer: Any = SimpleNamespace(
        training=SimpleNamespace(preview_every=preview),
        stop=lambda reason: asked[-1].append(reason),
        save_weights=lambda run, path: asked[-1].append(path),
    )
    run: Any = SimpleNamespace(history=history, best_path="best")
    watch.on_start(trainer, run)
    for line in lines:
        asked.append([])
        watch.on_log(trainer, run, line)
    return asked


def losses(*values: float) -> list[dict[str, Any]]:
    return [{"step": k, TERM: value} for k, value in enumerate(values)]


def test_it_stops_after_so_many_lines_on_end_that_are_no_better() -> None:
    stopped = f"{TERM} has not been better for 2 lines than 2"
    assert told(aegean.StopEarly(TERM, 2), losses(3, 3, 2, 2.5, 2)) == [[], [], [], [], [stopped]]
    assert told(aegean.StopEarly(TERM, 1), losses(3, 4))[1] == [f"{TERM} has not been better for 1 lines than 3"]
    higher = told(aegean.StopEarly(TERM, 2, higher_is_better=True), losses(1, 2.5, 2, 2.25))
    assert higher == [[], [], [], [f"{TERM} has not been better for 2 lines than 2.5"]]


def test_the_best_is_kept_and_a_resumed_runs_lines_are_remembered() -> None:
    assert told(aegean.KeepBest(TERM), losses(3, 3, 2, 2.5)) == [["best"], [], ["best"], []]
    assert told(aegean.KeepBest(TERM), losses(3, 1), history=tuple(losses(2))) == [[], ["best"]]
    stopped = told(aegean.StopEarly(TERM, 3), losses(5), history=tuple(losses(2, 3, 4)))
    assert stopped == [[f"{TERM} has not been better for 3 lines than 2"]]
    assert told(aegean.KeepBest(TERM, higher_is_better=True), losses(3, 2, 4)) == [["best"], [], ["best"]]


def test_lines_of_another_kind_do_not_count() -> None:
    others = [{"step": 1, "vae/loss": 9.0, "images/s": 5.0}, {"step": 2, "stopped": "enough"}, {"step": 3}]
    assert told(aegean.StopEarly(TERM, 1), losses(3) + others) == [[]] * 4
    training = [{"vae/loss": 3.0}, {TERM: 9.0, "images/s": 5.0}, {"vae/loss": 2.0, TERM: 9.0}, {"vae/loss": 2.0}]
    assert told(aegean.KeepBest("vae/loss"), training, preview=0) == [["best"], [], ["best"], []]


def test_a_term_that_lines_of_its_kind_lack_is_an_error() -> None:
    with pytest.raises(InputError, match=r"no term 'validation/vae/los'.*Did you mean 'validation/vae/loss'"):
        told(aegean.KeepBest("validation/vae/los"), losses(3))
    with pytest.raises(InputError, match="leaves out validation"):
        told(aegean.KeepBest(TERM), [], preview=0)
    with pytest.raises(InputError, match="patience 0"):
        aegean.StopEarly(TERM, 0)


EVENTS = ("on_start", "on_step", "on_log", "on_checkpoint", "on_end")


class Hears(aegean.Callback):
    """Writes down what it is called with."""

    def __init__(self) -> None:
        self.heard: list[tuple[Any, ...]] = []
        for event in EVENTS:
            setattr(self, event, lambda *given, event=event: self.heard.append((event, *given)))


@pytest.mark.parametrize("writes", [True, False])
def test_each_hears_all_but_only_the_process_that_writes_more_than_steps(writes: bool) -> None:
    two = [Hears(), Hears()]
    alone = Hears()
    given = {"on_start": "tr", "on_step": "tl", "on_log": "trl", "on_checkpoint": "tr", "on_end": "tr"}
    wanted = [(event, *given[event]) for event in EVENTS if writes or event == "on_step"]
    for callbacks in (Callbacks(two, writes), Callbacks(alone, writes)):
        for event in EVENTS:
            getattr(callbacks, event)(*given[event])
    assert [each.heard for each in (*two, alone)] == [wanted] * 3
    with pytest.raises(InputError, match="is no instance of a subclass"):
        Callbacks([alone, print], writes)
