"""Where images come from: `open_dataset(name, path or the data themselves)` -> a `Dataset` of three splits."""

from aegean.data.arrays import array_source
from aegean.data.datasets import DATASETS
from aegean.data.description import Description, describe, list_datasets, read_pictures
from aegean.data.given import is_given, take_given
from aegean.data.opener import open_alike, open_dataset
from aegean.data.sources import FORMATS, Format, is_dataset, register_format
from aegean.data.splits import SPLITS
from aegean.data.types import Batch, Dataset, DataSpec, ImageSet

__all__ = [
    "DATASETS",
    "FORMATS",
    "SPLITS",
    "Batch",
    "DataSpec",
    "Dataset",
    "Description",
    "Format",
    "ImageSet",
    "array_source",
    "describe",
    "is_dataset",
    "is_given",
    "list_datasets",
    "open_alike",
    "open_dataset",
    "read_pictures",
    "register_format",
    "take_given",
]
