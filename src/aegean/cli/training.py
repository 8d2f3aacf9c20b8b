"""`aegean train`, `resume`, `models` and `demo`."""

from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import tyro

from aegean.config import CONFIGS, TRAINING, DataConfig, RunConfig, TrainingConfig
from aegean.errors import InputError, did_you_mean

OUT = "The run folder. None: runs/FAMILY-DATA-001, -002 and so on."


def train(words: list[str]) -> int:
    """`aegean train FAMILY ...`: the family decides which settings there are, so its words are read in two steps."""
    if not words or words[0] in {"-h", "--help"}:
        print(f"usage: aegean train FAMILY [--data DATA] [--out RUN] [--steps N] ...\n\n{_families()}\n")
        print("`aegean train FAMILY --help` lists the settings. Also: aegean train --like RUN|RECIPE.json [--out RUN]")
        return 0
    like = None
    if words[0] == "--like" or words[0].startswith("--like="):
        like = words[0].partition("=")[2] or (words[1] if len(words) > 1 else "")
        words = words[1 if "=" in words[0] else 2 :]
        base = _read(like)
    else:
        family, words = words[0], words[1:]
        if family not in CONFIGS:
            raise InputError(f"no family of models is called {family!r}.{did_you_mean(family, list(CONFIGS))}")
        base = RunConfig(family, DataConfig(), CONFIGS[family](), TRAINING[family])
        if "--like" in words:
            place = words.index("--like")
            base = _read(words[place + 1] if place + 1 < len(words) else "")
            words = words[:place] + words[place + 2 :]
            if base.family != family:
                raise InputError(f"--like is a run of {base.family}, not of {family}")
    config, out = _parse(base, words)

    from aegean.training import train as play

    run = play(config=config, out=out)
    _done(run)
    return 0


def _parse(base: RunConfig, words: list[str]) -> tuple[RunConfig, str | None]:
    """The words that follow the family -> the whole config, `base` where they are silent, and --out."""
    fields: list[tuple[str, Any, Any]] = [
        ("data", DataConfig, dataclasses.field(default=base.data)),
        ("model", type(base.model), dataclasses.field(default=base.model)),
        ("training", TrainingConfig, dataclasses.field(default=base.training)),
        ("out", Annotated[str | None, tyro.conf.arg(help=OUT, metavar="RUN")], None),
    ]
    settings = dataclasses.make_dataclass("Settings", fields, frozen=True)
    settings.__doc__ = type(base.model).__doc__
    prog = f"aegean train {base.family}"
    got: Any = tyro.cli(settings, args=words, prog=prog, config=(tyro.conf.OmitArgPrefixes,))
    return RunConfig(base.family, got.data, got.model, got.training), got.out


def _read(like: str) -> RunConfig:
    """The config of a run folder, or of a recipe's JSON file."""
    import json

    from aegean.config import from_json

    path = Path(like)
    path = path / "config.json" if path.is_dir() else path
    try:
        return from_json(json.loads(path.read_text()))
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"--like {like}: neither a run folder nor a recipe ({error})") from error


def _done(run: Any) -> None:
    if os.environ.get("RANK", "0") != "0":
        return
    print(f"{run.path}: {run.config.family}, step {run.step}")
    print(f"  look:    aegean report {run.path}")
    print(f"  measure: aegean evaluate {run.path}")


def resume(run: tyro.conf.Positional[Path], /, quiet: bool = False) -> None:
    """Go on with a run from its last checkpoint; the result is the same, bit for bit, as if it had not been stopped.

    Args:
        run: The run folder.
        quiet: Show no progress line.
    """
    from aegean.training import resume as go_on

    _done(go_on(run, quiet=quiet))


def models() -> None:
    """List the families of models; `aegean train FAMILY --help` lists the settings of one."""
    print(_families())


def _families() -> str:
    lines = [f"  {name:18} {(config.__doc__ or '').splitlines()[0]}" for name, config in CONFIGS.items()]
    return "\n".join(["Families:", *lines])


def demo(out: Path = Path("runs/demo"), steps: int = 1200, seed: int = 0) -> None:
    """Train a VAE on 5,000 handwritten digits, measure it, and write its report: about three minutes on two cores.

    Args:
        out: The run folder; if it holds a stopped demo, that one goes on.
        steps: Steps of training.
        seed: Seed of everything random.
    """
    from aegean.evaluation import evaluate
    from aegean.images import grid, save
    from aegean.report import make_report
    from aegean.runs import Run
    from aegean.training import resume as go_on
    from aegean.training import train as play

    print("A VAE learns to write digits.", file=sys.stderr)
    if (out / "config.json").is_file():
        run: Run = go_on(out)
    else:
        run = play("vae", data="digits", steps=steps, seed=seed, out=out)
    model: Any = run.model
    picture = save(run.sample_path("digits.png"), grid(model.sample(model.noise(64, seed)), columns=8), scale=3)
    for record in evaluate(run):
        print(f"  {record['metric']:24} {record['value']:.4g} {record['unit']}")
    print(f"Digits that never were: {picture.resolve()}")
    print(f"The whole story:        {make_report(run).resolve()}")
