"""The sets that have a name."""

from aegean.data.datasets import DATASETS
from aegean.data.sources import Format

FORMAT = Format("a name", lambda word: word in DATASETS, lambda word: DATASETS[word].open(), priority=3)
