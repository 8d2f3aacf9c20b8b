"""Do the tests see a wrong formula? The maths is changed in one place at a time; some test must then fail.

    python benchmarks/mutants.py [FILE ...] [--tests PATH ...] [--sample N] [--list]
    make mutants                                 # all; writes results/mutants.json

mutmut 3.8 works here, but leaves out every function with a decorator (all that is `@torch.no_grad()`), and each mutant
collects the tests and makes their session's fixtures, trained runs, anew; cosmic-ray starts a process, which imports
torch, for each. Here the tests are collected once, each is run once to see which functions it enters, and each mutant
is a fork, in which those tests run, the quickest first, until one fails.

What is changed: operators of arithmetic, comparison and logic; numbers (one more); True and False; conditions;
arguments left out (but `device`); `x.f(...)` and `module.f(x)` become x (but `x.cpu()` and `x.to(device)`, the same on
a CPU); sums and means, least and greatest, sines and cosines exchanged; statements left out. In functions, their
defaults, numeric constants and tables of losses and solvers; not in messages, types, and the METRICS tables, which tell
names and units.

Survivors that differ in nothing that a test can see stand with the reason in mutants-survivors.json; any other fails.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import resource
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

HERE = Path(__file__).resolve().parent
SOURCE, TESTS = HERE.parent / "src" / "aegean", HERE.parent / "tests"
FILES = [
    *("losses.py", "distributions.py", "models/_likelihood.py", "models/ode.py"),
    *(f"training/{name}.py" for name in ("ema", "schedule", "precision", "augmentation", "callbacks", "regularisers")),
    *sorted(str(path.relative_to(SOURCE)) for path in (SOURCE / "evaluation" / "metrics").glob("[!_]*.py")),
]
SUITES = [
    *(
        "test_losses.py",
        "test_distributions.py",
        "models/test_ode.py",
        "models/test_likelihood.py",
        "models/test_vae.py",
        "evaluation",
    ),
    *(
        f"training/test_{name}.py"
        for name in ("schedule", "augmentation", "callbacks", "watching", "precision", "regularisers", "trainer")
    ),
]
SLOWEST, MOST, FEWEST = 6.0, 8.0, 4  # CPU seconds of a test, and of those of a function; of which there are some anyway

SWAPPED: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    **{ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Div,), ast.Div: (ast.Mult,), ast.Pow: (ast.Mult,)},
    **{ast.FloorDiv: (ast.Div,), ast.Mod: (ast.Mult,), ast.BitOr: (ast.BitAnd,), ast.BitAnd: (ast.BitOr,)},
    **{ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt)},
    **{ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,)},
    **{ast.In: (ast.NotIn,), ast.NotIn: (ast.In,), ast.And: (ast.Or,), ast.Or: (ast.And,)},
}
PAIRS = ("sum mean", "amin amax", "min max", "argmin argmax", "any all", "sin cos", "clamp_min clamp_max")
OTHER = {one: other for pair in PAIRS for one, other in (pair.split(), reversed(pair.split()))}
LEFT_OUT = {"annotation", "returns", "decorator_list", "type_comment"}  # fields without effect


def changed(node: ast.AST, modules: set[str]) -> Iterator[ast.AST]:
    """What may stand in the place of a node."""
    for kind in SWAPPED.get(type(node), ()):
        yield kind()
    match node:
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            yield ast.Constant(value + 1)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.IfExp(body=body, orelse=other):
            yield from (body, other)
        case ast.If(test=test, body=body, orelse=other):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, other)
        case ast.Expr(value=ast.Call()):
            yield ast.Pass()
        case ast.Call():
            yield from called_otherwise(node, modules)


def called_otherwise(node: ast.Call, modules: set[str]) -> Iterator[ast.AST]:
    """A call without one of its arguments, of another function, or not done at all."""
    match node:
        case ast.Call(func=ast.Attribute(attr="cpu")):
            return
        case ast.Call(func=ast.Attribute(attr="to"), args=[where]) if ast.unparse(where).endswith("device"):
            return
    for left_out in node.keywords:
        if left_out.arg != "device":
            yield ast.Call(node.func, node.args, [each for each in node.keywords if each is not left_out])
    if len(node.args) > 1:
        yield ast.Call(node.func, node.args[:-1], node.keywords)
    match node.func:
        case ast.Attribute(value=ast.Name(id=name)) if name in modules:
            yield from node.args[:1]
        case ast.Attribute(value=value, attr=name):
            yield value
            if name in OTHER:
                yield ast.Call(ast.Attribute(value, OTHER[name], ast.Load()), node.args, node.keywords)
        case ast.Name(id="min" | "max" | "any" | "all" as name):
            yield ast.Call(ast.Name(OTHER[name], ast.Load()), node.args, node.keywords)


def places(node: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, ast.AST]]:
    """(parent, field, index, child) of all that may be changed below a node."""
    for field, value in ast.iter_fields(node):
        if field in LEFT_OUT:
            continue
        for k, child in enumerate(value) if isinstance(value, list) else ((None, value),):
            if isinstance(child, ast.AST) and not isinstance(child, ast.Raise | ast.JoinedStr | ast.Import):
                yield node, field, k, child
                yield from places(child)


def put(parent: ast.AST, field: str, index: int | None, child: ast.AST) -> None:
    """Set a child of a node."""
    if index is None:
        setattr(parent, field, child)
    else:
        getattr(parent, field)[index] = child


def parts(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """(qualified name, node) of each function, method, numeric constant and table of a module."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{each.name}", each) for each in node.body if isinstance(each, ast.FunctionDef))
        elif isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.Assign | ast.AnnAssign) and not isinstance(node.value, ast.Subscript):
            name = ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)
            if name.isupper() and name != "METRICS":
                yield name, node


