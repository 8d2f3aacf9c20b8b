"""What the user says of a set that could be read in several ways: its range of values, and whether it has splits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from aegean.errors import InputError
from aegean.families import DataConfig

_config: ContextVar[DataConfig] = ContextVar("_config", default=DataConfig())  # noqa: B039 (frozen)
_heeded: ContextVar[set[str]] = ContextVar("_heeded")
_usual: ContextVar[tuple[float, float] | None] = ContextVar("_usual", default=None)
UNUSED = {
    "range": "--range is of arrays, whose numbers may mean several things; these images say what theirs mean",
    "splits": "--splits none is of a folder that holds train, validation or test",
}


@contextmanager
def asking(config: DataConfig) -> Iterator[None]:
    """Within it formats may ask; InputError at its end for what was said and is of no use to any of them."""
    heeded: set[str] = set()
    tokens = _config.set(config), _heeded.set(heeded)
    try:
        yield
    finally:
        _config.reset(tokens[0])
        _heeded.reset(tokens[1])
    for name, why in UNUSED.items():
        if getattr(config, name) != getattr(DataConfig(), name) and name not in heeded:
            raise InputError(f"{config.data}: {why}")


@contextmanager
def usual_range(range: tuple[float, float] | None) -> Iterator[None]:
    """Within it arrays whose range nobody gives are read as those of a run, which had this one."""
    token = _usual.set(range)
    try:
        yield
    finally:
        _usual.reset(token)


def asked_range() -> tuple[float, float] | None:
    """Which numbers are black and white, if the user says so."""
    _heed("range")
    return _config.get().range or _usual.get()


def without_splits() -> bool:
    """Whether folders called train, validation and test are classes like others."""
    _heed("splits")
    return _config.get().splits == "none"


def _heed(name: str) -> None:
    _heeded.get(set()).add(name)
