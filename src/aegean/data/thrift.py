"""Thrift's compact protocol, in which the heads of parquet files and of their pages are written."""

from __future__ import annotations

import struct
from typing import Any

from aegean.data.snappy import varint

DEEPEST = 32  # structures within one another


def read_struct(data: bytes, place: int = 0, depth: int = 0) -> tuple[dict[int, Any], int]:
    """Field's number -> value, and where it ends. ValueError, IndexError or struct.error where it is damaged."""
    if depth > DEEPEST:
        raise ValueError("structures too deep in one another")
    found: dict[int, Any] = {}
    number = 0
    while kind := data[place]:
        place += 1
        if step := kind >> 4:
            number += step
        else:
            number, place = _signed(data, place)
        if kind & 15 in (1, 2):  # a truth is told by its type
            found[number] = kind & 15 == 1
        else:
            found[number], place = _value(data, place, kind & 15, depth)
    return found, place + 1


def _value(data: bytes, place: int, kind: int, depth: int) -> tuple[Any, int]:
    if kind in (1, 2, 3):
        return data[place], place + 1
    if kind in (4, 5, 6):
        return _signed(data, place)
    if kind == 7:
        return struct.unpack_from("<d", data, place)[0], place + 8
    if kind == 8:
        count, place = varint(data, place)
        if place + count > len(data):
            raise IndexError("is cut")
        return data[place : place + count], place + count
    if kind in (9, 10):
        return _list(data, place, depth)
    if kind == 12:
        return read_struct(data, place, depth + 1)
    raise ValueError(f"a value of type {kind}")


def _list(data: bytes, place: int, depth: int) -> tuple[list[Any], int]:
    count, kind, place = data[place] >> 4, data[place] & 15, place + 1
    if count == 15:
        count, place = varint(data, place)
    values = []
    for _ in range(count):  # each takes a byte at least
        value, place = _value(data, place, kind, depth + 1)
        values.append(value)
    return values, place


def _signed(data: bytes, place: int) -> tuple[int, int]:
    """Zigzag: 0, -1, 1, -2 ..."""
    number, place = varint(data, place)
    return (number >> 1) ^ -(number & 1), place
