"""What the Tab key gives: asked of the command, and of a bash that is really typed into."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from aegean.cli import COMMANDS
from aegean.cli.completion import options_of
from aegean.families import FAMILIES
from aegean.places import recipes

Says = Callable[..., tuple[int, list[str], list[str]]]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("aegean tra", ["train", "translate"]),
        ("/some/where/aegean train conditional_v", ["conditional_vae"]),
        ("aegean train vae --likeli", ["--likelihood"]),
        ("aegean train vae --likelihood ", ["bernoulli", "gaussian", "logistic"]),
        ("aegean train vae --data 'my photos' --likelihood g", ["gaussian"]),
        ("aegean train vae --likelihood=g", ["--likelihood=gaussian"]),
        ("aegean train gan --likeli", []),
        ("aegean train --like vae-mnist --bet", ["--beta", "--betas"]),
        ("aegean sample run --pri", ["--prior"]),
        ("aegean sample zoo:vae-m", ["zoo:vae-mnist"]),
        ("aegean runs ", ["compare", "rm"]),
        ("aegean runs rm --y", ["--yes"]),
        ("aegean completion ", ["bash", "fish", "zsh"]),
        ("aegean info pict", []),  # a file, which the shell knows
        ("aegean nonsense --", ["--max-pixels"]),
        ("aegean sample 'open", []),
        ("aegean", []),
    ],
)
def test_the_last_word_is_completed(line: str, words: list[str], says: Says) -> None:
    assert says("completion", "zsh", line) == (0, words, [])


def test_names_of_commands_families_and_recipes_are_known(says: Says) -> None:
    assert set(COMMANDS) < set(says("completion", "fish", "aegean ")[1])
    assert says("completion", "fish", "aegean train ")[1] == sorted(FAMILIES)
    for words in ("reproduce ", "train --like "):
        assert says("completion", "fish", f"aegean {words}")[1] == sorted(recipes())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_options(command: str) -> None:
    """Read from its help: so they are the same words."""
    found = options_of(["train", "vae"] if command == "train" else [command])
    assert {"--help", "--max-pixels"} <= set(found)
    assert all(name.startswith("-") and choice.isprintable() for name, few in found.items() for choice in few)
    assert found["--help"] == ()


def test_a_bash_that_is_typed_into(tmp_path: Path) -> None:
    pexpect = pytest.importorskip("pexpect", reason="comes with IPython, of the extra `dev`")
    if shutil.which("bash") is None:
        pytest.skip("no bash on this machine")
    (tmp_path / "aegean").write_text(f'#!/bin/sh\nexec {sys.executable} -m aegean "$@"\n')
    (tmp_path / "aegean").chmod(0o755)
    (tmp_path / "photograph.png").touch()
    bash = pexpect.spawn("bash", ["--norc", "--noprofile", "-i"], cwd=tmp_path, encoding="utf-8", timeout=300)
    bash.setwinsize(50, 300)
    bash.sendline("bind 'set enable-bracketed-paste off'; PS1='ready> '; PATH=$PWD:$PATH")
    bash.sendline('eval "$(aegean completion bash)"; echo set" "up')
    bash.expect("set up\r\n.*ready> ")
    for typed, completed in (
        ("aegean transl", "ate "),
        ("aegean train vae --likelihood=ga", "ussian "),
        ("aegean sample zoo:vae-m", "nist "),
        ("aegean info photog", "raph.png "),
    ):
        bash.send(f"{typed}\t")
        bash.expect_exact(typed + completed)
        bash.sendcontrol("u")
    bash.close()
