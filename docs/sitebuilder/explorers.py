"""The HTML exports of runs, which pages show in a frame; they share one runtime, of several megabytes."""

from __future__ import annotations

import hashlib
import shutil
from html import escape
from pathlib import Path

import aegean
from aegean.exporting.html import PAGE, write_html
from aegean.exporting.runtime import script
from sitebuilder.parts import Block, PageError

RUNTIME = "runtime.js"


class Explorers:
    """Exports each run once, also from build to build, into `folder`; `kept` holds them between builds."""

    def __init__(self, folder: Path, kept: Path) -> None:
        self.folder, self.kept = folder, kept
        for each in (folder, kept):
            each.mkdir(parents=True, exist_ok=True)
        (folder / RUNTIME).write_text(script(), encoding="utf-8")

    def frame(self, block: Block, page_folder: Path, up: str) -> str:
        """The frame and caption of a block `explorer RUN [with PHOTO ...]`: a run of the page's folder, or zoo:NAME."""
        _, name, *rest = block.info.split()
        photos = [page_folder / word for word in rest[1:]]
        try:
            run = aegean.load(name if name.startswith("zoo:") else page_folder / name)
        except aegean.InputError as error:
            raise PageError(f"line {block.line}: {error}") from error
        shown = [run.path / "weights.safetensors", *photos, *sorted(PAGE.iterdir())]
        key = hashlib.sha256(b"".join(path.read_bytes() for path in shown)).hexdigest()[:8]
        file = f"{run.path.resolve().name}-{key}.html"
        kept = self.kept / file
        if not kept.exists():
            write_html(run, kept, photos, RUNTIME)
        if not (self.folder / file).exists():
            shutil.copyfile(kept, self.folder / file)
        source, title = f"{up}explorers/{file}", escape(f"Explorer of {run.path.resolve().name}")
        frame = f'<iframe src="{source}#embedded" title="{title}" loading="lazy"></iframe>'
        caption = f'{block.body.strip()} <a href="{source}" target="_blank">In a page by itself.</a>\n{{: .caption }}'
        return f'<div class="explorer">{frame}</div>\n\n{caption}'
