"""What happened, written down: the lines of metrics.jsonl, previews, validation, checkpoints."""

from __future__ import annotations

import time
from typing import Any

import torch
from torch import Tensor

from aegean.data.types import Dataset, ImageSet, spread
from aegean.errors import InputError
from aegean.runs import NotFinite, Run
from aegean.training.callbacks import Callbacks
from aegean.training.diagnosis import verdict
from aegean.training.preview import preview
from aegean.training.progress import Line
from aegean.training.schedule import BalancedOrder, learning_rate
from aegean.training.trackers import Tracker
from aegean.training.trainer import Trainer

VALIDATION = 1000  # images on which the losses are also reported
VALIDATION_OF_TWO = 16  # the same, of two domains: translators are large, and each image passes six times
AT_ONCE = 16  # of these, or more where batches are larger
SHOWN = 64  # of these in a preview
DIVERGED = "lower --learning-rate or set --clip"  # what then helps


def _parts(looked: ImageSet, trainer: Trainer) -> list[Tensor]:
    """The validation images in parts like the batches of the training; none where an attribute is the same in all."""
    size = max(AT_ONCE, trainer.training.batch_size)
    balanced = list(trainer.model.balanced)
    if not balanced or looked.attributes is None:
        return list(torch.arange(len(looked)).chunk(max(1, round(len(looked) / size))))
    has = looked.attributes[:, balanced]
    if bool((has.amin(0) == has.amax(0)).any()):
        return []
    order = BalancedOrder(has, size, seed=0)
    return [order(number) for number in range(max(1, len(looked) // size))]


class Recorder:
    """Writes down what happened without making the device wait: terms are read every `log_every` steps."""

    def __init__(self, trainer: Trainer, dataset: Dataset, run: Run, callbacks: Callbacks) -> None:
        self.callbacks = callbacks
        self.trainer, self.run, self.writes = trainer, run, trainer.distributed.first
        self.looked = dataset.validation.some(VALIDATION_OF_TWO if dataset.spec.domains else VALIDATION)
        self.parts = _parts(self.looked, trainer)
        self.waiting: list[dict[str, Tensor]] = []
        self.tracker = Tracker(trainer.config, run if self.writes else None)
        self.lines = run.history
        self.before = max((record.get("seconds", 0.0) for record in self.lines), default=0.0)
        self.started = time.perf_counter()
        self.last = (trainer.step, self.started)
        self.saved = trainer.step

    def note(self, logged: dict[str, Tensor], line: Line) -> None:
        """After each round."""
        self.waiting.append(logged)
        training, step = self.trainer.training, self.trainer.step
        last = step == training.steps
        if step % training.log_every == 0 or step % training.save_every == 0 or last:
            self.log(line)
        elif step % 10 == 0:
            line.show(step)
        if training.preview_every and (step % training.preview_every == 0 or last):
            self.look()
        if step % training.save_every == 0 or last:  # when all of the step is written down
            self.save()

    def log(self, line: Line) -> None:
        """Means over the steps since the last line; stops the run where one is not a number."""
        if not self.waiting:
            return
        names = list(self.waiting[0])
        values = torch.stack([torch.stack([terms[name].float() for name in names]) for terms in self.waiting]).cpu()
        step = self.trainer.step
        self.waiting = []
        if not values.isfinite().all():
            row, column = (~values.isfinite()).nonzero()[0].tolist()
            raise self._diverged(
                f"{names[column]} became {values[row, column]:.4g} at step {step - len(values) + row + 1}"
            )
        now = time.perf_counter()
        rate = (step - self.last[0]) * self.trainer.training.images / max(now - self.last[1], 1e-9)
        self.last = (step, now)
        terms = dict(zip(names, values.mean(0).tolist()))
        record = {
            "step": step,
            "images": step * self.trainer.training.images,
            "seconds": round(self._seconds(), 2),
            "images/s": round(rate, 1),
            "learning_rate": learning_rate(self.trainer.training, step - 1),
            **terms,
        }
        self.lines.append(record)
        config = self.trainer.config
        lost = verdict(self.lines, config.family, getattr(config.model, "sees", "pixels"))
        line.show(step, rate, terms, lost)
        self._write(record | ({"verdict": lost} if lost else {}))

    def _diverged(self, what: str) -> InputError:
        """Write down that the run is lost; what to raise, which says what is kept of it."""
        step, kept = self.trainer.step, self.run.step
        self._write({"step": step, "seconds": round(self._seconds(), 2), "verdict": f"divergence: {what}; {DIVERGED}"})
        return InputError(
            f"{what}; {'the checkpoint of step ' + str(kept) if kept else 'no checkpoint'} is kept; {DIVERGED}"
        )

    def _seconds(self) -> float:
        """Seconds of training so far, over all parts of the run."""
        return self.before + time.perf_counter() - self.started

    @torch.no_grad()
    def look(self) -> None:
        """The preview picture, and the losses of the averaged model on validation images."""
        if not self.writes:
            return
        model, device = self.trainer.ema.model, self.trainer.distributed.device
        shown = self.looked.batch(spread(len(self.looked), SHOWN), device=device)
        preview(model, shown, self.run, self.trainer.step)
        torch.manual_seed(0)
        sums: dict[str, float] = {}
        for part in self.parts:
            batch = self.looked.batch(part, device=device)
            for player in model.players():
                loss, terms = player.loss(batch)
                for name, value in {**terms, "loss": loss}.items():
                    name = f"validation/{player.name}/{name}"
                    sums[name] = sums.get(name, 0.0) + len(part) * float(value)
        count = sum(len(part) for part in self.parts)
        self._write({"step": self.trainer.step} | {name: total / count for name, total in sums.items()})

    def save(self) -> None:
        """A checkpoint, of numbers alone: one that holds others would take the place of a good one."""
        if self.writes:
            try:
                self.trainer.save(self.run)
            except NotFinite as error:
                raise self._diverged(f"{error} at step {self.trainer.step}") from error
            self.callbacks.on_checkpoint(self.trainer, self.run)
        self.saved = self.trainer.step
        self.trainer.distributed.wait()

    def close(self, line: Line, reason: str | None = None) -> None:
        """Write down what is left: on the last step, or where the user or, for a reason, a callback stops."""
        self.log(line)
        if reason is not None:
            self._write({"step": self.trainer.step, "stopped": reason})
        if self.saved != self.trainer.step:
            self.save()
        self.tracker.close()

    def _write(self, record: dict[str, Any]) -> None:
        if self.writes:
            self.run.log(record)
            self.tracker.log(record)
            self.callbacks.on_log(self.trainer, self.run, record)
