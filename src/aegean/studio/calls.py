"""A function of the studio -> a call that a browser and `gradio_client` may make, whatever they send."""

from __future__ import annotations

import functools
import inspect
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, get_type_hints

from aegean.errors import InputError
from aegean.families.settings import Settings, check

logger = logging.getLogger("aegean")
Call = Callable[..., Any]


def checked(function: Call, studio: Any) -> Call:
    """`function(studio, ...)` without its first argument, each of the others checked by type and bounds.

    Whatever goes wrong is one sentence, raised as gradio's error, which reaches the page; a fault of ours also goes to
    the log with its traceback.
    """
    signature = inspect.signature(function)
    hints = get_type_hints(function, include_extras=True)
    names = list(signature.parameters)[1:]
    kinds = type(function.__name__, (Settings,), {"__annotations__": {name: hints[name] for name in names}})

    def arguments(given: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
        try:
            bound = signature.bind(studio, *given, **named)
        except TypeError as error:
            raise InputError(f"{function.__name__}: {error}") from error
        return {name: check(kinds, name, value) for name, value in list(bound.arguments.items())[1:]}

    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def call(*given: Any, **named: Any) -> Any:
            with _sentences():
                yield from function(studio, **arguments(given, named))
    else:

        @functools.wraps(function)
        def call(*given: Any, **named: Any) -> Any:
            with _sentences():
                return function(studio, **arguments(given, named))

    plain = get_type_hints(function)
    call.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[signature.parameters[name].replace(annotation=plain[name]) for name in names],
        return_annotation=dict,
    )
    call.__annotations__ = {**{name: plain[name] for name in names}, "return": dict}
    return call


@contextmanager
def _sentences() -> Iterator[None]:
    """Errors as sentences."""
    try:
        yield
    except Exception as error:
        from gradio import Error

        raise Error(sentence(error), print_exception=False) from error


def sentence(error: Exception) -> str:
    """What is said of an error on the page."""
    if isinstance(error, InputError):
        words = re.sub(r"(?<!\S)--([a-z][\w-]*)", lambda found: found[1].replace("-", " "), str(error))
    elif isinstance(error, OSError) and error.strerror:
        words = error.strerror
    else:
        logger.error("studio: %s: %s", type(error).__name__, error, exc_info=error)
        words = f"something went wrong in the studio ({type(error).__name__}); its terminal says more"
    words = words if len(words) <= 400 else words[:397] + "..."
    first = words.split(" ", 1)[0]
    return words[:1].upper() + words[1:] if first.isalpha() else words
