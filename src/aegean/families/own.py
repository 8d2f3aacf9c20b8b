"""Networks of the user's own in the place of a family's: by an importable name and its arguments, never by a pickle.

    aegean.train("vae", latent=8, encoder=nets.Encoder, encoder_arguments={"outputs": 16})
    aegean train vae --latent 8 --networks "encoder=nets:Encoder(outputs=16)"

Both are recorded as the second; wherever the run is opened, `nets` must be importable.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from aegean.errors import InputError, did_you_mean
from aegean.families.settings import Settings

_WORD = re.compile(r"(?P<place>\w+)=(?P<module>[\w.]+):(?P<name>[\w.]+)(?P<call>\(.*\))?", re.DOTALL)


@dataclass(frozen=True)
class Place:
    """Where a network of the user's own may stand."""

    takes: tuple[Literal["image", "mask", "code", "changes"], ...] = ("image",)
    """What it is called with, beside labels where the model is conditional."""

    attributes: tuple[str, ...] = ()
    """What it is called in the model, where it is not called as the place is; for each of several one is built."""


@dataclass(frozen=True)
class OwnNetworksConfig(Settings):
    """Base of the settings of families whose networks can be replaced."""

    replaceable: ClassVar[Mapping[str, Place]] = {}

    networks: tuple[str, ...] = ()
    """Networks of your own in the place of this family's, such as "encoder=package.module:Class(width=8)": same shapes
    in and out; a conditional one takes the labels as well. From Python also encoder=Class,
    encoder_arguments={"width": 8}."""

    def problem(self) -> str | None:
        """Networks that this family does not have, and words that are not understood."""
        try:
            places = [parse(word).place for word in self.networks]
        except InputError as error:
            return str(error)
        for place in places:
            if place not in self.replaceable:
                known = list(self.replaceable)
                return f"--networks {place}=...: must be one of {', '.join(known)}." + did_you_mean(place, known, "")
            if places.count(place) > 1:
                return f"--networks {place}=...: is given twice"
        return super().problem()


@dataclass(frozen=True)
class OwnNetwork:
    """What is needed to build a network again."""

    place: str
    module: str
    name: str
    arguments: Mapping[str, Any]


def parse(word: str) -> OwnNetwork:
    """The parts of a word such as "encoder=package.module:Class(width=8)"; InputError where it is not of this form."""
    try:
        place, module, name, call = _parts(word)
        arguments = {str(each.arg): ast.literal_eval(each.value) for each in call.keywords}
    except (SyntaxError, ValueError):
        raise InputError(
            f"--networks {word}: must be written as encoder=package.module:Class or"
            " encoder=package.module:Class(width=8), arguments by name and plain numbers, words or lists"
        ) from None
    return OwnNetwork(place, module, name, arguments)


def _parts(word: str) -> tuple[str, str, str, ast.Call]:
    """Place, module, class and call; ValueError or SyntaxError where it has others."""
    found = _WORD.fullmatch(word)
    if found is None:
        raise ValueError(word)
    call = ast.parse(f"_{found['call'] or '()'}", mode="eval").body
    if not isinstance(call, ast.Call) or call.args or any(each.arg is None for each in call.keywords):
        raise ValueError(word)
    return found["place"], found["module"], found["name"], call


def folded(settings: Any, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Changes of settings, in which encoder=Class and encoder_arguments={...} have become a word of `networks`."""
    rest = dict(changes)
    if not isinstance(settings, OwnNetworksConfig):
        return rest
    given: dict[str, str] = {}
    for place in settings.replaceable:
        network, arguments = rest.get(place), rest.pop(f"{place}_arguments", None)
        if isinstance(network, str | type):  # a number is a setting: how wide the family's own discriminator is
            given[place] = _word(place, rest.pop(place), arguments or {})
        elif arguments is not None:
            raise InputError(f"{place}_arguments: are those of a network of your own; set {place} as well")
    if given:
        known = rest.get("networks", settings.networks)
        known = [known] if isinstance(known, str) else known
        others = [word for word in known if word.partition("=")[0] not in given]
        rest["networks"] = [*others, *given.values()]
    return rest


def _word(place: str, network: str | type, arguments: Mapping[str, Any]) -> str:
    if isinstance(network, type):
        name = f"{network.__module__}:{network.__qualname__}"
        if network.__module__ == "__main__" or "<locals>" in name:
            raise InputError(
                f"{place}={network.__name__}: a run records a network by its name, not by its code: write the class at"
                f" the top of a module that can be imported, such as nets.py, and give {place}=nets.{network.__name__}"
            )
    else:
        name = network
    call = "(" + ", ".join(f"{key}={value!r}" for key, value in arguments.items()) + ")" if arguments else ""
    return f"{place}={name}{call}"
