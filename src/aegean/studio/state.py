"""What the calls of the studio share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aegean.errors import InputError, did_you_mean
from aegean.studio.files import Files
from aegean.studio.folder import RunsFolder

if TYPE_CHECKING:
    from aegean.studio.training import Trainings


class Studio:
    """The runs, the files of the pages, the trainings, and the folders of pictures that may be read."""

    def __init__(self, runs: RunsFolder, pictures: Sequence[Path] = ()) -> None:
        from aegean.studio.training import Trainings

        self.runs, self.files = runs, Files()
        self.trainings: Trainings = Trainings(self.files.logs)
        self._folders = {folder.name or str(folder): folder for folder in pictures}

    def folder_names(self) -> list[str]:
        """The names of the folders that were given."""
        return list(self._folders)

    def folder(self, name: str) -> Path:
        """A folder of pictures by its name; InputError for any other place."""
        if name not in self._folders:
            known = did_you_mean(name[:60], self.folder_names(), otherwise="")
            raise InputError(
                f"the studio may read no folder {name[:60]!r}.{known} Start it with --pictures FOLDER to allow one"
            )
        return self._folders[name]

    def close(self) -> None:
        """End what goes on, and leave nothing behind."""
        self.trainings.close()
        self.files.close()
