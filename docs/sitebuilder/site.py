"""docs/ -> a folder of Markdown that needs nothing else, and from it the site."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path

from sitebuilder import excerpts, mathematics, notebooks, offline, reference
from sitebuilder.explorers import Explorers
from sitebuilder.parts import RUNS, Block, PageError, blocks, rewritten
from sitebuilder.workshop import DOCS, Workshop

ROOT = DOCS.parent
SHOWN = ("sh shows", "sh refused", "python picture")  # what commands print, or put together, is on the page
WIDE = ("```explorer", 'class="widget"')  # such a page needs the whole width
MADE = "made/"  # what a page calls a file that its commands made


class Site:
    """Everything is made in `cache`, and kept there from build to build; the site lies in `out` at the end."""

    def __init__(self, cache: Path, out: Path) -> None:
        self.cache, self.out, self.stage = cache, out, cache / "stage"
        shutil.rmtree(self.stage, ignore_errors=True)
        self.docs = self.stage / "docs"
        self.explorers = Explorers(self.docs / "explorers", cache / "explorers")

    def build(self) -> None:
        """Write the whole site."""
        for page in sorted(DOCS.rglob("*.md")):
            self._page(page)
        for book in sorted(DOCS.rglob("*.ipynb")):
            self._notebook(book)
        for name, text in (
            ("command-line", reference.command_line()),
            ("families", reference.families()),
            ("python", reference.python()),
        ):
            _write(self.docs / "reference" / f"{name}.md", text)
        for folder in ("assets", "images"):
            shutil.copytree(DOCS / folder, self.docs / folder)
        shutil.copyfile(DOCS / "zensical.toml", self.stage / "zensical.toml")
        subprocess.run([sys.executable, "-m", "zensical", "build", "--clean"], cwd=self.stage, check=True)
        offline.made_offline(self.stage / "site")
        offline.check(self.stage / "site")
        shutil.rmtree(self.out, ignore_errors=True)
        shutil.move(self.stage / "site", self.out)

    def _page(self, page: Path) -> None:
        """One page: its commands run, its parts put in."""
        name, text = page.relative_to(DOCS), page.read_text(encoding="utf-8")
        start = time.monotonic()
        try:
            staged = Page(self, name, text).staged()
        except PageError as error:
            raise PageError(f"docs/{name}: {error}") from error
        _write(self.docs / name, staged)
        print(f"{name} {time.monotonic() - start:.1f} s", file=sys.stderr)

    def _notebook(self, path: Path) -> None:
        name = path.relative_to(DOCS)
        kept = self.cache / "notebooks" / hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        if not (kept / name.name).exists():
            book = notebooks.run(notebooks.read(path), kept / "folder")
            (kept / name.name).write_text(json.dumps(book))
        book = notebooks.read(kept / name.name)
        target = self.docs / name
        _write(target.with_suffix(".md"), notebooks.page(book, name.name, target.parent / f"{name.stem}-made"))
        shutil.copyfile(path, target)


class Page:
    """One page on its way to the site."""

    def __init__(self, site: Site, name: Path, text: str) -> None:
        self.site, self.name, self.text = site, name, text
        self.up = "../" * (len(name.parts) - 1)
        shows = any(block.info in SHOWN for block in blocks(text))
        self.makes = shows or f"]({MADE}" in text  # others are run by the tests alone
        words = "".join(f"{block.info}\n{block.body}" for block in blocks(text) if block.info in RUNS)
        key = hashlib.sha256(words.encode()).hexdigest()[:16]
        self.folder = site.cache / "pages" / f"{name.stem}-{key}"
        self.printed: list[str] = []

    def staged(self) -> str:
        """The page as the site has it."""
        if self.makes:
            self.printed = self._printed()
        text = rewritten(self.text, self._block, mathematics.mathml, self._link)
        return f"---\nhide: [toc]\n---\n\n{text}" if any(word in self.text for word in WIDE) else text

    def _printed(self) -> list[str]:
        """What the page's blocks printed: they are run once for each text of them."""
        done = self.folder / "printed.json"
        if not done.exists():
            shutil.rmtree(self.folder, ignore_errors=True)
            printed = Workshop(self.folder, self.site.cache / "runs").page(self.text)
            done.write_text(json.dumps(printed))
        found: list[str] = json.loads(done.read_text())
        return found

    def _block(self, block: Block) -> str | None:
        kind, _, rest = block.info.partition(" ")
        if kind == "explorer":
            return self.site.explorers.frame(block, self.folder, self.up)
        if block.info.startswith("python from "):
            file = rest.removeprefix("from ").strip()
            return f'```python title="{file}"\n{excerpts.excerpt(ROOT / file, block.body)}```'
        if block.info not in RUNS or not self.makes:
            return f"```{kind}\n{block.body}```"
        shown = self.printed.pop(0).rstrip()
        if block.info == "python picture":
            inside = textwrap.indent(f"```python\n{block.body}```", "    ")
            return f'??? quote "How the picture was put together"\n\n{inside}\n'
        below = f"\n\n```text\n{shown}\n```" if shown and block.info != "sh" else ""
        return f"```{kind}\n{block.body}```{below}"

    def _link(self, text: str, target: str, picture: bool) -> str | None:
        """Made pictures are taken along; what leads out of docs/ becomes the name of the file."""
        if target.startswith(MADE):
            file = self.folder / target.removeprefix(MADE)
            if not file.is_file():
                raise PageError(f"no command of the page made {target}")
            place = Path("made", self.name.stem, file.name)
            to = self.site.docs / self.name.parent / place
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, to)
            return f"![{text}]({place.as_posix()})" if picture else f"[{text}]({place.as_posix()})"
        if "://" in target or target.startswith("#"):
            return None
        path = target.partition("#")[0]
        there = Path(os.path.normpath(DOCS / self.name.parent / path))
        if not there.is_relative_to(DOCS):
            outside = there.relative_to(ROOT).as_posix()
            return f"`{outside}`" if Path(text).name == there.name else f"{text} (`{outside}`)"
        if there.suffix == ".ipynb":  # there is a page of it
            return f"[{text}]({target.removesuffix('.ipynb')}.md)"
        return None


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
