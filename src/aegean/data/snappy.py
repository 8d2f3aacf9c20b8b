"""Snappy, as parquet files are compressed with it: runs of new bytes, and copies of what was written before."""

from __future__ import annotations


def decompress(packed: bytes, size: int) -> bytes:
    """ValueError where it does not unpack to exactly `size` bytes."""
    length, place = varint(packed, 0)
    if length != size:
        raise ValueError(f"says that it unpacks to {length:,} bytes, not {size:,}")
    out = bytearray()
    while place < len(packed):
        tag = packed[place]
        kind, count, place = tag & 3, tag >> 2, place + 1
        if kind == 0:  # new bytes; from 60 on, the count stands in the next 1 to 4
            extra = max(0, count - 59)
            count = (int.from_bytes(packed[place : place + extra], "little") if extra else count) + 1
            place += extra
            out += packed[place : place + count]
            place += count
        else:
            wide = (0, 1, 2, 4)[kind]
            back = int.from_bytes(packed[place : place + wide], "little")
            if kind == 1:
                back |= (count >> 3) << 8
                count = (count & 7) + 3
            place, count = place + wide, count + 1
            if not 0 < back <= len(out):
                raise ValueError("copies what was not written")
            some = out[-back:][:count]  # where it reaches into itself, it repeats
            out += (some * (count // len(some) + 1))[:count]
        if len(out) > size:
            break
    if len(out) != size:
        raise ValueError(f"unpacks to {len(out):,} bytes, not {size:,}")
    return bytes(out)


def varint(data: bytes, place: int) -> tuple[int, int]:
    """A number of 7 bits a byte, the lowest first, and where it ends."""
    number = shift = 0
    while True:
        byte = data[place]
        number |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return number, place
        if shift > 63:
            raise ValueError("a number of more than 64 bits")
