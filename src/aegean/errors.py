"""The one exception that means: the user can mend this. The command line prints it as one line and exits with 2."""


class InputError(ValueError):
    """Bad input: the message says what is wrong, where, and what to do, in one line."""


def first_line(error: BaseException) -> str:
    """What an error of somebody else's says, in one line; its kind where it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def did_you_mean(word: str, known: list[str], otherwise: str | None = None) -> str:
    """` Did you mean 'x'?` when something in `known` is close to `word`, else `otherwise`, or what there is."""
    import difflib

    close = difflib.get_close_matches(word, known, n=3, cutoff=0.5)
    if close:
        return " Did you mean " + " or ".join(repr(name) for name in close) + "?"
    return " There is: " + ", ".join(known) + "." if otherwise is None else otherwise
