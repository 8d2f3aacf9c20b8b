"""Every metric there is, and `evaluate`, which measures a run and adds the figures to its evaluation.json."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from torch import Tensor

from aegean.errors import InputError, did_you_mean
from aegean.evaluation.measures import comparing, counting, describing, explaining, judging, rebuilding
from aegean.evaluation.measures.figure import Figure
from aegean.evaluation.needs import (
    Need,
    classifies,
    discrete,
    encodes,
    explains,
    extracted,
    fills,
    judged,
    judged_by_colour,
    labelled,
    labelled_if_told,
    restores,
    samples,
    samples_by_label,
    untold,
)
from aegean.evaluation.subject import Subject
from aegean.runs import Run, load, machine


@dataclass(frozen=True)
class Metric:
    """One entry of the registry."""

    measure: Callable[[Subject], Figure]
    needs: tuple[Need, ...]
    unit: str
    better: Literal["smaller", "larger"]
    what: str
    default: bool = True  # whether it is measured where nothing is asked for by name


METRICS: dict[str, Metric] = {
    "negative_elbo": Metric(
        explaining.negative_elbo,
        (explains, labelled_if_told),
        "nats per image",
        "smaller",
        "-ELBO, an upper bound of -log p(x), from one draw of z; beside it, its terms: distortion and rate",
    ),
    "negative_log_likelihood": Metric(
        explaining.negative_log_likelihood,
        (explains, labelled_if_told),
        "nats per image",
        "smaller",
        "-log p(x) as estimated from k importance-weighted draws (--samples); the published protocol is 5000",
    ),
    "bits_per_dimension": Metric(
        explaining.bits_per_dimension,
        (explains, discrete, labelled_if_told),
        "bits per number of the image",
        "smaller",
        "the same estimate in bits, for likelihoods that are probabilities of pixel values",
    ),
    "reconstruction_mse": Metric(
        rebuilding.reconstruction_mse,
        (encodes, labelled_if_told),
        "squared error, black to white is 1",
        "smaller",
        "mean squared error of an image that went through the code and back",
    ),
    "reconstruction_psnr": Metric(
        rebuilding.reconstruction_psnr,
        (encodes, labelled_if_told),
        "dB",
        "larger",
        "its peak signal-to-noise ratio, averaged over images",
    ),
    "reconstruction_ssim": Metric(
        rebuilding.reconstruction_ssim,
        (encodes, labelled_if_told),
        "1 for equal images",
        "larger",
        "its structural similarity (Gaussian window of sigma 1.5)",
    ),
    "restored_psnr": Metric(
        rebuilding.restored_psnr,
        (restores,),
        "dB",
        "larger",
        "PSNR after the model has undone the damage it was trained on, or Gaussian noise of --sigma; beside it, before",
    ),
    "restored_ssim": Metric(
        rebuilding.restored_ssim,
        (restores,),
        "1 for equal images",
        "larger",
        "structural similarity after the model has undone the damage; beside it, before",
    ),
    "restored_accuracy": Metric(
        rebuilding.restored_accuracy,
        (restores, judged, labelled),
        "part of the images",
        "larger",
        "accuracy of the judge on restored images; beside it, on the damaged and on the clean ones",
    ),
    "hole_psnr": Metric(
        rebuilding.hole_psnr,
        (restores, fills),
        "dB",
        "larger",
        "PSNR of the missing pixels alone, after they were filled in; beside it, where they were filled in with grey",
    ),
    "linear_probe": Metric(
        describing.linear_probe,
        (encodes, untold, labelled),
        "part of the images",
        "larger",
        "accuracy of logistic regression on the codes; beside it, on raw pixels and on PCA of the same dimension",
    ),
    "neighbour_probe": Metric(
        describing.neighbour_probe,
        (encodes, untold, labelled),
        "part of the images",
        "larger",
        "accuracy of the vote of the five nearest codes; beside it, of pixels and of PCA of the same dimension",
        default=False,
    ),
    "accuracy": Metric(
        judging.accuracy,
        (classifies, labelled),
        "part of the images",
        "larger",
        "part of the images whose most probable class is their label",
    ),
    "judge_agreement": Metric(
        judging.judge_agreement,
        (samples_by_label, judged, labelled),
        "part of the samples",
        "larger",
        "part of the samples that the judge takes for the class asked for; beside it, within-class diversity, real = 1",
    ),
    "fid": Metric(
        comparing.fid,
        (samples, extracted, labelled_if_told),
        "squared distance of features",
        "smaller",
        "Frechet distance of samples to real images; only of figures with one extractor, resize and number of images",
    ),
    "kid": Metric(
        comparing.kid,
        (samples, extracted, labelled_if_told),
        "squared distance of features",
        "smaller",
        "kernel distance of samples to real images, which the number of images does not bias",
    ),
    "precision": Metric(
        comparing.precision,
        (samples, extracted, labelled_if_told),
        "part of the samples",
        "larger",
        "part of the samples that lie among the real images: are they good?",
    ),
    "recall": Metric(
        comparing.recall,
        (samples, extracted, labelled_if_told),
        "part of the images",
        "larger",
        "part of the real images that lie among the samples: is all there is made?",
    ),
    "density": Metric(
        comparing.density,
        (samples, extracted, labelled_if_told),
        "1 for equal sets",
        "larger",
        "as precision, but outliers among the real images do not flatter it",
    ),
    "coverage": Metric(
        comparing.coverage,
        (samples, extracted, labelled_if_told),
        "part of the images",
        "larger",
        "as recall, but outliers among the samples do not flatter it",
    ),
    "modes": Metric(
        counting.modes,
        (samples, labelled, judged_by_colour),
        "modes",
        "larger",
        "of a stacked set: how many of the triples occur among 26,000 samples",
    ),
    "mode_divergence": Metric(
        counting.mode_divergence,
        (samples, labelled, judged_by_colour),
        "nats",
        "smaller",
        "KL of how often each triple occurs from the uniform; beside it, from the training set's, and that of chance",
    ),
}


def evaluate(
    run: Run | str | Path,
    metrics: Sequence[str] | None = None,
    *,
    split: str = "test",
    limit: int | None = None,
    samples: int = 50,
    sigma: float | None = None,
    data: str | None = None,
    judge: Run | str | Path | None = None,
    extractor: str | Callable[[Tensor], Tensor] | None = None,
    seed: int = 0,
    device: str = "auto",
    progress: bool = True,
) -> list[dict[str, Any]]:
    """Measure a run; each figure is added to its evaluation.json as soon as it is there.

    Args:
        run: a run, or its folder.
        metrics: names from METRICS; None: the default ones that the model can have.
        split: train, validation or test.
        limit: use only the first so many images. None: all.
        samples: k, draws of z per image for estimates of -log p(x).
        sigma: Gaussian noise of this standard deviation, of 255, is what is undone. None: the damage of the training.
        data: other images than the run's own: whatever `open_dataset` takes. A model that restores images of any size
            takes the pictures of a folder at their own sizes.
        judge: a run of a classifier, or its folder.
        extractor: what turns images (B, C, H, W) in [-1, 1] into features (B, F): the name of a pretrained network, or
            any function. None: the judge.
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
    _check(metrics or (), samples, limit, sigma)
    subject = Subject(
        run,
        split=split,
        limit=limit,
        samples=samples,
        sigma=sigma,
        data=data,
        judge=judge,
        extractor=extractor,
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
        "value": figure.value,
        "standard_error": figure.standard_error,
        "beside": {key: None if math.isnan(value) else value for key, value in figure.beside.items()},
        "unit": metric.unit,
        "better": metric.better,
        "split": subject.split if subject.pictures is None else "all",
        "images": figure.images,
        "settings": {**figure.settings, **subject.settings},
        "seed": subject.seed,
        "seconds": round(time.perf_counter() - start + subject.reused, 3),
        "step": subject.run.step,
        "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        **machine(),
    }


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
