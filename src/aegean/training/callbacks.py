"""What is called as a training goes on: yours, and two that many want.

class Print(aegean.Callback):
    def on_log(self, trainer, run, line):
        print(line)

aegean.train("vae", data="digits", callbacks=[Print(), aegean.StopEarly("validation/vae/loss", patience=5)])
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aegean.errors import InputError, did_you_mean
from aegean.runs import Run

if TYPE_CHECKING:
    from torch import Tensor

    from aegean.training.trainer import Trainer


class Callback:
    """Does nothing; override what you want to hear. `trainer.stop(reason)` in any of them ends the training cleanly.

    `trainer.model` is what is trained, `trainer.ema.model` its average, `trainer.step` the number of steps done.
    Of several processes each calls `on_step`; the first one, which writes, calls the others.
    """

    def on_start(self, trainer: Trainer, run: Run) -> None:
        """Before the first step, also of a resumed run."""

    def on_step(self, trainer: Trainer, logged: Mapping[str, Tensor]) -> None:
        """After each step. `logged`: scalars by "player/term", on the device: to read one makes the host wait."""

    def on_log(self, trainer: Trainer, run: Run, line: Mapping[str, Any]) -> None:
        """After each line of metrics.jsonl: means over the steps since the last one, or the validation losses."""

    def on_checkpoint(self, trainer: Trainer, run: Run) -> None:
        """After each checkpoint and its averaged weights."""

    def on_end(self, trainer: Trainer, run: Run) -> None:
        """After the last step, or where a callback stopped the run; not where it was interrupted."""


class _Watch(Callback):
    """Follows one term of metrics.jsonl, such as "validation/vae/loss"; a resumed run's lines are its memory."""

    def __init__(self, term: str, higher_is_better: bool = False) -> None:
        self.term, self.sign = term, 1.0 if higher_is_better else -1.0

    def on_start(self, trainer: Trainer, run: Run) -> None:
        """InputError where there will be no such lines."""
        if self._validates(self.term) and not trainer.training.preview_every:
            raise InputError(f"{self.term}: --preview-every 0 leaves out validation; set it to some steps")
        self.best, self.since = -math.inf, 0  # the higher the better; lines since then
        for line in run.history:
            self.improved(line)

    def improved(self, line: Mapping[str, Any]) -> bool | None:
        """Whether the term is better than ever; None for a line of another kind; InputError where its kind lacks it."""
        known = [name for name in line if "/" in name and name != "images/s"]
        if all(self._validates(name) != self._validates(self.term) for name in known):
            return None
        if self.term not in line:
            raise InputError(f"metrics.jsonl has no term {self.term!r}.{did_you_mean(self.term, known)}")
        value = self.sign * float(line[self.term])
        improved = value > self.best
        self.best, self.since = (value, 0) if improved else (self.best, self.since + 1)
        return improved

    @staticmethod
    def _validates(name: str) -> bool:
        return name.startswith("validation/")


class KeepBest(_Watch):
    """Keeps the averaged weights of the step at which a term was best, in RUN/best.safetensors."""

    def on_log(self, trainer: Trainer, run: Run, line: Mapping[str, Any]) -> None:
        """Where the term is better than ever."""
        if self.improved(line):
            trainer.save_weights(run, run.best_path)


class StopEarly(_Watch):
    """Stops where a term has not been better than its best for `patience` lines on end."""

    def __init__(self, term: str, patience: int, higher_is_better: bool = False) -> None:
        super().__init__(term, higher_is_better)
        if patience < 1:
            raise InputError(f"StopEarly: patience {patience} must be 1 or more")
        self.patience = patience

    def on_log(self, trainer: Trainer, run: Run, line: Mapping[str, Any]) -> None:
        """Where the term has been no better for too long."""
        if self.improved(line) is False and self.since >= self.patience:
            trainer.stop(f"{self.term} has not been better for {self.since} lines than {self.sign * self.best:.4g}")


class Callbacks(Callback):
    """All of a training's, in order."""

    def __init__(self, each: Callback | Sequence[Callback], writes: bool) -> None:
        each = [each] if isinstance(each, Callback) else each
        for callback in each:
            if not isinstance(callback, Callback):
                raise InputError(f"callbacks: {callback!r} is no instance of a subclass of aegean.Callback")
        self.each, self.writers = list(each), list(each) if writes else []

    def on_start(self, trainer: Trainer, run: Run) -> None:
        """To all."""
        for callback in self.writers:
            callback.on_start(trainer, run)

    def on_step(self, trainer: Trainer, logged: Mapping[str, Tensor]) -> None:
        """To all."""
        for callback in self.each:
            callback.on_step(trainer, logged)

    def on_log(self, trainer: Trainer, run: Run, line: Mapping[str, Any]) -> None:
        """To all."""
        for callback in self.writers:
            callback.on_log(trainer, run, line)

    def on_checkpoint(self, trainer: Trainer, run: Run) -> None:
        """To all."""
        for callback in self.writers:
            callback.on_checkpoint(trainer, run)

    def on_end(self, trainer: Trainer, run: Run) -> None:
        """To all."""
        for callback in self.writers:
            callback.on_end(trainer, run)
