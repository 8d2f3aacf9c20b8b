"""`aegean train`, `resume`, `models` and `demo`."""

from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import tyro

from aegean.cli import unused
from aegean.cli._help import documented
from aegean.cli._options import Device, Flag, Json
from aegean.cli._parsing import parse
from aegean.cli.sweeping import sweep, values_of
from aegean.consoles import tell, tell_json
from aegean.errors import InputError
from aegean.families import FAMILIES, PARTS, RunConfig, default_config, renamed_words

KEEP_BEST = (
    "Keep the weights of the step at which this term of metrics.jsonl was smallest, such as validation/vae/loss, in "
    "RUN/best.safetensors."
)
STOP_EARLY = "Stop where the term of --keep-best has not been better for so many lines on end."
OUT = "The run folder. None: runs/FAMILY-DATA-001, -002 and so on. Of a sweep: the folder of its runs."
SWEEP = (
    "Train once for each combination of these, such as learning_rate=1e-3,3e-4 width=16,32: each a run in one folder "
    "(--out; None: runs/FAMILY-DATA-sweep). The same command again goes on where it was stopped."
)
AGAIN = "Go on elsewhere: cpu, cuda ... None: where it was, as the same bits are made only there."
JOBS = "Of a sweep: processes that train side by side."


def train(words: list[str]) -> int:
    """`aegean train FAMILY ...`: the family decides which settings there are, so its words are read in two steps."""
    if not words or words[0] in {"-h", "--help"}:
        print(f"usage: aegean train FAMILY [--data DATA] [--out RUN] [--steps N] ...\n\n{_families()}\n")
        print("`aegean train FAMILY --help` lists the settings. Also: aegean train --like RUN|RECIPE.json [--out RUN]")
        return 0
    like, words = _take(words, "--like")
    if like is None:
        base = default_config(words.pop(0))
    else:
        base = _read(like)
        if words and not words[0].startswith("-") and (family := words.pop(0)) != base.family:
            raise InputError(f"--like is a run of {base.family}, not of {family}")
    got = _parse(base, words)
    config = RunConfig(
        base.family, *(getattr(base, name).change(**vars(getattr(got, name))) for name in PARTS)
    ).checked()

    from aegean.training import train as play

    watching = _watching(got.keep_best, got.stop_early)
    if got.sweep:
        over = values_of(got.sweep, base, lambda some: _parse(base, some))
        sweep(config, over, 1 if got.jobs is None else got.jobs, got, watching)
        return 0
    if got.jobs is not None:
        raise InputError("--jobs: is of a sweep, such as --sweep learning_rate=1e-3,3e-4")
    run = play(config=config, out=got.out, quiet=got.quiet, callbacks=watching)
    _done(run)
    return 0


def _take(words: list[str], flag: str) -> tuple[str | None, list[str]]:
    """The value of `flag`, as `--flag X` or `--flag=X`, and the other words; None if it is not there."""
    for place, word in enumerate(words):
        if word == flag:
            return "".join(words[place + 1 : place + 2]), words[:place] + words[place + 2 :]
        if word.startswith(f"{flag}="):
            return word.partition("=")[2], words[:place] + words[place + 1 :]
    return None, list(words)


def _parse(base: RunConfig, words: list[str]) -> Any:
    """The words that follow the family -> data, model and training, as `base` where they are silent, and what is no
    setting of the run: --out, --quiet, --keep-best, --stop-early, --sweep, --jobs."""
    parts = {name: documented(getattr(base, name)) for name in PARTS}
    fields: list[tuple[str, Any, Any]] = [
        *((name, kind, dataclasses.field(default=kind())) for name, kind in parts.items()),
        ("out", Annotated[str | None, tyro.conf.arg(help=OUT, metavar="RUN")], None),
        ("quiet", Annotated[bool, tyro.conf.arg(help="Show no progress line.")], False),
        ("keep_best", Annotated[str | None, tyro.conf.arg(help=KEEP_BEST, metavar="TERM")], None),
        ("stop_early", Annotated[int | None, tyro.conf.arg(help=STOP_EARLY, metavar="N")], None),
        ("sweep", Annotated[tuple[str, ...], tyro.conf.arg(help=SWEEP, metavar="NAME=VALUE,VALUE ...")], ()),
        ("jobs", Annotated[int | None, tyro.conf.arg(help=JOBS, metavar="N")], None),
    ]
    settings = dataclasses.make_dataclass("Settings", fields, frozen=True)
    settings.__doc__ = parts["model"].__doc__
    return parse(settings, renamed_words(base, words), f"aegean train {base.family}")


