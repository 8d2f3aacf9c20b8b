"""The names that stand in a run's config for data from Python: they can be opened only if the data are given again."""

from aegean.data.given import PREFIX
from aegean.data.source import Source
from aegean.data.sources import Format
from aegean.errors import InputError


def _refuse(word: str) -> Source:
    raise InputError(
        f"{word}: these data came from Python, and a run does not keep them; give them again: resume(run, data=X), "
        "evaluate(run, data=X), make_report(run, data=X), or load(run).give_data(X)"
    )


FORMAT = Format("data from Python", lambda word: word.startswith(PREFIX), _refuse, priority=2)
