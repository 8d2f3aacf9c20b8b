"""`aegean evaluate`, `aegean metrics` and `aegean report`: the figures and the pictures of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tyro

from aegean.cli._options import AS_THE_RUN, Device, How, Json, Out
from aegean.consoles import fits, tell, tell_json
from aegean.families import PriorKind

if TYPE_CHECKING:
    from rich.table import Table

ARROWS = {"smaller": "↓", "larger": "↑"}


def evaluate(
    run: tyro.conf.Positional[str],
    metrics: tuple[str, ...] = (),
    split: str = "test",
    limit: int | None = None,
    samples: int = 50,
    sigma: float | None = None,
    temperature: float = 1.0,
    prior: PriorKind | None = None,
    how: How = AS_THE_RUN,
    data: str | None = None,
    judge: str | None = None,
    extractor: str | None = None,
    plain: tyro.conf.FlagCreatePairsOff[bool] = False,
    attributes: tuple[str, ...] = (),
    seed: int = 0,
    seeds: int = 1,
    device: Device = "auto",
    out: Out = None,
    json: Json = False,
) -> None:
    """Measure a run by what `aegean metrics` lists; every figure is added to its evaluation.json.

    Args:
        run: The run's folder.
        metrics: Names of metrics, of those that `aegean metrics` lists. Default: those that the model can have and that
            take little time.
        split: train, validation or test.
        limit: Use only so many images, taken from all over the split. None: all.
        samples: k, draws of z per image for estimates of -log p(x). Tables are made with 5000.
        sigma: Undo Gaussian noise of this standard deviation (white is 255). None: the damage of the training.
        temperature: Make samples from noise times this: below 1 they are more typical and less varied.
        prior: Make samples from a density fitted to the codes of the training images, of a model that encodes.
        how: What flows can be told.
        data: Measure on other images than the run's own; a denoiser takes a folder of pictures of any size.
        judge: The folder of a classifier's run, which says what images show.
        extractor: What fid and its like compare by: a pretrained network, such as efficientnet-lite0, the folder of a
            run that classifies or encodes, or inception:FILE, torch-fidelity's or torchvision's weights of Inception
            v3, for the FID that papers print. None: the judge.
        plain: Only for edits by a run that encodes, where attributes are directions in its codes: use the directions as
            they are, not made orthogonal.
        attributes: Of edits, measure those of these attributes. None: of all that the model edits.
        seed: Decides all noise, draws and samples.
        seeds: Make samples by so many seeds, one after another: figures of samples are then a mean, with the spread
            (sd) over the seeds. Tables are made with 5.
        out: A .json file that the figures are added to. None: the run's evaluation.json.
    """
    from aegean.evaluation import evaluate as measure
    from aegean.outputs import check_outputs

    check_outputs([] if out is None else [out], [], endings=(".json",))
    records = measure(
        run,
        [name for word in metrics for name in word.split(",") if name],
        split=split,
        limit=limit,
        samples=samples,
        sigma=sigma,
        temperature=temperature,
        prior=prior,
        data=data,
        judge=judge,
        extractor=extractor,
        plain=plain,
        attributes=attributes,
        seed=seed,
        seeds=seeds,
        device=device,
        out=out,
        **how.given,
    )
    _print(records, json)


def _print(records: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        tell_json(records)
        return
    if not records:
        print(
            "Nothing can be measured without --judge or --extractor, or a metric's name: `aegean metrics` lists them."
        )
        return
    from rich.console import Console

    console = Console(highlight=False)
    console.print(_table(records))
    if settings := _settings(records):
        console.print(settings, style="dim", markup=False)
    if once := [record["metric"] for record in records if len(record.get("sampling_seeds", ())) == 1]:
        console.print(f"{', '.join(once)}: of one draw of samples; --seeds 5 tells how far draws differ", style="dim")


def _settings(records: list[dict[str, Any]]) -> str:
    """All settings in one line; of those that differ, which metrics have which."""
    used: dict[str, dict[str, list[str]]] = {}
    for record in records:
        for name, value in record["settings"].items():
            used.setdefault(name, {}).setdefault(str(value), []).append(record["metric"])
    parts = []
    for name, values in used.items():
        told = [value + f" ({', '.join(metrics)})" * (len(values) > 1) for value, metrics in values.items()]
        parts.append(f"{name} {' or '.join(told)}")
    return ", ".join(parts)


def _table(records: list[dict[str, Any]]) -> Table:
    """A row for each metric, and under it one for each number that belongs beside it."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("metric", "value", f"{records[0]['split']} images", "unit"):
        text = column in {"metric", "unit"}
        table.add_column(column, justify="left" if text else "right", no_wrap=column != "unit")
    for record in records:
        error = "" if record["standard_error"] is None else f" ± {record['standard_error']:.2g}"
        value, images = f"{_short(record['value'])}{error}", f"{record['images']:,}"
        table.add_row(f"{record['metric']} {fits(ARROWS[record['better']])}", value, images, record["unit"])
        if (sd := record.get("sd")) is not None:
            table.add_row(f"  sd over {len(record['sampling_seeds'])} seeds", _short(sd), "", "", style="dim")
        for name, beside in record["beside"].items():
            table.add_row(f"  {name}", _short(beside), "", "", style="dim")
    return table


def _short(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}" if abs(value) < 100 else f"{value:.2f}"


def metrics(json: Json = False) -> None:
    """List the metrics: what each measures, in which unit, and which direction is better."""
    from aegean.evaluation import METRICS

    if json:
        told = {name: {"better": one.better, "unit": one.unit, "what": one.what} for name, one in METRICS.items()}
        tell_json([{"metric": name, **facts} for name, facts in told.items()])
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("metric", "unit", "what it measures"):
        table.add_column(column, no_wrap=column == "metric")
    for name, metric in METRICS.items():
        table.add_row(f"{name} {fits(ARROWS[metric.better])}", metric.unit, metric.what)
    Console(highlight=False, markup=False).print(table)


def report(
    run: tyro.conf.Positional[str],
    out: Out = None,
    device: Device = "auto",
) -> None:
    """Write a run's report.html: one file that opens offline.

    Args:
        run: The run's folder.
        out: Another file, .html, for a run that may not be written. None: RUN/report.html.
    """
    from aegean.outputs import check_outputs
    from aegean.report import make_report
    from aegean.runs import load

    check_outputs([] if out is None else [out], [], endings=(".html",))
    tell(make_report(load(run, device), out=out))
