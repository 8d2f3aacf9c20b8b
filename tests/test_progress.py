"""The line that says how far something is: where somebody sees it, and nowhere else."""

import io

import pytest
from rich.console import Console
from rich.progress import TextColumn

from aegean.progress import progress_bar, shows


def test_it_shows_in_a_terminal_and_in_a_notebook_alone() -> None:
    assert shows(Console(file=io.StringIO(), force_terminal=True))
    assert shows(Console(file=io.StringIO(), force_jupyter=True))
    assert not shows(Console(file=io.StringIO(), force_terminal=False))


@pytest.mark.parametrize(("colour", "shown", "said"), [("1", True, True), ("1", False, False), ("", True, False)])
def test_it_is_silent_where_it_is_not_wanted(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, colour: str, shown: bool, said: bool
) -> None:
    monkeypatch.setenv("FORCE_COLOR", colour)
    with progress_bar(TextColumn("{task.description}"), shown=shown) as bar:
        bar.add_task("on its way", total=3)
    out, err = capsys.readouterr()
    assert ("on its way" in err) == said
    assert out == ""
