"""Parquet (parquet.apache.org), as far as tables of pictures need it: columns that are not repeated, page by page.

Values lie plainly or as places in a dictionary; pages are compressed by nothing, Snappy or gzip. That is what the
library `datasets` writes, and most others by default. What is written otherwise is named in one line.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from aegean.data.snappy import decompress, varint
from aegean.data.source import Numbers
from aegean.data.thrift import read_struct
from aegean.errors import InputError
from aegean.resources import check_memory, pass_on

MARK = b"PAR1"
BOOLEAN, INT32, INT64, FLOAT, DOUBLE, BYTES = 0, 1, 2, 4, 5, 6
NUMBERS = {INT32: "<i4", INT64: "<i8", FLOAT: "<f4", DOUBLE: "<f8"}
PLAIN, RLE, DICTIONARY = 0, 3, (2, 8)
ENCODINGS = {4: "BIT_PACKED", 5: "DELTA_BINARY_PACKED", 6: "DELTA_LENGTH_BYTE_ARRAY", 7: "DELTA_BYTE_ARRAY"}
CODECS = ("none", "snappy", "gzip", "lzo", "brotli", "lz4", "zstd", "lz4_raw")
DATA, DICTIONARY_PAGE, DATA_2 = 0, 2, 3
HEAD = 2**16  # bytes that are read for the head of a page

Values = list[Any] | NDArray[Any]


@dataclass(frozen=True)
class Leaf:
    """A column of values, by its path: ("image", "bytes")."""

    path: tuple[str, ...]
    kind: int
    text: bool  # words, where the kind is BYTES
    depth: int  # on how many steps of the path there may be nothing
    repeated: bool


class Parquet:
    """The head of a file; its columns are read when they are asked for."""

    def __init__(self, path: Path) -> None:
        """InputError in one line for what is no such file."""
        self.path = path
        with self._readable(), path.open("rb") as file:
            length = file.seek(0, 2)
            file.seek(max(0, length - 8))
            tail = file.read(8)
            size = int.from_bytes(tail[:4], "little")
            if tail[4:] != MARK or size + 12 > length:
                raise ValueError("it has no foot" if tail[4:] != b"PARE" else "it is encrypted")
            file.seek(length - 8 - size)
            head, _ = read_struct(file.read(size))
            self.groups: list[dict[int, Any]] = head[4]
            self.rows: int = head[3]
            if (
                not 0 <= self.rows == sum(group[3] for group in self.groups) <= length
            ):  # a picture takes a byte at least
                raise ValueError(f"says that it holds {self.rows:,} rows")
            self.notes = {entry[1].decode(): entry.get(2, b"").decode() for entry in head.get(5, ())}
            self.leaves = {leaf.path: leaf for leaf in _leaves(head[2])}

    def column(self, leaf: Leaf) -> Iterator[Any]:
        """One value a row, None where there is none; a page at a time is in memory."""
        with self._readable(), self.path.open("rb") as file:
            for group in self.groups:
                chunk = next(one[3] for one in group[1] if tuple(name.decode() for name in one[3][3]) == leaf.path)
                if chunk[5] != group[3]:
                    raise ValueError(f"{chunk[5]:,} values in {'.'.join(leaf.path)} for {group[3]:,} rows")
                for page in _pages(file, chunk, leaf, self.path):
                    yield from page

    @contextmanager
    def _readable(self) -> Iterator[None]:
        """Whatever damage makes Python raise, as an InputError in one line."""
        try:
            yield
        except InputError:
            raise
        except Exception as error:  # of a damaged head any kind
            pass_on(error, self.path)
            reason = f"{error}" or type(error).__name__
            raise InputError(f"{self.path}: not a .parquet file that can be read ({reason})") from error


def _leaves(schema: list[Mapping[int, Any]]) -> Iterator[Leaf]:
    """The columns of a schema, which lists each node before its children; the first is the table."""
    nodes = iter(schema)

    def below(path: tuple[str, ...], depth: int, repeated: bool, count: int) -> Iterator[Leaf]:
        for _ in range(count):
            node = next(nodes)
            here = (*path, node[4].decode())
            maybe, again = depth + (node.get(3, 0) != 0), repeated or node.get(3) == 2
            if children := node.get(5):
                yield from below(here, maybe, again, children)
            else:
                yield Leaf(here, node[1], node.get(6) == 0 or 1 in node.get(10, {}), maybe, again)

    yield from list(below((), 0, False, next(nodes)[5]))


def _pages(file: BinaryIO, chunk: Mapping[int, Any], leaf: Leaf, where: Path) -> Iterator[Values]:
    """The values of each page of a column in one group of rows."""
    place = min(chunk[9], chunk.get(11) or chunk[9])
    end, left = place + chunk[7], chunk[5]
    dictionary: Values = []
    while left > 0:
        if place >= end:
            raise ValueError("it is cut")
        file.seek(place)
        head, used = read_struct(file.read(HEAD))
        if min(head[2], head[3]) < 0:
            raise ValueError("a page of less than nothing")
        check_memory(head[2] + head[3], f"{where}: a page")
        file.seek(place + used)
        content = file.read(head[3])
        place += used + head[3]
        if head[1] == DICTIONARY_PAGE:
            dictionary = _plain(_unpacked(content, chunk[4], head[2]), leaf, head[7][1])
        elif head[1] in (DATA, DATA_2):
            values = _page(head, content, chunk[4], leaf, dictionary, left)
            left -= len(values)
            yield values


def _page(head: Mapping[int, Any], content: bytes, codec: int, leaf: Leaf, dictionary: Values, most: int) -> list[Any]:
    """A page of data, of the first or the second kind: levels, which say where there is nothing, and values."""
    about = head[5] if head[1] == DATA else head[8]
    count, encoding = about[1], about[2] if head[1] == DATA else about[4]
    if not 0 <= count <= most:
        raise ValueError(f"a page of {count:,} values")
    width = leaf.depth.bit_length()
    if head[1] == DATA:
        content = _unpacked(content, codec, head[2])
        size = int.from_bytes(content[:4], "little") if width else -4
        levels, content = content[4 : 4 + size], content[4 + size :]
    else:
        size, skipped = about[5], about.get(6, 0)
        levels, content = content[skipped : skipped + size], content[skipped + size :]
        content = _unpacked(content, codec if about.get(7, True) else 0, head[2] - size - skipped)
    there = _runs(levels, width, count) == leaf.depth if width else np.ones(count, bool)
    values = iter(_values(content, encoding, leaf, dictionary, int(there.sum())))
    return [next(values) if is_there else None for is_there in there.tolist()]


def _values(content: bytes, encoding: int, leaf: Leaf, dictionary: Values, count: int) -> Values:
    """`count` values of a page."""
    if encoding == PLAIN:
        return _plain(content, leaf, count)
    if encoding in DICTIONARY:
        return [dictionary[place] for place in _runs(content[1:], content[0], count)] if count else []
    if encoding == RLE and leaf.kind == BOOLEAN:
        return _runs(content[4:], 1, count).astype(bool).tolist()
    raise ValueError(f"{'.'.join(leaf.path)} is encoded as {ENCODINGS.get(encoding, encoding)}; write it anew, plainly")


def _plain(content: bytes, leaf: Leaf, count: int) -> Values:
    """Values one after the other."""
    if leaf.kind == BOOLEAN:
        return np.unpackbits(np.frombuffer(content, np.uint8), bitorder="little")[:count].astype(bool).tolist()
    if leaf.kind in NUMBERS:
        return np.frombuffer(content, NUMBERS[leaf.kind], count).tolist()
    if leaf.kind != BYTES:
        raise ValueError(f"{'.'.join(leaf.path)} is of the physical type {leaf.kind}")
    values: list[Any] = []
    place = 0
    for _ in range(count):
        start = place + 4
        place = start + int.from_bytes(content[place:start], "little")
        if place > len(content):
            raise ValueError("a page is cut")
        values.append(content[start:place].decode() if leaf.text else content[start:place])
    return values


def _runs(content: bytes, width: int, count: int) -> Numbers:
    """Numbers of `width` bits: runs of one number, and groups of eight that lie bit by bit. (count,)"""
    if not width:
        return np.zeros(count, np.int64)
    found: list[Numbers] = []
    place = have = 0
    while have < count:
        head, place = varint(content, place)
        if head & 1:
            size = (head >> 1) * width
            bits = np.unpackbits(np.frombuffer(content[place : place + size], np.uint8), bitorder="little")
            some = bits[: len(bits) // width * width].reshape(-1, width) @ (1 << np.arange(width))
        else:
            size = (width + 7) // 8
            value = int.from_bytes(content[place : place + size], "little")
            some = np.full(min(head >> 1, count - have), value)
        if not len(some):
            raise ValueError("an empty run")
        place += size
        have += len(some)
        found.append(some)
    return np.concatenate(found)[:count] if found else np.zeros(0, np.int64)


def _unpacked(content: bytes, codec: int, size: int) -> bytes:
    """The bytes of a page, `size` of them."""
    if codec == 0:
        unpacked = content
    elif codec == 1:
        unpacked = decompress(content, size)
    elif codec == 2:
        unpacked = zlib.decompressobj(31).decompress(content, size + 1)
    else:
        name = CODECS[codec] if codec < len(CODECS) else str(codec)
        raise ValueError(f"its pages are compressed by {name}; write it anew with snappy")
    if len(unpacked) != size:
        raise ValueError(f"a page of {len(unpacked):,} bytes, not {size:,}")
    return unpacked
