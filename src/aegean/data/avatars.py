"""Placeholder until drawn."""

from aegean.data.source import Source
from aegean.errors import InputError


def source() -> Source:
    raise InputError("avatars: not yet")
