"""`aegean train ... --sweep NAME=VALUE,VALUE ...`: the words -> values to try, the sweep, a table at its end."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from aegean.errors import InputError, did_you_mean
from aegean.families import PARTS, RunConfig, flag


def values_of(words: Sequence[str], base: RunConfig, parse: Callable[[list[str]], Any]) -> dict[str, list[Any]]:
    """learning_rate=1e-3,3e-4 width=16,32 -> values by the setting's name; `parse` reads words as `aegean train` does.

    A setting of several values takes them with spaces between: "betas=0.9 0.99,0.5 0.99".
    """
    part_of = {field.name: part for part in PARTS for field in dataclasses.fields(getattr(base, part))}
    found: dict[str, list[Any]] = {}
    for word in words:
        given, equals, values = word.partition("=")
        name = given.removeprefix("--").replace("-", "_")
        name = base.model.renamed.get(name, name)
        if not equals or not values:
            raise InputError(f"--sweep {word}: must be NAME=VALUE,VALUE, such as learning_rate=1e-3,3e-4")
        if name not in part_of:
            raise InputError(f"--sweep {word}: {base.family} has no setting {name!r}.{did_you_mean(name, [*part_of])}")
        if name in found:
            raise InputError(f"--sweep {word}: names {name} twice")
        before = getattr(getattr(base, part_of[name]), name)
        found[name] = []
        for value in values.split(","):
            got = parse(_words(name, value, isinstance(before, bool)))
            found[name].append(getattr(getattr(got, part_of[name]), name))
    return found


def _words(name: str, value: str, truth: bool) -> list[str]:
    """One value of a setting, as `aegean train` takes it."""
    if not truth:
        return [flag(name), *value.split()]
    if value.lower() not in {"true", "false"}:
        raise InputError(f"--sweep {name}={value}: must be true or false")
    return [flag(name) if value.lower() == "true" else flag(f"no_{name}")]


def sweep(config: RunConfig, over: dict[str, list[Any]], jobs: int, got: Any, callbacks: list[Any]) -> None:
    """Train all, and print what `aegean runs` prints of the folder, the best first where a term tells which that is."""
    from aegean.cli.runs import table
    from aegean.training import Unfinished
    from aegean.training import sweep as play

    try:
        runs = play(config=config, over=over, out=got.out, jobs=jobs, quiet=got.quiet, callbacks=callbacks)
    except Unfinished as error:
        if error.folder.is_dir():
            table(error.folder)
        raise
    table(runs[0].path.parent, sort=got.keep_best or _loss(runs[0].history))


def _loss(history: Sequence[dict[str, Any]]) -> str | None:
    """The validation loss, where there is one player and so one loss; of a game, losses do not tell which is better."""
    losses = {name for line in history for name in line if name.startswith("validation/") and name.endswith("/loss")}
    return next(iter(losses)) if len(losses) == 1 else None