def _watching(keep_best: str | None, stop_early: int | None) -> list[Any]:
    """The callbacks that --keep-best and --stop-early ask for."""
    if keep_best is None and stop_early is None:
        return []
    if keep_best is None:
        raise InputError("--stop-early: by which term is said by --keep-best, such as validation/vae/loss")
    from aegean.training import KeepBest, StopEarly

    return [KeepBest(keep_best), *([] if stop_early is None else [StopEarly(keep_best, stop_early)])]


def _read(like: str) -> RunConfig:
    """The config of a run folder, or of a recipe's JSON file."""
    import json

    from aegean.families import from_json
    from aegean.places import place, recipes

    known = recipes()
    path = known[like] if like in known and not Path(like).exists() else place(like)
    path = path / "config.json" if path.is_dir() else path
    try:
        return from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"--like {like}: neither a run folder nor a recipe ({error})") from error


def _done(run: Any) -> None:
    if os.environ.get("RANK", "0") != "0":
        return
    from aegean.runs.history import verdict_of

    tell(f"{run.path}: {run.config.family}, step {run.step}")
    if lost := verdict_of(run.history):
        tell(f"  but:     {lost}")
    tell(f"  look:    aegean report {run.path}")
    tell(f"  measure: aegean evaluate {run.path}")


def resume(
    run: tyro.conf.Positional[Path],
    /,
    quiet: bool = False,
    keep_best: str | None = None,
    stop_early: int | None = None,
    device: Annotated[str | None, tyro.conf.arg(help=AGAIN)] = None,
) -> None:
    """Go on with a run from its last checkpoint; the result is the same, bit for bit, as if it had not been stopped.

    Args:
        run: The run folder.
        quiet: Show no progress line.
        keep_best: Keep the weights of the step at which this term was smallest. To be told anew.
        stop_early: Stop where that term has not been better for so many lines on end.
    """
    from aegean.training import resume as go_on

    _done(go_on(run, device=device, quiet=quiet, callbacks=_watching(keep_best, stop_early)))


def models(zoo: Flag = False, json: Json = False) -> None:
    """List the families of models; `aegean train FAMILY --help` lists the settings of one.

    Args:
        zoo: List the trained models that come along instead, which all commands know as zoo:NAME.
    """
    if json:
        families = [{"family": name, "what": family.summary} for name, family in FAMILIES.items()]
        tell_json(_trained() if zoo else families)
    else:
        print(_trained_models() if zoo else _families())


def _trained() -> list[dict[str, Any]]:
    """Each model of the zoo: its family, its data, and what was measured of it."""
    import json

    from aegean.places import ZOO, trained_along, zoo

    found = []
    for name in zoo() or [trained_along("NAME").name]:  # where there is no zoo, how to get it
        files = (trained_along(name) / f"{file}.json" for file in ("config", "about", "evaluation"))
        config, about, figures = (json.loads(file.read_text(encoding="utf-8")) for file in files)
        facts = {"family": config["family"], "data": about["data"]["name"]}
        found.append({"model": ZOO + name, **facts, "figures": figures})
    return found


def _trained_models() -> str:
    """A line for each model of the zoo, with the first figure that was measured of it."""
    lines = []
    for one in _trained():
        record = next(iter(one["figures"]), None)
        figure = f"{record['metric']} {record['value']:.4g} {record['unit']}" if record else ""
        lines.append(f"  {one['model']:36} {one['family']:24} {one['data']:14} {figure}".rstrip())
    return "\n".join(
        ["Trained models:", *lines, "", "`aegean sample zoo:vae-mnist`; trained again: `aegean train --like vae-mnist`"]
    )


def _families() -> str:
    lines = [f"  {name:22} {family.summary}" for name, family in FAMILIES.items()]
    return "\n".join(["Families:", *lines])


def demo(out: Path = Path("runs/demo"), steps: int = 1200, seed: int = 0, device: Device = "auto") -> None:
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
        words = f"{out} holds a demo, which goes on as it was begun; --out begins another"
        unused(words, "--steps", "--seed", "--device")
        run: Run = go_on(out)
    else:
        run = play("vae", data="digits", steps=steps, seed=seed, out=out, device=device)
    model: Any = run.to(device).model
    picture = save(run.sample_path("digits.png"), grid(model.sample(model.noise(64, seed)), columns=8), scale=3)
    for record in evaluate(run, device=device):
        tell(f"  {record['metric']:24} {record['value']:.4g} {record['unit']}")
    tell(f"Digits that never were: {picture.resolve()}")
    tell(f"The whole story:        {make_report(run).resolve()}")
