"""`evaluate`: measure a run and add the figures to its evaluation.json."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from aegean.data import is_given
from aegean.errors import InputError, did_you_mean
from aegean.evaluation.metrics import METRICS, Metric
from aegean.evaluation.subject import Subject
from aegean.families import check_seed, check_temperature
from aegean.runs import Run, command, load, machine


def evaluate(
    run: Run | str | Path,
    metrics: Sequence[str] | None = None,
    *,
    split: str = "test",
    limit: int | None = None,
    samples: int = 50,
    sigma: float | None = None,
    temperature: float = 1.0,
    data: Any = None,
    judge: Run | str | Path | None = None,
    extractor: Run | str | Path | Callable[[Tensor], Tensor] | None = None,
    plain: bool = False,
    seed: int = 0,
    device: str = "auto",
    progress: bool = True,
) -> list[dict[str, Any]]:
    """Measure a run; each figure is added to its evaluation.json as soon as it is there.

    Args:
        run: a run, or its folder.
        metrics: names from METRICS; None: the default ones that the model can have.
        split: train, validation or test.
        limit: use only so many images, taken from all over the split. None: all.
        samples: k, draws of z per image for estimates of -log p(x).
        sigma: Gaussian noise of this standard deviation, of 255, is what is undone. None: the damage of the training.
        temperature: samples are made from noise times this: below 1 more typical and less varied.
        data: other images than the run's own: whatever `open_dataset` takes; for a run whose data came from Python, the
            same again. A model that restores images of any size takes the pictures of a folder at their own sizes.
        judge: a run of a classifier, or its folder.
        extractor: what turns images (B, C, H, W) in [-1, 1] into features (B, F): the name of a pretrained network, a
            run that classifies or encodes, or any function. None: the judge.
        plain: metrics of edits, of a model that encodes: attributes are directions in its codes, here as they are, not
            freed of what they share. They are measured only if asked for by name, since directions take time.
        seed: decides all noise, draws and samples.
        device: cpu, cuda ...; auto: the accelerator, if there is one.
        progress: show a progress line, if stderr is a terminal.

    Returns:
        Records, one a metric: metric, value, standard_error, beside, unit, better, split, images, settings, seed,
        seconds, step, command, machine, threads, versions.

    Raises:
        InputError: an unknown metric, or one that this model or these images cannot have.
    """
    run, judge = _open(run), None if judge is None else _open(judge)
    if data is not None and is_given(data) and run.data_from_python:
        run, data = run.give_data(data), None
    _check(metrics or (), samples, limit, sigma)
    check_temperature(temperature)
    check_seed(seed)
    subject = Subject(
        run,
        split=split,
        limit=limit,
        samples=samples,
        sigma=sigma,
        temperature=temperature,
        data=data,
        judge=judge,
        extractor=extractor,
        orthogonal=None if not metrics else not plain,
        seed=seed,
        device=device,
        progress=progress,
    )
    records = []
    for name in choose(subject, metrics):
        records.append(_record(subject, name))
        run.save_evaluation(records[-1:])
    return records


def choose(subject: Subject, metrics: Sequence[str] | None) -> list[str]:
    """The metrics asked for, or the default ones that the subject can have."""
    if not metrics:
        return [name for name, metric in METRICS.items() if metric.default and not _lack(subject, metric)]
    for name in metrics:
        if reason := _lack(subject, METRICS[name]):
            raise InputError(f"{subject.run.path} ({subject.run.config.family}) cannot have {name}: {reason}")
    return list(dict.fromkeys(metrics))


def _lack(subject: Subject, metric: Metric) -> str | None:
    return next((reason for need in metric.needs if (reason := need(subject))), None)


def _record(subject: Subject, name: str) -> dict[str, Any]:
    metric, start, subject.reused = METRICS[name], time.perf_counter(), 0.0
    figure = subject.once(metric.measure)
    return {
        "metric": name,
        "value": _finite(figure.value),
        "standard_error": _finite(figure.standard_error),
        "beside": {key: _finite(value) for key, value in figure.beside.items()},
        "unit": metric.unit,
        "better": metric.better,
        "split": subject.split if subject.pictures is None else "all",
        "images": figure.images,
        "settings": {**figure.settings, **subject.settings},
        "seed": subject.seed,
        "seconds": round(time.perf_counter() - start + subject.reused, 3),
        "step": subject.run.step,
        "command": command(),
        **machine(),
    }


def _finite(value: float | None) -> float | None:
    """None for what JSON has no word for."""
    return value if value is not None and math.isfinite(value) else None


def _open(run: Run | str | Path) -> Run:
    return run if isinstance(run, Run) else load(run)


def _check(metrics: Sequence[str], samples: int, limit: int | None, sigma: float | None) -> None:
    for name in metrics:
        if name not in METRICS:
            raise InputError(f"no metric is called {name!r}.{did_you_mean(name, list(METRICS))}")
    if samples < 1:
        raise InputError(f"--samples {samples}: at least one draw")
    if limit is not None and limit < 1:
        raise InputError(f"--limit {limit}: at least one image")
    if sigma is not None and sigma < 0:
        raise InputError(f"--sigma {sigma}: a standard deviation is not negative")
