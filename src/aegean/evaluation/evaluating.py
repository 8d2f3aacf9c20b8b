"""`evaluate`: measure a run and add the figures to its evaluation.json."""

from __future__ import annotations

import errno
import logging
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import stdev
from typing import Any

from torch import Tensor

from aegean.consoles import warn
from aegean.data import is_given
from aegean.errors import InputError
from aegean.evaluation import requirements
from aegean.evaluation.context import EvaluationContext
from aegean.evaluation.metric import Metric
from aegean.evaluation.metrics.figure import Figure, mean_figure
from aegean.evaluation.registry import METRICS, Measure, find_metric, importable_name
from aegean.evaluation.unseen import networks_seen
from aegean.families import check_settings, check_use
from aegean.models.capabilities import Samples
from aegean.runs import Run, command, load, machine
from aegean.runs.history import verdict_of

log = logging.getLogger(__name__)

Metrics = str | Metric | Measure | Sequence[str | Metric | Measure]


def evaluate(
    run: Run | str | Path,
    metrics: Metrics | None = None,
    *,
    split: str = "test",
    limit: int | None = None,
    samples: int = 50,
    sigma: float | None = None,
    temperature: float = 1.0,
    prior: str | None = None,
    data: Any = None,
    judge: Run | str | Path | None = None,
    extractor: Run | str | Path | Callable[[Tensor], Tensor] | None = None,
    plain: bool = False,
    attributes: Sequence[str] = (),
    seed: int = 0,
    seeds: int = 1,
    device: str = "auto",
    progress: bool = True,
    out: str | Path | None = None,
    **sampling: Any,
) -> list[dict[str, Any]]:
    """Measure a run; each figure is added to its evaluation.json as soon as it is there.

    Where that may not be written, the figures are returned all the same, and a remark says so.

    Args:
        run: a run, or its folder.
        metrics: the name of a metric, as METRICS has it, a function of your own (context -> number or `aegean.Figure`,
            measured under its name), an `aegean.Metric`; or several. None: the default ones that the model can have.
        split: train, validation or test.
        limit: use only so many images, taken from all over the split. None: all.
        samples: k, draws of z per image for estimates of -log p(x).
        sigma: undo Gaussian noise of this standard deviation (white is 255). None: the damage of the training.
        temperature: samples are made from noise times this: below 1 they are more typical and less varied.
        prior: make samples from a density fitted to the codes of the training images: gaussian, gmm or flow. It is the
            model's samples that it changes, so only figures of samples can be asked for.
        data: other images than the run's own, or its own where they came from Python: what `open_dataset` takes. Of a
            folder, a model that restores images of any size takes the pictures at their own sizes.
        judge: a run of a classifier, or its folder.
        extractor: what turns images (B, C, H, W) in [-1, 1] into features (B, F): a function, the name of a pretrained
            network, a run that classifies or encodes, or inception:FILE, with torch-fidelity's or torchvision's weights
            of Inception v3. None: the judge.
        plain: of a model that encodes, whose edits are directions in its codes: take these as they are, not made
            orthogonal. Such edits are measured only if asked for, since directions take time.
        attributes: of edits, those to measure. None: all that the model edits.
        seed: decides all noise, draws and samples.
        seeds: samples are made by so many seeds, `seed` and those after it: figures of samples are the mean, and say
            how far the draws differ (sd). The splits never share samples.
        device: cpu, cuda ...; auto: the accelerator, if there is one.
        progress: show a progress line, if stderr is a terminal.
        out: another file of JSON that the figures are added to, in place of the run's evaluation.json.
        **sampling: of use, that the family's `sample` takes by name, such as guidance=1.5 of a flow.

    Returns:
        Records, one a metric, as evaluation.json holds them: metric, value, standard_error, unit, settings, seed ...;
        of samples also sampling_seeds, values, sd; where training saw the features of published networks,
        training_saw: their names.

    Raises:
        InputError: an unknown metric, or one that this model or these images cannot have.
    """
    run, judge, wanted = _open(run), None if judge is None else _open(judge), _wanted(metrics)
    if data is not None and is_given(data) and run.data_from_python:
        run, data = run.give_data(data), None
    settings = check_use(limit=limit, samples=samples, sigma=sigma, temperature=temperature, seed=seed)
    settings |= check_use(seeds=seeds, prior=prior)
    settings["sampling"] = _asked(run, sampling, prior)
    settings |= {"split": split, "data": data, "orthogonal": not plain if wanted else None}
    settings["attributes"] = tuple(attributes)
    context = EvaluationContext(run, judge=judge, extractor=extractor, device=device, progress=progress, **settings)
    return list(_measure(context, wanted, None if out is None else Path(out)))


def _tell_unused(context: EvaluationContext, measured: Iterable[str]) -> None:
    """A line for each option given that none of the metrics measured asked for."""
    heeded = set(context.heeded)  # a copy: what follows asks for all
    given = {
        "samples": context.samples != 50,
        "sigma": context.sigma is not None,
        "temperature": context.temperature != 1,
        "judge": context.judge is not None and not (context.extractor_given is False and "extractor" in heeded),
        "extractor": context.extractor_given,
        "plain": context.plain,
        "attributes": bool(context.attributes),
        "seeds": context.seeds > 1,
        "prior": context.prior is not None,
    }
    for option in (option for option, there in given.items() if there and option not in heeded):
        warn(f"--{option}: of no use to {', '.join(measured) or 'any metric'}")


