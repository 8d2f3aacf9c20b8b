"""One command's work for several processes: `torchrun --nproc-per-node 2 -m aegean evaluate RUN`.

Each process runs the whole command, but of many pieces of work each does every N-th, and what became of each piece is
handed to all, in order. So all know the same, and the first alone writes and prints. Pieces are cut as one process
cuts them: the result is that of one process, on CPUs to the bit. What a piece of work itself writes, such as what was
made of a photo, is written by the process that made it.

All that processes tell one another passes through `_exchanged`; one that fails tells what is wrong there, too, so that
none waits for it.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from aegean.errors import InputError
from aegean.resources import fault

if TYPE_CHECKING:
    import torch

Item = TypeVar("Item")
Result = TypeVar("Result")
PATIENCE = timedelta(days=1)  # torchrun ends all soon after one has died; until then the others wait


@dataclass
class Crew:
    """This process among those that share a command."""

    index: int = 0
    count: int = 1
    here: int = 0  # its number on its machine

    @property
    def first(self) -> bool:
        """Whether this is the process that writes and prints."""
        return self.index == 0


class Told(InputError):
    """What is wrong in one of the processes, which all know, and the first says."""


class _Word(NamedTuple):
    """What a process has to say at an exchange."""

    result: Any = None
    wrong: str | None = None
    remarks: str = ""


_alone = Crew()
_crew = _alone
_working = False  # on a piece of its own
_remarks = io.StringIO()  # of a process that is not the first


def crew() -> Crew:
    """This process among those that share the command that is running; by itself, if none do."""
    return _crew


def started() -> Crew:
    """This process among those that torchrun started, whether they share anything or not."""
    rank, count, here = (int(os.environ.get(name, "0")) for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"))
    return Crew(rank, count or 1, here)


def writes() -> bool:
    """Whether what is written now is kept: by the first process, and of a piece of work by whoever does it."""
    return _crew.first or _working


@contextlib.contextmanager
def shared() -> Iterator[None]:
    """Inside, work is shared with the other processes that torchrun started.

    Raises:
        Told: in all of them, if anything is wrong in one.
    """
    global _crew
    import torch._dynamo  # noqa: F401  (imported while a group is open, it keeps threads that abort the process at its end)
    from torch import distributed

    own = not distributed.is_initialized()
    if own:
        distributed.init_process_group("gloo", timeout=PATIENCE)
    _crew = started()
    try:
        with _quiet():
            try:
                yield
            except Told:
                raise
            except Exception as error:
                wrong = str(error) if isinstance(error, InputError) else fault(error)
                if wrong is None:
                    raise
                _exchanged(_Word(wrong=wrong))
            _exchanged(_Word())  # none goes while another may still want to hear from it
    finally:
        _crew = _alone
        if own:
            distributed.destroy_process_group()


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """What cannot be shared is done inside, by one process, while the others go on or wait."""
    global _crew
    _crew, before = _alone, _crew
    try:
        yield
    finally:
        _crew = before


def dealt(
    items: Sequence[Item], run: Callable[[Sequence[Item]], Iterable[Result]], device: torch.device | None = None
) -> Iterator[Result]:
    """What `run` gives for each of `items`, in order, in every process; each has it run for its own part of them.

    Args:
        items: The pieces of work, the same in each process.
        run: Items -> a result for each, in order.
        device: Where the tensors of results are wanted, of which several processes hand over copies on the CPU.

    Raises:
        Told: of any of them, in all.
    """
    among = _crew
    if among.count == 1 or _working:  # a part of a piece of work is no other's
        yield from run(items)
        return
    own = iter(run(items[among.index :: among.count]))
    for start in range(0, len(items), among.count):
        words = _exchanged(_next(own) if start + among.index < len(items) else _Word())
        for word in words[: len(items) - start]:
            yield word.result if device is None else brought(word.result, device)


def agreed(value: Result) -> Result:
    """What the first process gives, in all."""
    if _crew.count == 1 or _working:
        return value
    result: Result = _exchanged(_Word(value if _crew.first else None))[0].result
    return result


def first_alone(work: Callable[[], Result]) -> Result:
    """`work()`, by the first process before the others: what it keeps for later, they find."""
    if _crew.count == 1 or _working:
        return work()
    if _crew.first:
        result = work()
    _exchanged(_Word())
    return result if _crew.first else work()


def _next(own: Iterator[Result]) -> _Word:
    """The next result of this process, or what is wrong with it, and what was remarked on it."""
    global _working
    _working = True
    _heard()  # what was remarked before, the first has remarked, too
    try:
        return _Word(next(own), remarks=_heard())
    except InputError as error:
        return _Word(wrong=str(error), remarks=_heard())
    finally:
        _working = False


def _exchanged(own: _Word) -> list[_Word]:
    """What each process says, in order; Told where something is wrong with one."""
    import torch
    from torch import distributed

    words: list[Any] = [None] * _crew.count
    try:
        distributed.all_gather_object(words, brought(own, torch.device("cpu")))
    except RuntimeError as error:  # its end was that of another's connection
        raise Told("another process has ended") from error
    sys.stderr.write("".join(word.remarks for word in words))
    for word in words:
        if word.wrong is not None:
            raise Told(word.wrong)
    return words


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Processes but the first print nothing; what they remark on their pieces of work is handed to it."""
    if _crew.first:
        yield
        return
    with (
        Path(os.devnull).open("w") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(_remarks),
    ):
        yield


def _heard() -> str:
    """What was remarked since the last time."""
    heard = _remarks.getvalue()
    _remarks.seek(0)
    _remarks.truncate()
    return heard


def brought(result: Any, device: torch.device) -> Any:
    """The same with its tensors on a device."""
    import torch
    from torch.utils import _pytree

    return _pytree.tree_map(lambda leaf: leaf.to(device) if isinstance(leaf, torch.Tensor) else leaf, result)
