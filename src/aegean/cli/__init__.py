"""Words on the command line -> one function call each. Heavy imports stay inside the commands."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from aegean.consoles import never_fail, warn

COMMANDS = {  # word: (module of aegean.cli, or of aegean, function, what it does)
    "demo": ("training", "demo", "train a VAE on digits in about three minutes and show what it makes"),
    "train": ("training", "train", "train a family of models on a set of images"),
    "resume": ("training", "resume", "go on with a run that was stopped, exactly where it was"),
    "sample": ("pictures", "sample", "make new images"),
    "reconstruct": ("pictures", "reconstruct", "pass pictures through the bottleneck and back"),
    "denoise": ("pictures", "denoise", "remove noise from pictures"),
    "inpaint": ("inpainting", "inpaint", "fill in what a mask hides in photos"),
    "translate": ("translation", "translate", "turn photos and films of one domain into the other"),
    "edit": ("editing", "edit", "add attributes to faces in photos, and remove them: glasses, beards"),
    "encode": ("coding", "encode", "pictures -> codes"),
    "decode": ("coding", "decode", "codes -> pictures"),
    "project": ("projecting", "project", "photos -> the codes whose images are nearest: for models without an encoder"),
    "interpolate": ("pictures", "interpolate", "walk between images or seeds: a strip, a square, an animation"),
    "evaluate": ("evaluation", "evaluate", "measure a run; adds to its evaluation.json"),
    "scoreboard": ("scoreboard", "scoreboard", "what was reached: every figure from a committed record"),
    "reproduce": ("scoreboard", "reproduce", "follow a recipe from data to its figures; --quick: in minutes"),
    "metrics": ("evaluation", "metrics", "list what can be measured"),
    "runs": ("runs", "runs", "which runs there are, the best first; two beside one another; away with one"),
    "report": ("evaluation", "report", "write a run's report.html: one file, opens offline"),
    "export": (
        "exporting",
        "export",
        "write a run in a form that others can use without aegean: one HTML file, ONNX, hub",
    ),
    "classify": ("pretrained", "classify", "name what is in photos"),
    "features": ("pretrained", "features", "photos -> vectors, from any layer of a pretrained network or a run"),
    "layers": ("pretrained", "layers", "the layers of a network: names, shapes, parameters"),
    "search": ("pretrained", "search", "find the most similar pictures in a folder"),
    "models": ("training", "models", "list the families and their settings"),
    "studio": ("aegean.studio.command", "studio", "show runs in the browser: watch, generate, explore, edit"),
    "info": ("info", "info", "say where a picture comes from: run, command, seed"),
    "datasets": ("datasets", "datasets", "list the data sets, or say what a path holds"),
}

OF_TESTS = "all photos given are taken; it is of images of the test set"  # why an option is of no use

TOGETHER = {"train", "resume"}  # what several processes do by ways of its own
SHARED = {  # of which each does a part
    *("sample", "reconstruct", "denoise", "translate", "edit", "encode", "decode"),
    *("evaluate", "classify", "features", "search"),
}

typed: ContextVar[Sequence[str]] = ContextVar("typed", default=())  # the words of the command that is running


def unused(why: str, *options: str) -> None:
    """InputError where one of these options was typed, as it would change nothing; `why` says what of."""
    from aegean.errors import InputError

    for word in typed.get():
        name = word.partition("=")[0].replace("_", "-") if word.startswith("--") else word[:2]
        if name in options:
            raise InputError(f"{name}: of no use here: {why}")


def main(argv: list[str] | None = None) -> int:
    """Run one command; the exit code is 0, or 2 after one line that says what the user can mend."""
    never_fail()
    try:
        try:
            with _remarks(), _stops():
                typed.set(sys.argv[1:] if argv is None else argv)
                return _run(typed.get())
        finally:
            sys.stdout.flush()  # here, where a pipe that was closed is expected
    except BrokenPipeError:  # `aegean ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what Python flushes at its end
        return 0


def _run(words: Sequence[str]) -> int:
    from aegean.errors import InputError
    from aegean.resources import fault

    if not words or words[0] in {"-h", "--help", "help"}:
        print(_overview())
        return 0
    if words[0] in {"-V", "--version"}:
        import aegean

        print(f"aegean {aegean.__version__}")
        return 0
    warnings.filterwarnings("ignore", module=r"PIL\b")  # of odd tags, sizes ...: what matters is said by us
    try:
        words = _take_max_pixels(list(words))
        _check(words)
        with _processes(words[0]) as works:
            return _call(words[0], list(words[1:])) if works else 0
    except InputError as error:
        if _says(error):
            warn(error)
        return 2
    except KeyboardInterrupt as stop:
        warn(f"stopped{f': {stop}' if str(stop) else ''}")
        return 130
    except BrokenPipeError:
        raise
    except Exception as error:  # a full disk, a folder that may not be written, no memory
        if (line := fault(error)) is None:
            raise
        warn(line)
        return 2


@contextmanager
def _processes(word: str) -> Iterator[bool]:
    """Whether this process runs the command; of several that torchrun started it does a part, or the first does all."""
    if "WORLD_SIZE" not in os.environ or word in TOGETHER:
        yield True
        return
    from aegean.sharing import shared, started

    among = started()
    if among.count == 1 or word not in SHARED:
        if among.index == 1:
            warn(f"`aegean {word}` is not shared among processes: one works, {among.count - 1} wait")
        for name in ("WORLD_SIZE", "RANK"):  # what it starts is not shared either
            os.environ.pop(name, None)
        yield among.first
        return
    with shared():
        yield True


def _says(error: Exception) -> bool:
    """Whether this process tells of an error: of those that share a command, in which all know of it, the first."""
    from aegean.sharing import Told, started

    return not isinstance(error, Told) or started().first


def _check(words: Sequence[str]) -> None:
    """InputError for no command, and for nothing in place of a value."""
    from aegean.errors import InputError, did_you_mean

    if words[0] not in COMMANDS:
        raise InputError(f"no command is called {words[0]!r}.{did_you_mean(words[0], list(COMMANDS))}")
    for before, word in zip(words, words[1:]):
        if not word or (word.startswith("--") and word.endswith("=")):
            raise InputError(f"{word or before}: nothing is given; is a variable of the shell empty?")


class _Remarks(logging.Handler):
    """What the package remarks, on stderr as it is now."""

    def emit(self, record: logging.LogRecord) -> None:
        warn(record.getMessage())


@contextmanager
def _remarks() -> Iterator[None]:
    logger, handler = logging.getLogger("aegean"), _Remarks()
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def _take_max_pixels(words: list[str]) -> list[str]:
    """Heed --max-pixels N, which every command takes; the other words."""
    from aegean.errors import InputError

    for place, word in enumerate(words):
        flag, _, value = word.partition("=")
        if flag in {"--max-pixels", "--max_pixels"}:
            value = value if "=" in word else "".join(words[place + 1 : place + 2])
            if not value.isdecimal() or not int(value):
                raise InputError(f"--max-pixels {value}: a number of pixels, 1 or more")
            from aegean.images import allow_pixels

            allow_pixels(int(value))
            return words[:place] + words[place + (1 if "=" in word else 2) :]
    return words


@contextmanager
def _stops() -> Iterator[None]:
    """A scheduler's SIGTERM and a terminal that closes stop a command as Ctrl-C does: nothing half-written is left."""

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    ours = threading.current_thread() is threading.main_thread()
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if ours and hasattr(signal, name)]
    before = {one: signal.signal(one, stop) for one in numbers if signal.getsignal(one) == signal.SIG_DFL}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _call(word: str, rest: list[str]) -> int:
    import importlib

    from aegean.cli._parsing import call

    module, function, _ = COMMANDS[word]
    command = getattr(importlib.import_module(module if "." in module else f"aegean.cli.{module}"), function)
    if word in {"train", "runs"}:  # which settings there are depends on the family; runs has commands of its own
        return int(command(rest))
    result = call(command, rest, f"aegean {word}")
    return result if isinstance(result, int) else 0


def _overview() -> str:
    lines = ["aegean: image generative models that people can really use", "", "usage: aegean COMMAND ...", ""]
    lines += [f"  {word:12} {what}" for word, (_, _, what) in COMMANDS.items()]
    rest = "`aegean COMMAND --help` tells the rest. All take --max-pixels N: how large a picture is trusted."
    return "\n".join([*lines, "", rest])


if __name__ == "__main__":
    sys.exit(main())
