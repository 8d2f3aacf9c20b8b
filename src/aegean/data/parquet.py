"""Parquet files (parquet.apache.org), column by column: read by pyarrow, of the extra `parquet`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from aegean.errors import InputError, first_line
from aegean.resources import pass_on

ROWS = 64  # that are in memory together
BUFFER = 2**20  # bytes read at once

Kind = Literal["bytes", "text", "whole", "truth", "other"]


@dataclass(frozen=True)
class Leaf:
    """A column of values, by its path: ("image", "bytes")."""

    path: tuple[str, ...]
    kind: Kind


class Parquet:
    """The head of a file; its columns are read when they are asked for."""

    def __init__(self, path: Path) -> None:
        """InputError in one line for what is no such file, and where pyarrow is missing."""
        self.path = path
        with self._open() as file:
            self.rows: int = file.metadata.num_rows
            schema = file.schema_arrow
            self.notes = {key.decode(): value.decode() for key, value in (schema.metadata or {}).items()}
            self.leaves = {leaf.path: leaf for leaf in _leaves(schema)}

    def column(self, leaf: Leaf) -> Iterator[Any]:
        """One value a row, None where there is none; a few rows at a time are in memory."""
        count = 0
        with self._open() as file:
            from pyarrow import compute

            for batch in file.iter_batches(ROWS, columns=[".".join(leaf.path)], use_threads=False):
                values = batch.column(0)
                for name in leaf.path[1:]:
                    values = compute.struct_field(values, name)  # type: ignore[attr-defined]
                count += len(values)
                yield from values.to_pylist()
            if count != self.rows:
                raise ValueError(f"{count:,} values in {'.'.join(leaf.path)} for {self.rows:,} rows")

    @contextmanager
    def _open(self) -> Iterator[Any]:
        """The file, opened by pyarrow; whatever damage makes it raise, as an InputError in one line."""
        try:
            import pyarrow.parquet
        except ImportError:
            raise InputError(f"{self.path}: reading .parquet needs pyarrow: pip install 'aegean[parquet]'") from None
        reader: Any = pyarrow.parquet.ParquetFile
        try:
            with reader(self.path, buffer_size=BUFFER, pre_buffer=False) as file:
                yield file
        except InputError:
            raise
        except Exception as error:  # of a damaged file any kind
            pass_on(error, self.path)
            reason = first_line(error).rstrip(".")
            raise InputError(f"{self.path}: not a .parquet file that can be read ({reason})") from error


def _leaves(fields: Iterable[Any], above: tuple[str, ...] = ()) -> Iterator[Leaf]:
    """The columns of a schema, or of a structure in it."""
    import pyarrow.types as types

    kinds: tuple[tuple[Kind, tuple[Any, ...]], ...] = (
        ("bytes", (types.is_binary, types.is_large_binary, types.is_binary_view)),
        ("text", (types.is_string, types.is_large_string, types.is_string_view)),
        ("whole", (types.is_integer,)),
        ("truth", (types.is_boolean,)),
    )
    for field in fields:
        path = (*above, field.name)
        if types.is_struct(field.type):
            yield from _leaves(field.type, path)
            continue
        value = field.type.value_type if types.is_dictionary(field.type) else field.type
        yield Leaf(path, next((kind for kind, tests in kinds if any(test(value) for test in tests)), "other"))
