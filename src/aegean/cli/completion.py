"""`aegean completion`: what a shell asks when the Tab key is pressed; all of it is read from what --help shows."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Literal, get_args

import tyro

from aegean.consoles import tell
from aegean.errors import InputError

Shell = Literal["bash", "zsh", "fish"]
SCRIPTS: dict[Shell, str] = {  # each asks anew for the line that is typed; where nothing is said, files are offered
    "bash": """_aegean() {
  local IFS=$'\\n'
  COMPREPLY=($("$1" completion bash "${COMP_LINE:0:COMP_POINT}" 2>/dev/null))
}
complete -o default -F _aegean aegean""",
    "zsh": """#compdef aegean
_aegean() {
  local -a found
  found=("${(@f)$("${words[1]}" completion zsh "${(j: :)words[1,CURRENT]}" 2>/dev/null)}")
  if [[ -n "$found" ]]; then compadd -- $found; else _files; fi
}
compdef _aegean aegean""",
    "fish": "complete -c aegean -a '(aegean completion fish (commandline -cp) 2>/dev/null)'",
}
HEAD = re.compile(r"^  (-{1,2}[a-z].*?)(?: {2,}|$)", re.MULTILINE)  # an option, before what is said of it
NAME = re.compile(r"(?<!\S)-{1,2}[a-z][\w-]*")
CHOICES = re.compile(r"\{([^{} ]+)\}$")  # {conv,mlp}; not {None}|INT, which takes others
WIDE = "129"  # columns in which no list of choices is broken; from 130 on tyro sets options in two rows


def completion(
    shell: tyro.conf.Positional[Shell],
    line: Annotated[str | None, tyro.conf.Positional, tyro.conf.arg(metavar="[LINE]")] = None,
) -> None:
    """Print the script by which a shell completes commands, options, their choices, families, recipes and zoo models.

    bash: aegean completion bash > ~/.local/share/bash-completion/completions/aegean, or in ~/.bashrc:
    eval "$(aegean completion bash)". zsh, in ~/.zshrc after compinit: eval "$(aegean completion zsh)". fish: aegean
    completion fish > ~/.config/fish/completions/aegean.fish.

    Args:
        shell: Whose script.
        line: Instead of the script what its last word may become, a line each: what the script asks.
    """
    if line is None:
        tell(*SCRIPTS[shell].splitlines())
        return
    words = words_of(line)
    if len(words) < 2:
        return
    begun = words[-1]
    typed = max(begun.rfind(":"), begun.rfind("=")) + 1 if shell == "bash" else 0  # bash completes what follows these
    tell(*(word[typed:] for word in sorted(candidates(words[1:])) if word.startswith(begun)))


def words_of(line: str) -> list[str]:
    """The words of a line as a shell has them, the last one empty after a space; none, inside of open quotes."""
    try:
        return shlex.split(line) + [""] * line.endswith(" ")
    except ValueError:
        return []


def candidates(words: Sequence[str]) -> Iterable[str]:
    """What may stand in the place of the last of the words that follow `aegean`; nothing where files may."""
    from aegean.cli import COMMANDS
    from aegean.places import ZOO, zoo

    *before, begun = words
    if not before:
        return [*COMMANDS, "--help", "--version"]
    if begun and (begun.startswith(ZOO) or ZOO.startswith(begun)):
        return [ZOO + name for name in zoo()]
    options = options_of(before)
    name, equals, _ = begun.partition("=")
    if equals:
        return [f"{name}={choice}" for choice in options.get(name, ())]
    if begun.startswith("-"):
        return options
    if before[-1] in options and options[before[-1]]:
        return options[before[-1]]
    if before[-1] == "--like":
        return _recipes()
    return FIRST[before[0]]() if before[0] in FIRST and len(before) == 1 else ()


def options_of(words: Sequence[str]) -> dict[str, Sequence[str]]:
    """The options of a command, as its help shows them, and what each may be, where that is one of a few."""
    found: dict[str, Sequence[str]] = {"--max-pixels": ()}
    if words[0] == "train":
        found["--like"] = ()  # read before the family's own
    for head in HEAD.findall(_help(words)):
        choices = CHOICES.search(head)
        few: Sequence[str] = choices[1].split(",") if choices else ()
        found |= dict.fromkeys(NAME.findall(head.split("{")[0]), few)
    return found


def _help(words: Sequence[str]) -> str:
    """What `aegean COMMAND --help` prints, of the family, the run or the part that the words name."""
    from aegean.cli import COMMANDS, _call

    command, *rest = words
    if command not in COMMANDS:
        return ""
    said, before = io.StringIO(), os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = WIDE
    try:
        with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit, InputError):
            _call(command, [*_chooses(command, rest), "--help"])
    finally:
        del os.environ["COLUMNS"]
        if before is not None:
            os.environ["COLUMNS"] = before
    return said.getvalue()


def _chooses(command: str, rest: Sequence[str]) -> list[str]:
    """Those of the words on which the options depend."""
    if command == "train" and "--like" in rest[:-1]:
        place = rest.index("--like")
        return [*rest[place : place + 2]]
    return [*rest[:1]] if command in {"train", "runs"} and rest and not rest[0].startswith("-") else []


def _families() -> list[str]:
    from aegean.families import FAMILIES

    return list(FAMILIES)


def _recipes() -> list[str]:
    from aegean.places import recipes

    return list(recipes())


FIRST: dict[str, Callable[[], Iterable[str]]] = {  # what the first word after a command may be, where it is no file
    "train": _families,
    "reproduce": _recipes,
    "completion": lambda: get_args(Shell),
    "runs": lambda: ("compare", "rm"),
}
