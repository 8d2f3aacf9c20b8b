"""Where the commands of a page are run: a folder of its own, with the photos of docs/photos in it."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shlex
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aegean.cli import main
from sitebuilder.parts import RUNS, Block, PageError, blocks, commands

DOCS = Path(__file__).parents[1]
REFUSED = 2  # the exit code of a command that says what the user can mend


def as_they_stand(words: list[str]) -> list[str]:
    """No word is changed."""
    return words


@dataclass
class Workshop:
    """A folder in which blocks are run one after the other."""

    folder: Path
    runs: Path | None = None  # trainings are kept here by their words, so that each is done once for all pages
    altered: Callable[[list[str]], list[str]] = as_they_stand  # the words of a command before it is run
    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "__main__"})  # what Python has assigned

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(DOCS / "photos", self.folder / "photos", dirs_exist_ok=True)

    def page(self, text: str) -> list[str]:
        """Run all blocks of a page that are to be run: what each printed."""
        return [self.run(block) for block in blocks(text) if block.info in RUNS]

    def run(self, block: Block) -> str:
        """Run a block: what it printed, or what it was told where it is refused. PageError where it fails."""
        if block.info.startswith("python"):
            return self._python(block)
        return "".join(self._command(line, block) for line in commands(block.body))

    def _python(self, block: Block) -> str:
        with _inside(self.folder), contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compile("\n" * (block.line - 1) + block.body, "page", "exec"), self.names)
        return printed.getvalue()

    def _command(self, line: str, block: Block) -> str:
        program, *words = shlex.split(line, comments=True)
        if program != "aegean":
            raise PageError(f"line {block.line}: not a command of aegean: {line}")
        code, out, told = self._train(words) if words[0] == "train" else self._call(words)
        wanted = REFUSED if block.info == "sh refused" else 0
        if code != wanted:
            raise PageError(f"line {block.line}: exit code {code}, not {wanted}: {line}\n{told}")
        return told if wanted else out

    def _train(self, words: list[str]) -> tuple[int, str, str]:
        """A training that was done before, for this page or another, is there already."""
        made_here = any((self.folder / word).exists() for word in words[1:])  # data of this page, not of every page
        if self.runs is None or "--out" not in words or made_here:
            return self._call(words)
        key = hashlib.sha256(shlex.join(words).encode()).hexdigest()[:16]
        run = self.folder / words[words.index("--out") + 1]
        kept = self.runs / key / run.name  # the run keeps its name, which its pages show
        result = 0, "", ""
        if not kept.exists():
            result = self._call(words)
            if result[0] or not run.exists():
                return result
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(run, kept)
        run.parent.mkdir(parents=True, exist_ok=True)
        if not run.exists():
            run.symlink_to(kept.resolve(), target_is_directory=True)
        return result

    def _call(self, words: list[str]) -> tuple[int, str, str]:
        """Exit code, stdout and stderr."""
        out, told = io.StringIO(), io.StringIO()
        with _inside(self.folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(told):
            try:
                code = main(self.altered(words))
            except SystemExit as stop:  # of --help, and of words that cannot be parsed
                code = int(stop.code or 0)
        return code, out.getvalue(), told.getvalue()


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
