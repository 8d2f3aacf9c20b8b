"""Things by name: those that came along, those of installed packages (an entry point each), those of this process."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Generic, TypeVar

from aegean.errors import InputError, did_you_mean

Thing = TypeVar("Thing")


class Registry(Mapping[str, Thing], Generic[Thing]):
    """Name -> thing, found when first asked for."""

    def __init__(self, kind: type[Thing], word: str, group: str, own: Callable[[], dict[str, Thing]]) -> None:
        """`word`: what one is called in messages; `group`: of entry points; `own`: finds those that came along."""
        self.kind, self.word, self.group = kind, word, group
        self.own = functools.cache(own)
        self.registered: dict[str, Thing] = {}

    def register(self, name: str, thing: Thing, replace: bool = False) -> Thing:
        """Make a thing known in this process; InputError where its name is taken, or no identifier."""
        if not name.isidentifier():
            raise InputError(f"a {self.word} cannot be called {name!r}: letters, digits and underscores")
        if not replace and name in self:
            raise InputError(f"there is a {self.word} called {name!r} already; replace=True takes its place")
        self.registered[name] = thing
        return thing

    def find(self, name: str, words: str) -> Thing:
        """The thing of that name; InputError, "no WORDS is called ...", with the nearest names."""
        if name not in self:
            raise InputError(f"no {words} is called {name!r}.{did_you_mean(name, list(self))}")
        return self[name]

    def __getitem__(self, name: str) -> Thing:
        if name in self.registered:
            return self.registered[name]
        return self.own()[name] if name in self.own() else self._load(name)

    def __contains__(self, name: object) -> bool:
        return name in self.registered or name in self.own() or name in self._installed

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self.own(), *self._installed, *self.registered]))

    def __len__(self) -> int:
        return len(list(iter(self)))

    @functools.cached_property
    def _installed(self) -> dict[str, EntryPoint]:
        return {point.name: point for point in entry_points(group=self.group)}

    def _load(self, name: str) -> Thing:
        point = self._installed[name]
        try:
            thing = point.load()
        except Exception as error:  # whatever another package's import raises
            raise InputError(f"the {self.word} {name!r} of {point.value} cannot be imported: {error}") from error
        if not isinstance(thing, self.kind):
            raise InputError(f"the {self.word} {name!r}: {point.value} is not an aegean.{self.kind.__name__}")
        return thing


def modules_in(package: str) -> dict[str, ModuleType]:
    """The modules of a package's folder, by name, imported: what a file there holds needs no list that names it."""
    names = [module.name for module in pkgutil.iter_modules(importlib.import_module(package).__path__)]
    return {name: importlib.import_module(f"{package}.{name}") for name in names}
