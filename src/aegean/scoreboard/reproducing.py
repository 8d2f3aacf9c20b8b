"""`reproduce`: the commands of a recipe one after another, each kept with its time and memory, and what came out.

A command that is done is not done again; a training that was stopped goes on where it was. The runs lie in a folder of
their own, so that no run of the user's is taken for one of these.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aegean.errors import InputError
from aegean.files import whole
from aegean.scoreboard import describing
from aegean.scoreboard.describing import Described, Shown
from aegean.scoreboard.rows import record_of, reference_words

RUNS = "runs/"  # where the commands of recipes put their runs
GRACE = 10  # seconds that a command has to end by itself
STEPS = "reproduced.json"  # beside them: what was done, with time and memory


@dataclass(frozen=True)
class Outcome:
    """One figure: what came out, what the committed record holds, and what it is held against."""

    metric: str
    reached: float
    spread: float | None
    committed: str  # with its spread
    against: str
    better: bool | None  # than the baseline of a quick trial; None where the whole recipe was followed


def commands_of(recipe: Described, folder: Path, quick: bool, device: str = "auto") -> list[list[str]]:
    """The words of each command, its runs in `folder`; of a quick trial with what makes it short."""
    about, made = recipe.about, []
    if quick and about.quick is None:
        raise InputError(f"{recipe.name} has no quick form: {about.needs or 'all of it is needed'}")
    for command in about.commands:
        words = [_moved(word, folder) for word in shlex.split(command)[1:]]
        if quick and about.quick is not None:
            words += about.quick.train if words[0] == "train" else about.quick.evaluate
        words += ["--device", device] if device != "auto" else []
        made.append(words)
    return made


def _moved(word: str, folder: Path) -> str:
    return str(folder / word.removeprefix(RUNS)) if word.startswith(RUNS) else word


def reproduce(name: str, folder: Path, quick: bool, tell: Callable[[str], None], device: str = "auto") -> list[Outcome]:
    """Follow a recipe from data to evaluation.json, or go on with it.

    Args:
        name: of a recipe.
        folder: where its runs go; what was done is kept there.
        quick: a short training, held against the baseline of the recipe.
        tell: is given a line for each command done.
        device: where to compute.

    Returns:
        A figure each, as far as the recipe shows them.

    Raises:
        InputError: no such recipe, no quick form, a command that failed.
    """
    recipe = describing.read_recipe(name)
    commands = commands_of(recipe, folder, quick, device)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / STEPS
    done: list[dict[str, Any]] = describing.read(path) if path.is_file() else []
    for words in commands:
        said = shlex.join(["aegean", *words])
        step = next((step for step in done if step["command"] == said), None)
        if step is None:
            step = {"command": said, **_run(words)}
            done.append(step)
            with whole(path) as beside:
                beside.write_text(json.dumps(done, indent=2) + "\n", encoding="utf-8")
        tell(f"{step['seconds']:8.0f} s  {step['peak_megabytes']:6.0f} MB  {said}")
    return _outcomes(recipe, _measured_run(commands), quick)


def _run(words: Sequence[str]) -> dict[str, Any]:
    """One command in a process of its own: seconds, and the most memory that it held."""
    words = list(words)
    out = Path(words[words.index("--out") + 1]) if words[0] == "train" else None
    if out is not None and (out / "config.json").is_file():  # begun before, and stopped
        words = ["resume", str(out)]
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "aegean", *words])
    try:
        peak = _ended(process)
    except KeyboardInterrupt:
        try:
            process.wait(GRACE)  # a terminal stops both; a training writes its checkpoint first
        except subprocess.TimeoutExpired:
            process.terminate()
            process.wait()
        raise
    if process.returncode:
        raise InputError(f"`{shlex.join(['aegean', *words])}` ended with {process.returncode}; mend it, and go on")
    return {"seconds": round(time.perf_counter() - start, 1), "peak_megabytes": round(peak, 1)}


def _ended(process: subprocess.Popen[bytes]) -> float:
    """Wait for a process; the most memory that it held, in megabytes, or 0 where the system does not tell."""
    if sys.platform == "win32":
        process.wait()
        return 0.0
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return float(used.ru_maxrss) / (1e6 if sys.platform == "darwin" else 1e3)  # of bytes there, of kilobytes elsewhere


def _measured_run(commands: Sequence[Sequence[str]]) -> Path:
    """The run that the recipe measures."""
    return next(Path(words[1]) for words in reversed(commands) if words[0] == "evaluate")


def _outcomes(recipe: Described, run: Path, quick: bool) -> list[Outcome]:
    records = describing.read(run / "evaluation.json")
    if quick:
        return [_direction(recipe, records)]
    committed, outcomes = describing.evaluations(recipe), []
    for shown in recipe.about.figures:
        ours = _as_shown(shown, records)
        if ours is not None:
            theirs = record_of(shown, committed, recipe.name) if committed else None
            words = "nothing" if theirs is None else f"{theirs['value']:.4g}{_spread(theirs)}"
            against = "; ".join(reference_words(one, shown.digits, ours) for one in shown.references)
            outcomes.append(Outcome(shown.metric, ours["value"], ours.get("sd"), words, against, None))
    return outcomes


def _spread(record: dict[str, Any]) -> str:
    sd = record.get("sd")
    return "" if sd is None else f" ± {sd:.2g} over {len(record['sampling_seeds'])} seeds"


def _as_shown(shown: Shown, records: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """The record of the same metric and split; a judge trained anew has other weights, so that settings may differ."""
    alike = [record for record in records if (record["metric"], record["split"]) == (shown.metric, shown.split)]
    return alike[-1] if alike else None


def _direction(recipe: Described, records: Sequence[dict[str, Any]]) -> Outcome:
    """Whether a short training is better than the baseline."""
    assert recipe.about.quick is not None
    baseline = recipe.about.quick.baseline
    record = next((record for record in reversed(records) if record["metric"] == baseline.metric), None)
    if record is None or record["value"] is None:
        raise InputError(f"{recipe.name}: its evaluation has no {baseline.metric}")
    value = baseline.value
    if baseline.beside:
        value = record["beside"][baseline.beside]
    elif baseline.file:
        (value,) = describing.found(describing.result(baseline.file), baseline.path)
    assert value is not None
    better = record["value"] < value if record["better"] == "smaller" else record["value"] > value
    return Outcome(baseline.metric, record["value"], record.get("sd"), "", f"{value:.4g}: {baseline.what}", better)
