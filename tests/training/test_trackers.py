"""Each line of metrics.jsonl reaches the tracker too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import aegean

tracking = pytest.importorskip("accelerate.tracking")
SETTINGS: dict[str, Any] = {"steps": 6, "batch_size": 8, "width": 4, "latent": 3, "log_every": 2, "preview_every": 3}


def test_a_tracker_of_ones_own_gets_the_settings_and_every_line(shapes: Path, tmp_path: Path) -> None:
    if not hasattr(tracking, "register_tracker_class"):
        pytest.skip("this accelerate takes no trackers of others")
    told: list[tuple[str, Any]] = []

    class Lines(tracking.GeneralTracker):  # type: ignore[misc, name-defined]
        name = "lines_of_json"
        requires_logging_directory = False

        def __init__(self, run_name: str, **more: Any) -> None:
            super().__init__()

        @property
        def tracker(self) -> None:
            return None

        def store_init_configuration(self, values: dict[str, Any]) -> None:
            told.append(("settings", values))

        def log(self, values: dict[str, Any], step: int | None = None, **more: Any) -> None:
            told.append(("line", {"step": step, **values}))

        def finish(self) -> None:
            told.append(("end", None))

    tracking.register_tracker_class(Lines)
    try:
        run = aegean.train(
            "autoencoder", data=str(shapes), out=tmp_path / "run", tracker="lines_of_json", quiet=True, **SETTINGS
        )
    finally:
        del tracking.LOGGER_TYPE_TO_CLASS["lines_of_json"]
    assert told[0][0] == "settings"
    assert told[0][1]["family"] == "autoencoder"
    assert told[0][1]["steps"] == 6
    lines = [json.loads(line) for line in run.metrics_path.read_text().splitlines()]
    assert [line["step"] for line in lines] == [2, 3, 4, 6, 6]
    assert [values for word, values in told if word == "line"] == lines
    assert told[-1][0] == "end"


def test_tensorboard_writes_its_file(shapes: Path, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    run = aegean.train("autoencoder", data=str(shapes), out=tmp_path / "run", tracker="tensorboard", **SETTINGS)
    assert list(run.path.rglob("events.out.tfevents*"))


def test_a_tracker_that_is_not_there_is_said(shapes: Path, tmp_path: Path) -> None:
    with pytest.raises(aegean.InputError, match="--tracker paper: not installed here"):
        aegean.train("autoencoder", data=str(shapes), out=tmp_path / "run", tracker="paper", **SETTINGS)
    assert not (tmp_path / "run").exists()
