"""Where images come from: `open_dataset(name or path)` -> a `Dataset` of three splits."""

from aegean.data.describing import Description, describe, list_datasets, read_pictures
from aegean.data.named import DATASETS
from aegean.data.opening import open_dataset
from aegean.data.types import Batch, Dataset, DataSpec, ImageSet

__all__ = [
    "DATASETS",
    "Batch",
    "DataSpec",
    "Dataset",
    "Description",
    "ImageSet",
    "describe",
    "list_datasets",
    "open_dataset",
    "read_pictures",
]
