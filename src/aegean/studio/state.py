"""What the calls of the studio share."""

from __future__ import annotations

from aegean.studio.files import Files
from aegean.studio.folder import RunsFolder


class Studio:
    """The runs, and the files of the pages."""

    def __init__(self, runs: RunsFolder) -> None:
        self.runs, self.files = runs, Files()

    def close(self) -> None:
        """Leave nothing behind."""
        self.files.close()
