"""The size of what one reads at a time: a file, a function. There are no exceptions."""

import ast
from pathlib import Path

import aegean

FILES, FUNCTIONS = 300, 60  # lines
HOUSE = Path(aegean.__file__).parent
SOURCES = sorted(HOUSE.rglob("*.py"))


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text())
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """From `def` to the last line, but for the docstring: that of a command is its help, as long as it has options."""
    first = function.body[0]
    told = ast.get_docstring(function) is not None and first.end_lineno is not None
    docstring = first.end_lineno - first.lineno + 1 if told else 0  # type: ignore[operator]
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def test_lines_are_counted_from_def_to_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text('class A:\n    @property\n    def b(self):\n        """c\n\n        """\n        return 1\n')
    assert [lines(function) for function in functions(path)] == [2]


def test_no_file_is_longer_than_one_reads() -> None:
    assert len(SOURCES) > 100
    assert {str(path): count for path in SOURCES if (count := len(path.read_text().splitlines())) > FILES} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    measured = [(f"{path}:{node.name}", lines(node)) for path in SOURCES for node in functions(path)]
    assert len(measured) > 1000
    assert [(name, count) for name, count in measured if count > FUNCTIONS] == []


def test_networks_know_no_config() -> None:
    rooms = {room: HOUSE / room for room in ("models", "networks")}
    knowing = {
        room for room, path in rooms.items() for file in path.rglob("*.py") if "aegean.families" in file.read_text()
    }
    assert knowing == {"models"}
