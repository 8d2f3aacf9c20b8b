"""Metrics of one's own: a function, a Metric, one registered by name, one of an installed package."""

import os
import subprocess
import sys

import pytest

import aegean
from aegean import Figure, InputError, Metric
from aegean.evaluation import METRICS, evaluate, register_metric, registry


def brightness(context):
    return context.images.images.float().mean() / 255


class Contrast:
    def __call__(self, context):
        return 1.0


def test_a_function_is_measured_beside_names_and_recorded_by_where_it_is(run_of):
    run = run_of("autoencoder")
    named, own = aegean.evaluate(run, ["reconstruction_mse", brightness])
    assert named["metric"] == "reconstruction_mse"
    assert "function" not in named
    assert (own["metric"], own["unit"], own["better"]) == ("brightness", "", "larger")
    assert own["function"] == f"{__name__}:brightness"
    assert own["value"] == pytest.approx(float(run.data.test.images.float().mean() / 255))
    assert own["images"] == len(run.data.test)
    assert own in run.evaluation
    assert "brightness" not in {record["metric"] for record in evaluate(run)}


def test_a_metric_says_more_and_a_figure_too(run_of):
    def dark(context):
        return Figure(0.5, 3, beside={"bright": 0.25})

    def nothing_to_see(context):
        return "the model is blind"

    record = evaluate(run_of("autoencoder"), [Metric(dark, unit="dB", better="smaller")])[0]
    assert (record["unit"], record["better"], record["images"]) == ("dB", "smaller", 3)
    assert record["beside"] == {"bright": 0.25}
    with pytest.raises(InputError, match="cannot have dark: the model is blind"):
        evaluate(run_of("autoencoder"), [Metric(dark, (nothing_to_see,))])
    assert evaluate(run_of("autoencoder"), [Contrast()])[0]["metric"] == "Contrast"


def test_names_must_be_names_and_free(run_of):
    def fid(context):
        return 0.0

    def other():
        def brightness(context):
            return 0.0

        return brightness

    for metrics, reason in (
        ([lambda context: 1.0], "a metric cannot be called '<lambda>'"),
        ([fid], "there is a metric called 'fid' already"),
        ([brightness, other()], "two metrics are called 'brightness'"),
    ):
        with pytest.raises(InputError, match=reason):
            evaluate(run_of("autoencoder"), metrics)
    assert len(evaluate(run_of("autoencoder"), [brightness, brightness])) == 1


def test_a_registered_metric_is_known_by_its_name(run_of, monkeypatch):
    monkeypatch.setattr(registry.METRICS, "registered", {})
    register_metric("how_bright", Metric(brightness, unit="part of white"))
    assert "how_bright" in METRICS
    record = evaluate(run_of("autoencoder"), ["how_bright"])[0]
    assert (record["metric"], record["unit"]) == ("how_bright", "part of white")
    with pytest.raises(InputError, match="already; replace=True"):
        register_metric("how_bright", brightness)
    assert register_metric("how_bright", brightness, replace=True).unit == ""
    with pytest.raises(InputError, match="letters, digits and underscores"):
        register_metric("how bright", brightness)


def test_a_metric_of_an_installed_package_is_known_to_the_command_line(tmp_path, run_of):
    (tmp_path / "shades.py").write_text(
        "import aegean\n\n"
        "def shade(context):\n    return float(context.images.images.float().mean())\n\n"
        'SHADE = aegean.Metric(shade, unit="of 255", what="mean grey value")\n'
    )
    about = tmp_path / "shades-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: shades\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[aegean.metrics]\nshade = shades:SHADE\nbroken = shades:NONE\n")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])

    def aegean_says(*words):
        line = [sys.executable, "-m", "aegean", *words]
        environment = {**os.environ, "PYTHONPATH": path, "COLUMNS": "200"}
        return subprocess.run(line, capture_output=True, text=True, env=environment)

    record = aegean_says("evaluate", str(run_of("autoencoder").path), "--metrics", "shade", "--json").stdout
    assert '"function": "shades:shade"' in record
    broken = aegean_says("evaluate", str(run_of("autoencoder").path), "--metrics", "broken")
    assert broken.returncode == 2
    assert "the metric 'broken' of shades:NONE cannot be imported" in broken.stderr


def test_every_metric_is_listed_and_the_help_points_there(capsys, monkeypatch):
    from aegean.cli import main

    monkeypatch.setenv("COLUMNS", "200")
    assert main(["metrics"]) == 0
    told = capsys.readouterr().out
    assert all(name in told and METRICS[name].what for name in METRICS)


def test_no_two_files_have_a_metric_of_the_same_name():
    import importlib
    import pkgutil

    from aegean.evaluation import metrics

    names = [module.name for module in pkgutil.iter_modules(metrics.__path__)]
    files = [importlib.import_module(f"{metrics.__name__}.{name}") for name in names]
    listed = [name for file in files for name in getattr(file, "METRICS", {})]
    assert sorted(listed) == sorted(set(listed))
    assert set(listed) <= set(METRICS)