def mutants(path: Path) -> Iterator[tuple[str, str, CodeType]]:
    """(qualified name of what is changed, "line: before -> after", the module's code) of each mutant of a file."""
    tree = ast.parse(path.read_text())
    modules = {a.asname or a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names} | {"F", "nn"}
    lines = path.read_text().splitlines()
    for name, part in parts(tree):
        for parent, field, index, child in list(places(part)):
            shown = part if not hasattr(parent, "lineno") else parent
            for other in changed(child, modules):
                before = ast.unparse(shown)
                put(parent, field, index, other)
                after = ast.unparse(shown)
                code = compile(ast.fix_missing_locations(tree), str(path), "exec")
                put(parent, field, index, child)
                if shown is part or "\n" in before:
                    before, after = lines[child.lineno - 1].strip(), ast.unparse(other)
                yield name, f"{before} -> {after}", code


def function(namespace: dict[str, Any], name: str) -> FunctionType | None:
    """The function of that qualified name, without its decorators; None if it is something else."""
    first, _, rest = name.partition(".")
    found = namespace.get(first)
    found = vars(found)[rest] if rest else found
    found = getattr(found, "fget", None) or getattr(found, "__func__", found)
    while hasattr(found, "__wrapped__"):
        found = found.__wrapped__
    return found if isinstance(found, FunctionType) else None


def apply(module: ModuleType, name: str, code: CodeType) -> None:
    """Change the module in this process, whoever has imported what from it."""
    fresh = {"__name__": module.__name__, "__file__": module.__file__, "__package__": module.__package__}
    exec(code, fresh)
    old, new = function(vars(module), name), function(fresh, name)
    if old is not None and new is not None:
        old.__code__, old.__defaults__, old.__kwdefaults__ = new.__code__, new.__defaults__, new.__kwdefaults__
    elif isinstance(fresh[name], dict):
        getattr(module, name).update(fresh[name])
    else:
        setattr(module, name, fresh[name])


class Until:
    """Says to pytest that the next test needs nothing but the session."""

    def __init__(self, session: pytest.Session) -> None:
        self.session = session

    def listchain(self) -> list[pytest.Session]:
        return [self.session]


