"""The pages that were built ask nobody: what their builder takes from elsewhere is replaced, and looked for."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

from sitebuilder.parts import PageError

SHIM = "https://unpkg.com/iframe-worker/shim"  # makes the search work from a disk
OURS = "assets/iframe-worker.js"


class _Links(HTMLParser):
    """What a page loads, what it links to, and its places."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Sort the attributes of a tag."""
        given = {name: value or "" for name, value in attrs}
        self.places |= {given[name] for name in ("id", "name") if name in given}
        if "src" in given:
            self.loads.append(given["src"])
        if "href" in given:
            outside = tag == "link" and given.get("rel") not in {"canonical", "prev", "next", "alternate"}
            (self.loads if outside else self.links).append(given["href"])


def made_offline(site: Path) -> None:
    """Replace the one script that pages take from elsewhere by our copy of it."""
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        if SHIM in text:
            page.write_text(text.replace(SHIM, "../" * (len(page.relative_to(site).parts) - 1) + OURS), "utf-8")


def check(site: Path) -> None:
    """PageError for a page that loads what lies elsewhere, and for a link that leads nowhere."""
    pages = [page for page in site.rglob("*.html") if "explorers" not in page.parts and page.name != "404.html"]
    read = {page: _Links(page.read_text(encoding="utf-8")) for page in pages}
    wrong = []
    for page, found in read.items():
        name = page.relative_to(site)
        wrong += [f"{name}: loads {one}" for one in found.loads if re.match(r"(https?:)?//", one)]
        local = [one for one in found.loads + found.links if not re.match(r"([a-z]+:|//)", one)]
        for target in local:
            path, _, place = target.partition("#")
            there = (page.parent / unquote(path)).resolve() if path else page
            if not there.exists():
                wrong.append(f"{name}: no {target}")
            elif place and there in read and unquote(place) not in read[there].places:
                wrong.append(f"{name}: no place {target}")
    if wrong:
        raise PageError("\n".join(wrong))
