"""Every page of docs/: its commands and snippets run, in order, small; what it shows is made, what it quotes there."""

from __future__ import annotations

import contextlib
import importlib.util
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import aegean
from aegean.cli import COMMANDS, main
from aegean.data import avatars
from aegean.families import FAMILIES
from sitebuilder.excerpts import excerpt
from sitebuilder.parts import RUNS, Block, PageError, blocks, commands, rewritten
from sitebuilder.workshop import DOCS, Workshop

ROOT = DOCS.parent
PAGES = sorted(path.relative_to(DOCS) for path in DOCS.rglob("*.md"))
RUN = [page for page in PAGES if any(block.info in RUNS for block in blocks((DOCS / page).read_text()))]
SMALL = {"--steps": "2", "--width": "4", "--batch-size": "8", "--limit": "64"}  # in place of what a page says
ANY_COMMAND = re.compile(r"(?:^|`)(?:\$ )?aegean ([a-z]+[^`\n]*?)(?:`|$| {2,}#| # )", re.MULTILINE)


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hundred drawn faces, for `avatars`, of which there are 12,000."""
    path = tmp_path_factory.mktemp("faces") / "faces.npz"
    drawn = np.stack([avatars.draw(seed, 32) for seed in range(100)])
    flags = np.array([avatars.attributes_of(seed) for seed in range(100)], np.uint8)
    np.savez(path, images=drawn, attributes=flags, attribute_names=np.array(avatars.ATTRIBUTES))
    return path


@pytest.fixture
def shrunk(faces: Path) -> Callable[[list[str]], list[str]]:
    """The words of a command -> those of the same on few pictures, in few steps."""

    def small(words: list[str]) -> list[str]:
        words = [str(faces) if word == "avatars" else word for word in words]
        if words[0] in {"train", "evaluate"}:
            words = [SMALL.get(before, word) for before, word in zip(["", *words], words)]
        if words[0] == "train" and "--steps" not in words:
            words += ["--steps", "2"]
        if words[0] == "evaluate" and "--limit" not in words:
            words += ["--limit", "16"]
        return [*words, "--size", "48"] if words[0] == "translate" else words

    return small


@pytest.mark.parametrize("page", RUN, ids=str)
def test_a_page_runs_from_its_first_block_to_its_last(
    page: Path, shrunk: Callable[[list[str]], list[str]], tmp_path: Path
) -> None:
    text = (DOCS / page).read_text()
    workshop = Workshop(tmp_path, altered=shrunk)
    for photo in (tmp_path / "photos").glob("*.jpg"):
        Image.open(photo).resize((96, 64)).save(photo)
    printed = workshop.page(text)
    told = [block for block in blocks(text) if block.info in RUNS]
    silent = [
        block.line for block, shown in zip(told, printed) if block.info in {"sh shows", "sh refused"} and not shown
    ]
    assert silent == []
    missing = [name for name in re.findall(r"\]\(made/([^)]+)\)", text) if not (tmp_path / name).is_file()]
    assert missing == []
    runs = [block.info.split()[1] for block in blocks(text) if block.info.startswith("explorer ")]
    for run in runs:  # what an explorer shows was trained by the page, or comes along
        aegean.load(run if run.startswith("zoo:") else tmp_path / run)


def test_every_title_of_the_lecture_has_all_its_parts() -> None:
    pages = sorted((DOCS / "lecture").glob("*.md"))
    assert len(pages) == 17
    for page in pages:
        text, infos = page.read_text(), [block.info for block in blocks(page.read_text())]
        assert "$$" in text, page  # the equation
        assert any(info.startswith("python from src/aegean/") for info in infos), page  # the lines that are it
        assert any(info.startswith("sh") for info in infos), page  # the command
        assert "](made/" in text, page  # the picture that it made
        assert "## What goes wrong, and how it shows" in text, page
        assert f"lecture/{page.name}" in (DOCS / "zensical.toml").read_text(), page


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_what_a_page_quotes_and_links_is_there(page: Path) -> None:
    text = (DOCS / page).read_text()
    for block in blocks(text):
        if block.info.startswith("python from "):
            assert 1 < len(excerpt(ROOT / block.info.removeprefix("python from "), block.body).splitlines()) <= 20
    lost = []

    def link(_: str, target: str, picture: bool) -> None:
        path = target.partition("#")[0]
        made = path.startswith(("made/", "../reference/", "reference/"))  # by the builder
        if path and "://" not in path and not made and not (DOCS / page.parent / path).exists():
            lost.append(target)

    rewritten(text, lambda _: None, lambda tex, _: tex, link)
    assert lost == []


@pytest.mark.skipif(not importlib.util.find_spec("latex2mathml"), reason="the extra docs is not installed")
@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_formula_is_understood(page: Path) -> None:
    from sitebuilder.mathematics import mathml

    def tex(formula: str, display: bool) -> str:
        assert mathml(formula, display).count("<math") == 1
        return ""

    rewritten((DOCS / page).read_text(), lambda _: None, tex, lambda *_: None)


def options_of(words: str, capsys: pytest.CaptureFixture[str], known: dict[str, str]) -> str:
    if words not in known:
        with contextlib.suppress(SystemExit):
            main([*words.split(), "--help"])
        known[words] = capsys.readouterr().out
    return known[words]


def test_commands_in_the_text_have_the_options_that_they_show(capsys: pytest.CaptureFixture[str]) -> None:
    known: dict[str, str] = {}
    told = 0
    for path in [ROOT / "README.md", *(DOCS / page for page in PAGES)]:
        for found in ANY_COMMAND.finditer(path.read_text().replace("\\\n", " ")):
            words = found[1].split()
            if words[0] not in COMMANDS:
                pytest.fail(f"{path.name}: aegean {words[0]}")
            family = words[1:2] if words[0] == "train" and words[1:2] and words[1] in FAMILIES else []
            if words[0] == "train" and not family:
                like = Path(words[words.index("--like") + 1] if "--like" in words else "vae").name
                family = [max((one for one in FAMILIES if like.startswith(one)), key=len, default="vae")]
            text = options_of(" ".join([words[0], *family]), capsys, known)
            for option in re.findall(r"(?<!\S)--[a-z][a-z0-9-]*", found[1]):
                told += 1
                assert option in {"--like", "--max-pixels", "--help"} or option in text, f"{path.name}: {found[0]}"
    assert told > 100


def test_an_excerpt_whose_lines_are_gone_or_there_twice_is_an_error(tmp_path: Path) -> None:
    source = tmp_path / "a.py"
    source.write_text("def a():\n    x = 1\n    return x\n\ndef b():\n    x = 1\n    y = 2\n    return y\n")
    assert excerpt(source, "x = 1\ny = 2\n...\nreturn") == "x = 1\ny = 2\nreturn y\n"
    assert excerpt(source, "def a") == "def a():\n"
    for wanted in ("x = 1\n...\nreturn", "def c", "def b\n...\nreturn z", "...\nreturn"):
        with pytest.raises(PageError):
            excerpt(source, wanted)
    with pytest.raises(PageError):
        excerpt(tmp_path / "none.py", "def a")


def test_a_command_that_fails_and_one_that_is_not_refused_are_errors(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path)
    with pytest.raises(PageError, match="line 7: exit code 2, not 0"):
        workshop.run(Block("sh", "aegean info nothing.png\n", 7))
    with pytest.raises(PageError, match="exit code 0, not 2"):
        workshop.run(Block("sh refused", "aegean datasets\n", 1))
    with pytest.raises(PageError, match="not a command of aegean"):
        workshop.run(Block("sh", "rm -r .\n", 1))
    assert Path.cwd() != tmp_path


def test_a_training_is_kept_by_its_words_unless_its_data_are_of_the_page(tmp_path: Path, shapes: Path) -> None:
    trained: list[list[str]] = []

    def counted(words: list[str]) -> list[str]:
        trained.append(words)
        return words

    few = "--limit 32 --batch-size 8 --steps 1 --width 4 --latent 2 --quiet --out runs/a"
    for data, times in (("digits", 1), (str(shapes), 2)):
        trained.clear()
        for name in ("first", "second"):
            shop = Workshop(tmp_path / Path(data).stem / name, tmp_path / "kept", counted)
            shop.run(Block("sh", f"aegean train autoencoder --data {data} {few}\n", 1))
            assert aegean.load(shop.folder / "runs" / "a").config.family == "autoencoder"
        assert len(trained) == times


def test_a_command_goes_on_after_a_backslash() -> None:
    assert commands("aegean a \\\n  b\n# not this\naegean c\n") == ["aegean a    b", "aegean c"]