class Hunt:
    """A pytest plugin: instead of running the tests, runs them against each mutant."""

    def __init__(self, files: list[str], sample: int) -> None:
        self.files, self.sample = files, sample
        self.entered: dict[tuple[str, str], list[pytest.Item]] = defaultdict(list)
        self.seconds: dict[pytest.Item, float] = {}
        self.found: dict[str, dict[str, Any]] = {}

    def passes(self, item: pytest.Item) -> bool:
        """Run one test, whatever ran before."""
        item._initrequest()  # type: ignore[attr-defined]
        until: Any = Until(item.session)
        return all(report.outcome != "failed" for report in runtestprotocol(item, log=False, nextitem=until))

    def look(self, item: pytest.Item) -> None:
        """Run a test as the code is, and note which functions it enters."""
        seen: set[tuple[str, str]] = set()

        def note(frame: FrameType, event: str, _: Any) -> None:
            if event == "call" and frame.f_code.co_filename in self.paths:
                name = frame.f_code.co_qualname.partition(".<locals>")[0]
                seen.add((frame.f_code.co_filename, name))

        for _ in range(2):  # the first time it may pay for an import
            start = time.process_time()
            sys.setprofile(note)
            passed = self.passes(item)
            sys.setprofile(None)
            seconds = time.process_time() - start
            if seconds < SLOWEST:
                break
        if passed and seconds < SLOWEST:
            self.seconds[item] = seconds
            for key in seen:
                self.entered[key].append(item)

    def tests_of(self, path: str, name: str) -> list[pytest.Item]:
        """The tests that enter a function, or for a constant any function of its file; the quickest first."""
        known = self.entered if name.isupper() else {(path, name): self.entered.get((path, name), [])}
        timed = {item for (file, _), each in known.items() if file == path for item in each}
        chosen, total = list[pytest.Item](), 0.0
        for item in sorted(timed, key=self.seconds.__getitem__):
            total += self.seconds[item]
            if total < MOST or len(chosen) < FEWEST:  # also where the machine is slow
                chosen.append(item)
        return chosen

    def survives(self, module: ModuleType, name: str, code: CodeType, tests: list[pytest.Item]) -> bool:
        """Whether all tests pass with the change, in a fork that may take several times as long as they took."""
        child = os.fork()
        if child == 0:
            most = 10 + 5 * int(sum(self.seconds[item] for item in tests))
            resource.setrlimit(resource.RLIMIT_CPU, (most, most))
            signal.alarm(600)
            survived = False
            try:
                apply(module, name, code)
                survived = all(self.passes(item) for item in tests)
            finally:
                os._exit(0 if survived else 1)
        return os.waitpid(child, 0)[1] == 0

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.paths = {str(SOURCE / file) for file in self.files}
        for item in session.items:
            self.look(item)
        print(f"{len(session.items)} tests, {len(self.entered)} functions entered", file=sys.__stderr__, flush=True)
        for file in self.files:
            every = list(mutants(SOURCE / file))
            some = random.Random(0).sample(every, self.sample) if 0 < self.sample < len(every) else every
            module = sys.modules.get("aegean." + file.removesuffix(".py").replace("/", "."))
            left = []
            for name, what, code in some:
                tests = self.tests_of(str(SOURCE / file), name)
                if module is None or self.survives(module, name, code, tests):
                    left.append(f"{name}: {what}" + ("" if tests else "  (no test enters it)"))
            self.found[file] = {"mutants": len(every), "tried": len(some), "survived": left}
            print(f"{file}: {len(left)} of {len(some)} survived", *left, sep="\n    ", file=sys.__stderr__, flush=True)
        return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILE", help="below src/aegean; all of those named in this file")
    parser.add_argument("--tests", nargs="+", default=SUITES, metavar="PATH", help="below tests; all of those here")
    parser.add_argument("--sample", type=int, default=0, help="so many mutants of each file, drawn by seed 0; 0: all")
    parser.add_argument("--list", action="store_true", help="only count them")
    parser.add_argument("--out", type=Path, default=HERE / "results" / "mutants.json")
    words = parser.parse_args()
    files = words.files or FILES
    if words.list:
        print(*(f"{len(list(mutants(SOURCE / file))):5} {file}" for file in files), sep="\n")
        return
    hunt = Hunt(files, words.sample)
    pytest.main(["-q", "-p", "no:cacheprovider", "--durations=0", *(str(TESTS / each) for each in words.tests)], [hunt])
    reasons = json.loads((HERE / "mutants-survivors.json").read_text())
    survived = [f"{file}: {what}" for file, found in hunt.found.items() for what in found["survived"]]
    unnamed = [each for each in survived if each not in reasons]
    tried = sum(found["tried"] for found in hunt.found.values())
    counts = {"tried": tried, "killed": tried - len(survived), "no test can see": len(survived) - len(unnamed)}
    record = {"benchmark": "mutants", **counts, "survived": unnamed, "files": hunt.found}
    words.out.write_text(json.dumps(record, indent=2) + "\n")
    print(*(f"{count} {name}" for name, count in counts.items()), "and without a reason:", *unnamed, sep="\n    ")
    sys.exit(bool(unnamed))


if __name__ == "__main__":
    main()
