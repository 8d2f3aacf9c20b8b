"""Bad command lines, made from the commands' and families' own types: each is one line and exit code 2, no more.

AEGEAN_LINES says how many are tried; `make words` tries 600.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import os
import random
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from aegean.cli import COMMANDS, main
from aegean.families import FAMILIES, DataConfig, TrainingConfig, find
from aegean.families.settings import flag, types_of

LINES = int(os.environ.get("AEGEAN_LINES", "60"))
GOOD = {  # a line of each command that could be run
    "sample": "sample vae -n 2 -o a.png",
    "reconstruct": "reconstruct vae photos/00.png -o a.png",
    "denoise": "denoise denoising photos/00.png -o a.png",
    "inpaint": "inpaint context_encoder photos/00.png -o a.png",
    "translate": "translate cyclegan photos/00.png --to b -o a.png",
    "edit": "edit vae photos/00.png --add Low -o a.png",
    "encode": "encode vae photos/00.png -o a.npz",
    "decode": "decode vae given.npz -o a.png",
    "project": "project vae photos/00.png --steps 2 --starts 2 --perceptual 0 -o a.npz",
    "interpolate": "interpolate vae -n 2 -o a.png",
    "evaluate": "evaluate vae --metrics negative_elbo --limit 2 --samples 1",
    "report": "report denoising -o a.html",
    "export": "export vae --to onnx --out graphs",
    "classify": "classify photos/00.png",
    "features": "features photos/00.png -m vae -o a.npz",
    "layers": "layers vae",
    "search": "search photos/00.png --in photos -m vae -o a.png",
    "info": "info photos/00.png",
    "datasets": "datasets photos",
    "resume": "resume vae",
    "metrics": "metrics",
    "models": "models",
    "scoreboard": "scoreboard",
    "reproduce": "reproduce",
    "completion": "completion bash",
}
NOT_NUMBERS = ("x", "", "nan", "1,5", "--", "0x10", "1e999", "-1e999", "²", "None None")
NOT_PATHS = ("nowhere", "nowhere/at/all", "", "/dev/null", "photos/00.png/more", "a\tb", "given.npz", "kept", "\udcff")


def broken(command: str, chance: random.Random) -> list[str]:
    """A good line of a command with one thing wrong in it."""
    good = GOOD[command].split()
    module, name, _ = COMMANDS[command]
    function = getattr(importlib.import_module(f"aegean.cli.{module}"), name)
    kinds = typing.get_type_hints(function, include_extras=True)
    named = {flag(one): kinds[one] for one in inspect.signature(function).parameters}
    numbers = [one for one, kind in named.items() if {int, float} & set(_parts(kind))]
    ways: list[Callable[[], list[str]]] = [
        lambda: [*good, f"--{chance.choice(['nope', 'steps-', 'o', 'help-me'])}"],
        lambda: [*good, *["one", "too", "many"][: chance.randint(1, 3)], f"--{chance.choice('xyz')}"],
        lambda: [good[0], "--seed", *good[1:], "--seed"],
    ]
    if numbers:
        ways += 3 * [lambda: [*good, chance.choice(numbers), chance.choice(NOT_NUMBERS)]]
    if len(good) > 1:
        ways += 3 * [lambda: [good[0], chance.choice(NOT_PATHS), *good[2:]], lambda: [good[0], *good[2:]]]
    return chance.choice(ways)()


def broken_training(chance: random.Random) -> list[str]:
    """A training with one setting that its type does not allow."""
    family = chance.choice(sorted(FAMILIES))
    fields = {
        one.name: types_of(part)[one.name]
        for part in (DataConfig, find(family).settings, TrainingConfig)
        for one in dataclasses.fields(part)
    }
    name = chance.choice(sorted(fields))
    wrong = chance.choice(NOT_NUMBERS if {int, float} & set(_parts(fields[name])) else ("", "nowhere/at all", "²"))
    return ["train", family, "--data", "shapes.npz", "--steps", "1", "--out", "new", "--quiet", flag(name), wrong]


def _parts(kind: Any) -> Iterator[Any]:
    yield kind
    for part in get_args(kind):
        yield from _parts(part)


def lines(count: int) -> list[list[str]]:
    """So many, the same each time."""
    chance = random.Random(0)
    commands = sorted(GOOD)
    return [
        broken_training(chance) if k % 3 == 0 else broken(commands[k % len(commands)], chance) for k in range(count)
    ]


def test_every_command_has_a_line() -> None:
    of_others = {"train", "demo", "studio", "runs"}  # settings; nothing to get wrong; serves; words of its own
    assert set(GOOD) | of_others == set(COMMANDS)


def test_bad_words_are_one_line_and_touch_nothing(
    fresh: Callable[[], Path], faults: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = fresh()
    monkeypatch.chdir(place)
    monkeypatch.setenv("AEGEAN_CACHE", str(place.parent / "kept"))
    before, refused, wrong = faults.content_of(place), 0, []
    for words in lines(LINES):
        try:
            code: Any = main(words)
        except BaseException as error:
            code = repr(error)
        said = capsys.readouterr().err.splitlines()
        if code == 2 and len(said) == 1 and said[0].startswith("aegean: ") and faults.content_of(place) == before:
            refused += 1
        elif code != 0:
            wrong.append((words, code, said))
        if faults.content_of(place) != before:
            place = fresh()
            monkeypatch.chdir(place)
    print(f"{refused} of {LINES} command lines refused in one line each")
    assert wrong == []
    assert refused > 0.8 * LINES
