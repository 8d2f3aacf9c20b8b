"""The sets that have a name."""

from aegean.data.datasets import DATASETS, open_named
from aegean.data.sources import Format, path_of


def _recognises(word: str) -> bool:
    """A file or folder that is called so is meant, where there is one."""
    return word in DATASETS and not path_of(word).exists()


FORMAT = Format("a name", _recognises, open_named, priority=3, names=tuple(DATASETS))
