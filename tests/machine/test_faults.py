"""Whatever a command is killed at, or refused, nothing is lost, what is written is whole, and the next try succeeds."""

from __future__ import annotations

import errno
import itertools
import resource
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

NAMES = (
    *("train", "resume", "sample", "sample to a folder", "reconstruct", "denoise", "inpaint", "edit", "translate"),
    *(
        "translate an animation",
        "encode",
        "decode",
        "project",
        "interpolate",
        "evaluate",
        "report",
        "features",
        "search",
    ),
)


def test_every_command_that_writes_is_tried(faults: Any) -> None:
    from aegean.cli import COMMANDS

    quiet = {"metrics", "classify", "layers", "models", "info", "datasets", "completion"}
    of_others = {"demo", "reproduce", "export"}  # train, evaluate, report; ONNX graphs, a minute each, with own tests
    of_others |= {"runs", "scoreboard", "studio"}  # pages, each written whole; serves until it is stopped
    tried = {name.split()[0] for name in NAMES}
    assert set(NAMES) == set(faults.COMMANDS)
    assert tried == set(COMMANDS) - quiet - of_others, "a command that writes belongs into conftest.py, too"


@pytest.mark.parametrize("ends", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "stopped"])
@pytest.mark.parametrize("name", NAMES)
def test_a_command_that_is_killed_loses_nothing_and_can_be_run_again(
    name: str, ends: signal.Signals, fresh: Callable[[], Path], faults: Any
) -> None:
    words = faults.COMMANDS[name].split()
    place = fresh()
    before = faults.content_of(place)
    whole = faults.run(words, place)
    assert whole.code == 0, whole.said
    wanted = faults.content_of(place)
    points = faults.spread(whole.calls, faults.POINTS)
    print(f"\n{name}: {ends.name} at {len(points)} of its {whole.calls} writes")  # seen with -s, as in `make kills`
    for at in points:
        place = fresh()
        ended = faults.run(words, place, at, ends=ends)
        if ends == signal.SIGKILL:
            assert ended.code == -9
        else:
            assert ended.code in {0, 2, 130, 143}, (at, ended)  # 0: all was written; 2: a training says how to go on
            assert not any("Traceback" in line for line in ended.said), (at, ended.said)
        faults.check_harmless(place, before)
        goes_on = (
            ["resume", "new", "--quiet"] if name == "train" and (place / "new" / "config.json").exists() else words
        )
        again = faults.run(goes_on, place)
        assert again.code == 0, (at, again.said)
        now = faults.content_of(place)
        assert faults.names_in(now) == faults.names_in(wanted), at  # nothing is left lying about
        assert faults.steady(now) == faults.steady(wanted), at


@pytest.mark.parametrize("name", NAMES)
def test_a_call_that_fails_is_one_line_and_what_was_there_stays(
    name: str, fresh: Callable[[], Path], faults: Any
) -> None:
    words = faults.COMMANDS[name].split()
    place = fresh()
    first = faults.run(words, place)
    again = ["resume", "new", "--quiet"] if name == "train" else words  # over what an earlier run made
    calls = faults.run(again, place).calls
    before = faults.content_of(place)
    numbers = itertools.cycle((errno.ENOSPC, errno.EIO, errno.EMFILE, errno.EROFS))
    assert first.code == 0
    points = faults.spread(calls, faults.POINTS)
    print(f"\n{name}: {len(points)} of its {calls} calls fail")
    for at, number in zip(points, numbers):
        outcome = faults.run(again, place, at, number)
        assert outcome.code in {0, 2}, (at, number, outcome.said)  # 0: what may fail, such as a record of a direction
        assert len([line for line in outcome.said if line.startswith("aegean: ")]) >= (outcome.code == 2)
        assert "Traceback" not in "\n".join(outcome.said), (at, number)
        faults.check_harmless(place, before)
        assert faults.run(again, place).code == 0, (at, number)


@pytest.mark.parametrize("name", ["train", "sample", "translate an animation", "report", "features", "evaluate"])
def test_a_full_disk_and_no_handles_are_one_line(name: str, fresh: Callable[[], Path], faults: Any) -> None:
    words = faults.COMMANDS[name].split()
    place = fresh()
    before = faults.content_of(place)
    limits = [{resource.RLIMIT_FSIZE: size} for size in (0, 100, 2_000)]
    most = min(8 + 6 * faults.POINTS, 200)  # with so many, none of them lacks one
    handles = [{resource.RLIMIT_NOFILE: count} for count in range(8, most, 6)]
    for limit in (*limits, *handles):
        outcome = faults.run(words, place, limits=limit)
        assert outcome.code in {0, 2}, (limit, outcome.said)
        assert "Traceback" not in "\n".join(outcome.said), limit
        faults.check_harmless(place, before)
        place = fresh()


@pytest.mark.parametrize(
    "words",
    [
        "train vae --data shapes.npz --width 100000 --out big",
        "train gan --data shapes.npz --latent 1000000000 --out big",
        "sample vae -n 1000000000",
        "interpolate vae -n 1000000000",
    ],
)
def test_what_needs_more_memory_than_there_is_says_so(words: str, fresh: Callable[[], Path], faults: Any) -> None:
    place = fresh()
    before = faults.content_of(place)
    outcome = faults.run(words.split(), place)
    assert outcome.code == 2, outcome.said
    (line,) = outcome.said
    assert "memory" in line
    assert "; " in line  # and what to do
    assert faults.content_of(place) == before