def _asked(run: Run, sampling: Mapping[str, Any], prior: str | None) -> dict[str, Any]:
    if sampling and prior is not None:
        raise InputError(f"--{next(iter(sampling))}: of no use to samples of --prior {prior}")
    if sampling and not isinstance(run.model, Samples):
        raise InputError(f"{run.path}: {run.config.family} makes no new images, so there is no {next(iter(sampling))}")
    return check_settings(run.config.family, run.model.sample, sampling) if isinstance(run.model, Samples) else {}


def _measure(context: EvaluationContext, wanted: Mapping[str, Metric], out: Path | None) -> Iterator[dict[str, Any]]:
    """A record for each metric, added to evaluation.json, or `out`."""
    if lost := verdict_of(context.run.history):
        log.warning(f"{context.run.path}: at its last step: {lost}")
    chosen = choose(context, wanted)
    context.heeded.clear()  # what was asked so far was whether a metric can be had
    for name, metric in chosen.items():
        record = _record(context, name, metric)
        _save(context.run, record, out)
        yield record
    _tell_unused(context, chosen)


def _save(run: Run, record: dict[str, Any], out: Path | None) -> None:
    """Add a record to the run's file, or another; a run that may not be written keeps none, which is said."""
    try:
        run.save_evaluation([record], out)
    except OSError as error:
        if out is not None or error.errno not in {errno.EACCES, errno.EPERM, errno.EROFS}:
            raise
        what = f"{record['metric']} is not kept; --out names another file"
        log.warning(f"{run.evaluation_path}: may not be written: {what}")


def choose(context: EvaluationContext, wanted: Mapping[str, Metric]) -> dict[str, Metric]:
    """The metrics asked for, or the default ones that the model and the images can have."""
    if not wanted:
        lacks = {name: metric.lack(context) for name, metric in METRICS.items() if metric.default}
        found = {name: METRICS[name] for name, lack in lacks.items() if not lack}
        if not found and (reasons := _reasons(context, lacks)):
            raise InputError(f"{context.run.path}: nothing can be measured ({reasons}); `aegean metrics` lists all")
        return found
    for name, metric in wanted.items():
        if reason := metric.lack(context):
            raise InputError(f"{context.run.path} ({context.run.config.family}) cannot have {name}: {reason}")
    return dict(wanted)


def _reasons(context: EvaluationContext, lacks: Mapping[str, str | None]) -> str:
    """Why metrics of what the model can do cannot be had, by reason; but for those that a judge would make possible."""
    names: dict[str, list[str]] = {}
    for name, lack in lacks.items():
        if lack and "--judge" not in lack and not METRICS[name].requirements[0](context):
            names.setdefault(lack, []).append(name)
    return "; ".join(f"{', '.join(some)}: {reason}" for reason, some in names.items())


def _wanted(metrics: Metrics | None) -> dict[str, Metric]:
    """What was asked for, by name; a name by itself is one metric, and not its letters."""
    wanted: dict[str, Metric] = {}
    several = [metrics] if isinstance(metrics, str | Metric) or callable(metrics) else metrics or []
    for given in several:
        name, metric = find_metric(given)
        if wanted.setdefault(name, metric) != metric:
            raise InputError(f"two metrics are called {name!r}: give one of the functions another name")
    return wanted


def _record(context: EvaluationContext, name: str, metric: Metric) -> dict[str, Any]:
    start = time.perf_counter()
    context.reused = 0.0
    figure, drawn = _over_draws(context, metric)
    where = importable_name(metric)
    return {
        "metric": name,
        "value": _finite(figure.value),
        "standard_error": _finite(figure.standard_error),
        **drawn,
        "beside": {key: _finite(value) for key, value in figure.beside.items()},
        "unit": metric.unit,
        "better": metric.better,
        "split": context.split if context.pictures is None else "all",
        "images": figure.images,
        "settings": {**figure.settings, **context.settings, **_of_edits(context, metric)},
        "seed": context.seed,
        "seconds": round(time.perf_counter() - start + context.reused, 3),
        "step": context.run.step,
        "weights": context.run.weights_digest,
        **({} if where.startswith("aegean.") else {"function": where}),
        **({"training_saw": seen} if (seen := networks_seen(context.run)) else {}),
        "command": command(),
        **machine(),
    }


def _of_edits(context: EvaluationContext, metric: Metric) -> dict[str, Any]:
    """Which edits were measured, where it was not all."""
    told = context.attributes and requirements.edits in metric.requirements
    return {"attributes": list(context.attributes)} if told else {}


def _over_draws(context: EvaluationContext, metric: Metric) -> tuple[Figure, dict[str, Any]]:
    """The figure; of samples the mean over the seeds, and what must be said of them: which, each value, the spread."""
    figures, seeds = [], []
    for draw in range(context.seeds):
        context.draw, context.drew = draw, False
        figures.append(metric.figure(context))
        if not context.drew:
            return figures[0], {}
        seeds.append(context.sampling_seed)
    context.heeded |= {"seeds", "prior"}
    values = [_finite(figure.value) for figure in figures]
    known = [value for value in values if value is not None]
    sd = stdev(known) if 1 < len(known) == len(values) else None
    return mean_figure(figures), {"sampling_seeds": seeds, "values": values, "sd": sd}


def _finite(value: float | None) -> float | None:
    """None for what JSON has no word for."""
    return value if value is not None and math.isfinite(value) else None


def _open(run: Run | str | Path) -> Run:
    return run if isinstance(run, Run) else load(run)
