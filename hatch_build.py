"""What the build asks of us: the README as it is read away from the checkout, by `pip show` or on an index."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

WITHIN = re.compile(r"!?\[([^\]]*)\]\((?!https?:|#)[^)\s]+\)")  # a picture of the tree, or a link into it


def away(text: str) -> str:
    """The text with the words of pictures and links that lead into the tree, as the tree has no public address yet."""
    return WITHIN.sub(r"\1", text)


class ReadmeHook(MetadataHookInterface):
    """Puts it into the metadata of wheel and source distribution."""

    def update(self, metadata: dict[str, Any]) -> None:
        """As `readme`, which pyproject.toml names as dynamic."""
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": away(text)}
